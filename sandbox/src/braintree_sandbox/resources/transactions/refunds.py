"""Giving money back: a refund in full or in part, and a reversal, which is a void wherever one is still possible."""

from dataclasses import replace
from decimal import Decimal

from braintree_sandbox.call import BraintreeRoutes, Call
from braintree_sandbox.merchant_accounts import Trait
from braintree_sandbox.processor import authorisation
from braintree_sandbox.processor.responses import HARD, ProcessorResponse, response
from braintree_sandbox.records.transactions import StatusEvent, Transaction
from braintree_sandbox.resources.transactions import accepted, codes
from braintree_sandbox.resources.transactions.amounts import read_amount, read_order_id
from braintree_sandbox.resources.transactions.idempotency import once
from braintree_sandbox.resources.transactions.reading.details import read_details
from braintree_sandbox.resources.transactions.steps import can_be_voided, moved, new_transaction, transaction_of
from braintree_sandbox.validation.errors import ErrorTree, InvalidError, invalid
from braintree_sandbox.validation.params import text
from braintree_sandbox.vault.kinds import kind_named
from braintree_sandbox.wire.values import Params

routes = BraintreeRoutes()


@routes.post("/transactions/{transaction_id}/refund")
@once("refund", new=True)
def refund(call: Call) -> Transaction:
    """Give money back: a credit of its own, for all that is left or for a part."""
    return _refund(call, transaction_of(call), call.params("transaction", accepted.REFUND))


@routes.post("/transactions/{transaction_id}/reverse")
@once("reverse", new=True)
def reverse(call: Call) -> Transaction:
    """Void a sale, or refund the rest of it."""
    call.params("transaction", accepted.ONLY_A_KEY)
    transaction = transaction_of(call)
    if can_be_voided(transaction):
        return call.work.put(moved(transaction, "voided", call.now))
    if transaction.status not in _refundable(call, transaction):
        raise invalid("transaction", "base", codes.CANNOT_REVERSE)
    return _refund(call, transaction, {})


def refunded(call: Call, transaction: Transaction) -> Decimal:
    """Return the total of a sale's refunds, without those that were voided or declined."""
    credits_ = [call.work.get(Transaction, credit_id) for credit_id in transaction.refund_ids]
    lost = {"voided", "settlement_declined", "processor_declined"}
    return sum((one.amount for one in credits_ if one is not None and one.status not in lost), Decimal(0))


def _refund(call: Call, transaction: Transaction, params: Params) -> Transaction:
    errors = ErrorTree()
    here = errors.under("transaction")
    left = transaction.amount - refunded(call, transaction)
    amount = read_amount(params, here, default=left)
    order_id, details = read_order_id(params, here), read_details(params, here)
    account = call.merchant.account(text(params, "merchant_account_id") or transaction.merchant_account_id)
    if account is None:
        here.on("merchant_account_id", codes.MERCHANT_ACCOUNT_INVALID)
    elif transaction.instrument.kind not in account.accepts and account.id != transaction.merchant_account_id:
        here.on("merchant_account_id", codes.NO_REFUNDS)
    elif account.has(Trait.SUSPENDED):
        here.on("base", codes.CANNOT_REFUND_SUSPENDED)
    if "surcharge_amount" in details and transaction.details.get("surcharge_amount") is None:
        here.on("surcharge_amount", codes.NOT_SURCHARGED)
    if transaction.type == "credit":
        here.on("base", codes.CANNOT_REFUND_CREDIT)
    elif transaction.status not in _refundable(call, transaction):
        settling = transaction.status == "settling"
        here.on("base", codes.CANNOT_REFUND_SETTLING if settling else codes.CANNOT_REFUND_UNLESS_SETTLED)
    elif left <= 0:
        here.on("base", codes.ALREADY_REFUNDED)
    elif amount > left:
        here.on("amount", codes.REFUND_TOO_LARGE)
    if errors or account is None:
        raise InvalidError(errors)
    part = text(params, "amount") is not None
    credit = replace(
        _credit(call, transaction, amount, _decline_of_bank(amount) if part else None),
        merchant_account_id=account.id,
        currency=account.currency,
        order_id=order_id or transaction.order_id,
        details=transaction.details | details,
    )
    call.work.put(replace(transaction, refund_ids=(*transaction.refund_ids, credit.id), updated_at=call.now))
    return call.work.put(credit)


def _refundable(call: Call, transaction: Transaction) -> frozenset[str]:
    """Return the statuses from which a sale can be refunded, by its payment method and its processor."""
    statuses = kind_named(transaction.instrument.kind).refundable
    account = call.merchant.account(transaction.merchant_account_id)
    early = account is not None and account.has(Trait.REFUNDS_ONCE_SUBMITTED)
    return statuses | {"submitted_for_settlement"} if early else statuses


def _decline_of_bank(amount: Decimal) -> ProcessorResponse | None:
    """Return the bank's decline of a refund in part, which is authorised like a sale; None for no decline."""
    result = authorisation.by_amount(amount)
    return result.response if result.status == "processor_declined" else None


def _credit(call: Call, sale: Transaction, amount: Decimal, decline: ProcessorResponse | None) -> Transaction:
    kind = kind_named(sale.instrument.kind)
    # After a soft decline the gateway tries again: the refund succeeds and shows the decline.
    refused = decline is not None and decline.type == HARD
    result = decline if decline is not None and refused else response(1000)
    if refused:
        status = "processor_declined"
    else:
        status = "settlement_pending" if sale.instrument.kind == "us_bank_account" else kind.submitted
    return replace(
        new_transaction(sale, (StatusEvent(status=status, amount=amount, at=call.now),)),
        type="credit",
        instrument=kind.refunded(sale.instrument),
        refunded_transaction_id=sale.id,
        processor_response_code=result.code,
        processor_response_text=result.text,
        processor_response_type=result.type,
        additional_processor_response=decline.additional if decline else None,
    )
