"""Rows as the API shows them, and as the change feed tells of them."""

from collections.abc import Sequence
from typing import Any

from billing_api.payments.model import Payment
from billing_api.payments.repository import AllocationRow, PaymentRow
from billing_api.payments.schemas import AllocationRead, DeclineRead, PaymentRead, PaymentSummaryRead
from billing_api.payments.states import PaymentState


def read_summary(row: PaymentRow) -> PaymentSummaryRead:
    """A payment without what it is for."""
    return PaymentSummaryRead.model_validate(_fields(row))


def read_payment(row: PaymentRow | Payment, allocations: Sequence[AllocationRow]) -> PaymentRead:
    """A payment with what it is for."""
    parts = [AllocationRead.model_validate(allocation) for allocation in allocations]
    return PaymentRead.model_validate(_fields(row) | {"allocations": parts})


def told_of(payment: Payment, allocations: Sequence[AllocationRow]) -> dict[str, Any]:
    """A payment as the change feed tells of it."""
    return {
        "number": payment.number,
        "external_id": payment.external_id,
        "type": payment.kind,
        "state": payment.state,
        "currency": payment.currency,
        "amount": payment.amount,
        "unapplied": payment.unapplied,
        "received_on": payment.received_on.isoformat(),
        "reference": payment.reference,
        "decline_code": payment.decline_code,
        "allocations": [{"invoice_id": str(one.invoice_id), "amount": one.amount} for one in allocations],
    }


def _fields(row: PaymentRow | Payment) -> dict[str, Any]:
    state = PaymentState(row.state)
    is_awaited = state.is_live or state is PaymentState.CANCELLING  # one that has ended is looked at all the same
    decline = None
    if row.decline_code is not None and row.decline_text is not None:
        decline = DeclineRead(code=row.decline_code, text=row.decline_text, retry_may_help=bool(row.decline_is_soft))
    return {
        "id": row.id,
        "number": row.number,
        "type": row.kind,
        "state": row.state,
        "currency": row.currency,
        "amount": row.amount,
        "unapplied": row.unapplied,
        "received_on": row.received_on,
        "payment_method_id": row.payment_method_id,
        "brand": row.method_brand,
        "last4": row.method_last4,
        "reference": row.reference,
        "decline": decline,
        "next_check_at": row.next_check_at if is_awaited else None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "version": row.version,
    }
