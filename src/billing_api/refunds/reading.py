"""Refunds as the API shows them, as the events have them, and as the result of their request."""

from typing import Any

from billing_api.errors import AppError
from billing_api.kit.context import acting
from billing_api.kit.idempotency import StoredResult
from billing_api.payments.reading import read_decline
from billing_api.refunds.errors import RefundDeclinedError, RefundNotSentError
from billing_api.refunds.model import RefundDetail
from billing_api.refunds.schemas import RefundedInvoiceRead, RefundRead
from billing_api.refunds.states import RefundState


def read_refund(refund: RefundDetail) -> RefundRead:
    """Return a refund as the API shows it."""
    decline = None
    if refund.decline_code is not None and refund.decline_text is not None:
        decline = read_decline(refund.decline_code, refund.decline_text, is_soft=bool(refund.decline_is_soft))
    return RefundRead(
        id=refund.id,
        payment_id=refund.payment_id,
        payment_number=refund.payment_number,
        status=refund.state,
        method=refund.method,
        currency=refund.currency,
        amount=refund.amount,
        invoices=[
            RefundedInvoiceRead(invoice_id=one.invoice_id, invoice_number=one.invoice_number, amount=one.amount)
            for one in refund.invoices
        ],
        unapplied=refund.unapplied,
        deposit_amount=refund.deposit_amount,
        credit_memo_id=refund.credit_memo_id,
        credit_memo_amount=refund.credit_memo_amount,
        reason=refund.reason,
        decline=decline,
        repayment_invoice_id=refund.repayment_id,
        refunded_on=refund.refunded_on,
        next_check_at=refund.next_check_at if refund.state.is_live else None,
        created_at=refund.created_at,
        updated_at=refund.updated_at,
    )


def event_payload(refund: RefundDetail) -> dict[str, Any]:
    """Return a refund as the events show it: without its reason, which is free text."""
    return {
        "payment_id": str(refund.payment_id),
        "payment_number": refund.payment_number,
        "status": refund.state,
        "method": refund.method,
        "currency": refund.currency,
        "amount": refund.amount,
        "invoices": [{"invoice_id": str(one.invoice_id), "amount": one.amount} for one in refund.invoices],
        "unapplied": refund.unapplied,
        "deposit_id": None if refund.deposit_id is None else str(refund.deposit_id),
        "deposit_amount": refund.deposit_amount,
        "credit_memo_id": None if refund.credit_memo_id is None else str(refund.credit_memo_id),
        "credit_memo_amount": refund.credit_memo_amount,
        "decline_code": refund.decline_code,
        "repayment_invoice_id": None if refund.repayment_id is None else str(refund.repayment_id),
        "refunded_on": None if refund.refunded_on is None else refund.refunded_on.isoformat(),
    }


def refusal_of(refund: RefundRead, *, key_is_free: bool = False) -> AppError | None:
    """Return the error of a refund that has failed, or None; `key_is_free` says that its key may be used again."""
    if refund.status is not RefundState.FAILED:
        return None
    if refund.decline is None:
        return RefundNotSentError(refund.id, key_is_free=key_is_free)
    return RefundDeclinedError(
        refund.id,
        decline_code=refund.decline.code,
        decline_text=refund.decline.text,
        retry_may_help=refund.decline.retry_may_help,
    )


def result_of(refund: RefundRead) -> StoredResult:
    """Return the result that the request's key stores."""
    refusal = refusal_of(refund)
    if refusal is not None:
        return StoredResult.refused(refusal, acting().request_id)
    return StoredResult.accepted(refund) if refund.status.is_open else StoredResult.created(refund)
