"""What may be done with a transaction afterwards: void, submit, refund."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from braintree_sandbox.call import Answer, BraintreeRoutes, Call, found
from braintree_sandbox.processor import authorisation
from braintree_sandbox.processor.responses import HARD
from braintree_sandbox.records.transactions import StatusEvent, Transaction
from braintree_sandbox.resources.transactions import codes
from braintree_sandbox.resources.transactions.amounts import (
    read_amount,
    read_descriptor,
    read_details,
    read_order_id,
)
from braintree_sandbox.resources.transactions.idempotency import once
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import ErrorTree, InvalidError, invalid
from braintree_sandbox.validation.params import text
from braintree_sandbox.wire.refusals import NotFoundError

routes = BraintreeRoutes()

_VOIDABLE = frozenset({"authorized", "submitted_for_settlement", "settlement_pending"})


def moved(transaction: Transaction, status: str, now: datetime, *, amount: Decimal | None = None) -> Transaction:
    """The transaction in a new status, with the step in its history."""
    new_amount = transaction.amount if amount is None else amount
    event = StatusEvent(status=status, amount=new_amount, at=now)
    return replace(
        transaction,
        status=status,
        amount=new_amount,
        updated_at=now,
        status_history=(*transaction.status_history, event),
    )


def asked_for(call: Call) -> Transaction:
    """The transaction that the path names."""
    transaction = call.work.get(Transaction, call.path["transaction_id"])
    if transaction is None:
        raise NotFoundError
    return transaction


@routes.get("/transactions/{transaction_id}")
def find(call: Call) -> Answer:
    """One transaction."""
    return found("transaction", view(asked_for(call)))


@routes.put("/transactions/{transaction_id}/void")
@once("void", new=False)
def void(call: Call) -> Transaction:
    """Take back what has not reached the bank."""
    transaction = asked_for(call)
    if transaction.status not in _VOIDABLE:
        raise invalid("transaction", "base", codes.CANNOT_BE_VOIDED)
    return call.work.put(moved(transaction, "voided", call.now))


@routes.put("/transactions/{transaction_id}/submit_for_settlement")
@once("submit_for_settlement", new=False)
def submit(call: Call) -> Transaction:
    """Ask for the money that was authorised, or for less."""
    transaction = asked_for(call)
    params = call.params("transaction")
    errors = ErrorTree()
    here = errors.under("transaction")
    if transaction.status != "authorized":
        here.on("base", codes.CANNOT_SUBMIT)
    amount = read_amount(params, here, default=transaction.amount)
    if amount > transaction.authorized_amount:
        here.on("amount", codes.SETTLEMENT_AMOUNT_TOO_LARGE)
    order_id, descriptor = read_order_id(params, here), read_descriptor(params, here)
    details = {name: value or transaction.details.get(name) for name, value in read_details(params, here).items()}
    if errors:
        raise InvalidError(errors)
    submitted = moved(transaction, "submitted_for_settlement", call.now, amount=amount)
    return call.work.put(
        replace(
            submitted,
            order_id=order_id or transaction.order_id,
            descriptor=descriptor or transaction.descriptor,
            details=transaction.details | details,
            authorization_expires_at=None,
        )
    )


@routes.post("/transactions/{transaction_id}/refund")
@once("refund", new=False)
def refund(call: Call) -> Transaction:
    """Give money back: a credit of its own, for all that is left or for a part."""
    transaction = asked_for(call)
    params = call.params("transaction")
    errors = ErrorTree()
    here = errors.under("transaction")
    left = transaction.amount - refunded(call, transaction)
    amount = read_amount(params, here, default=left)
    order_id = read_order_id(params, here)
    if transaction.type == "credit":
        here.on("base", codes.CANNOT_REFUND_CREDIT)
    elif transaction.status != "settled":
        here.on("base", codes.CANNOT_REFUND_UNLESS_SETTLED)
    elif left <= 0:
        here.on("base", codes.ALREADY_REFUNDED)
    elif amount > left:
        here.on("amount", codes.REFUND_TOO_LARGE)
    elif "amount" in params and text(params, "amount") is not None:
        _ask_bank(amount, here)
    if errors:
        raise InvalidError(errors)
    credit = _credit(call, transaction, amount, order_id)
    call.work.put(replace(transaction, refund_ids=(*transaction.refund_ids, credit.id), updated_at=call.now))
    return call.work.put(credit)


def refunded(call: Call, transaction: Transaction) -> Decimal:
    """What has been given back of a sale; refunds that were voided or declined do not count."""
    credits_ = [call.work.get(Transaction, credit_id) for credit_id in transaction.refund_ids]
    lost = {"voided", "settlement_declined"}
    return sum((one.amount for one in credits_ if one is not None and one.status not in lost), Decimal(0))


def _ask_bank(amount: Decimal, errors: ErrorTree) -> None:
    """A part is authorised like a sale, so the test amounts decline it too."""
    verdict = authorisation.by_amount(amount)
    if verdict.status == "processor_declined" and verdict.response is not None:
        hard = verdict.response.type == HARD
        errors.on("base", codes.REFUND_HARD_DECLINED if hard else codes.REFUND_SOFT_DECLINED)


def _credit(call: Call, sale: Transaction, amount: Decimal, order_id: str | None) -> Transaction:
    status = "settlement_pending" if sale.instrument.kind == "us_bank_account" else "submitted_for_settlement"
    return replace(
        sale,
        id=ids.transaction_id(),
        type="credit",
        status=status,
        amount=amount,
        authorized_amount=amount,
        created_at=call.now,
        updated_at=call.now,
        order_id=order_id or sale.order_id,
        status_history=(StatusEvent(status=status, amount=amount, at=call.now),),
        refunded_transaction_id=sale.id,
        refund_ids=(),
        settlement_batch_id=None,
        processor_settlement_response_code=None,
        processor_settlement_response_text=None,
        ach_return_code=None,
        ach_returned_at=None,
    )
