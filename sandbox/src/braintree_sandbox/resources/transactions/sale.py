"""Making a transaction: validated as a whole, judged by the bank, kept whatever the verdict."""

from collections.abc import Callable
from dataclasses import replace

from braintree_sandbox.call import BraintreeRoutes, Call
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.disputes.life import dispute_if_asked
from braintree_sandbox.resources.transactions import accepted
from braintree_sandbox.resources.transactions.idempotency import once
from braintree_sandbox.resources.transactions.judgement import judge
from braintree_sandbox.resources.transactions.order import Order, read_order
from braintree_sandbox.resources.transactions.vaulting import vault
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.validation.params import text
from braintree_sandbox.wire.values import Params

routes = BraintreeRoutes()


_MADE_OTHERWISE: dict[str, Callable[[Call, Params], Transaction]] = {}


def made_otherwise(parameter: str, make: Callable[[Call, Params], Transaction]) -> None:
    """Let another resource make the transactions that name this parameter, such as a subscription's retries."""
    _MADE_OTHERWISE[parameter] = make


@routes.post("/transactions")
@once("create", new=True)
def create(call: Call) -> Transaction:
    """A sale or a credit."""
    params = call.params("transaction", accepted.SALE)
    for name, make in _MADE_OTHERWISE.items():
        if text(params, name) is not None:
            return make(call, params)
    errors = ErrorTree()
    order = read_order(call, params, errors)
    if order is None or errors:
        raise InvalidError(errors)
    transaction = vault(call, order, judge(call, order))
    return call.work.put(dispute_if_asked(call.work, _retried(call, order, transaction), call.now))


def _retried(call: Call, order: Order, transaction: Transaction) -> Transaction:
    """A decline of a network's token is tried once more with the card's number, as a transaction of its own."""
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
