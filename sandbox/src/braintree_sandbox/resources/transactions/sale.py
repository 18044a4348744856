"""A sale or a credit: validated as a whole, authorised by the bank, kept in every case."""

from dataclasses import replace

from braintree_sandbox.call import Call
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.disputes.life import dispute_if_asked
from braintree_sandbox.resources.transactions.authorise import authorise
from braintree_sandbox.resources.transactions.order import Order, read_order
from braintree_sandbox.resources.transactions.vaulting import vault
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.wire.values import Params


def make(call: Call, params: Params) -> Transaction:
    """Return a new sale or credit. Raise InvalidError."""
    errors = ErrorTree()
    order = read_order(call, params, errors)
    if order is None or errors:
        raise InvalidError(errors)
    transaction = vault(call, order, authorise(call, order))
    return call.work.put(dispute_if_asked(call.work, _retried(call, order, transaction), call.now))


def _retried(call: Call, order: Order, transaction: Transaction) -> Transaction:
    """Return the transaction after one more try, with the card's number, if the network's token was declined."""
    declined = transaction.status == "processor_declined"
    tokenized = transaction.details.get("processed_with_network_token") is True
    if not (declined and tokenized and order.terms.account.default):
        return transaction
    retry = replace(
        transaction,
        id=ids.transaction_id(),
        details=transaction.details | {"processed_with_network_token": False, "network_token": None},
        retried_transaction_id=transaction.id,
    )
    call.work.put(retry)
    return replace(transaction, retry_ids=(retry.id,))
