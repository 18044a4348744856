"""Common parts of the steps of a transaction, and the two simplest: finding and voiding."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found
from braintree_sandbox.records.transactions import StatusEvent, Transaction
from braintree_sandbox.resources import known_transactions
from braintree_sandbox.resources.transactions import accepted, codes
from braintree_sandbox.resources.transactions.idempotency import once
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import invalid
from braintree_sandbox.wire.refusals import NotFoundError

routes = BraintreeRoutes()

_VOIDABLE = frozenset({"authorized", "submitted_for_settlement", "settlement_pending"})


def moved(transaction: Transaction, status: str, now: datetime, *, amount: Decimal | None = None) -> Transaction:
    """Return the transaction in a new status, with the step in its history."""
    new_amount = transaction.amount if amount is None else amount
    event = StatusEvent(status=status, amount=new_amount, at=now)
    return replace(
        transaction,
        status=status,
        amount=new_amount,
        updated_at=now,
        status_history=(*transaction.status_history, event),
    )


def new_transaction(transaction: Transaction, status_history: tuple[StatusEvent, ...]) -> Transaction:
    """Return a new transaction with the payment of another one, but without its later steps."""
    last = status_history[-1]
    return replace(
        transaction,
        id=ids.transaction_id(),
        status=last.status,
        amount=last.amount,
        authorized_amount=last.amount,
        created_at=last.at,
        updated_at=last.at,
        status_history=status_history,
        authorization_expires_at=None,
        refunded_transaction_id=None,
        refund_ids=(),
        authorized_transaction_id=None,
        partial_settlement_ids=(),
        finally_captured=False,
        adjustments=(),
        shipments=(),
        disputes=(),
        retry_ids=(),
        retried_transaction_id=None,
        settlement_batch_id=None,
        acquirer_reference_number=None,
        disbursed_at=None,
        processor_settlement_response_code=None,
        processor_settlement_response_text=None,
        ach_return_code=None,
        ach_returned_at=None,
    )


def with_id(call: Call, transaction_id: str) -> Transaction | None:
    """Return the transaction of that id, one of the known ones included."""
    kept = call.work.get(Transaction, transaction_id)
    return kept or known_transactions.find(call.merchant.id, transaction_id, call.now.date())


def known_from_the_start(call: Call) -> Iterator[Transaction]:
    """Return the known transactions that no request has changed."""
    for known in known_transactions.on(call.merchant.id, call.now.date()):
        if call.work.get(Transaction, known.id) is None:
            yield known


def transaction_of(call: Call) -> Transaction:
    """Return the transaction of the path."""
    transaction = with_id(call, call.path["transaction_id"])
    if transaction is None:
        raise NotFoundError
    return transaction


def can_be_voided(transaction: Transaction) -> bool:
    """Return whether nothing has reached the bank; of a sale in parts, the parts are voided instead."""
    return transaction.status in _VOIDABLE and not transaction.partial_settlement_ids


@routes.get("/transactions/{transaction_id}")
def find(call: Call) -> ApiResponse:
    """Return one transaction."""
    return found("transaction", view(transaction_of(call)))


@routes.put("/transactions/{transaction_id}/void")
@once("void", new=False)
def void(call: Call) -> Transaction:
    """Void a transaction that has not reached the bank."""
    call.params("transaction", accepted.ONLY_A_KEY)
    transaction = transaction_of(call)
    if not can_be_voided(transaction):
        raise invalid("transaction", "base", codes.CANNOT_BE_VOIDED)
    return call.work.put(moved(transaction, "voided", call.now))


@routes.put("/transactions/{transaction_id}/cancel_release")
def cancel_release(call: Call) -> ApiResponse:
    """Keep money in escrow that was to be released; nothing is ever held in escrow here."""
    transaction_of(call)
    raise invalid("transaction", "base", codes.CANNOT_CANCEL_RELEASE)
