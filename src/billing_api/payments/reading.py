"""Payments as the API shows them, and as the events and the audit log have them."""

from collections.abc import Sequence
from typing import Any

from billing_api.gateway.reasons import decline_code, shown
from billing_api.payment_methods.reading import three_d_secure
from billing_api.payments.model import Allocation, Payment, PaymentDetail, UsedCredit
from billing_api.payments.schedule_schemas import PaymentScheduleRead
from billing_api.payments.schemas import AllocationRead, DeclineRead, PaymentRead, PaymentSummaryRead, UsedCreditRead
from billing_api.payments.states import PaymentState
from billing_api.payments.values import PaymentSummary


def read_summary(payment: PaymentSummary) -> PaymentSummaryRead:
    """Return a payment without its allocations."""
    return PaymentSummaryRead.model_validate(_fields(payment))


def read_payment(payment: PaymentDetail, schedule: PaymentScheduleRead | None = None) -> PaymentRead:
    """Return a payment with its allocations, and with its schedule if it is given."""
    parts = [AllocationRead.model_validate(part) for part in payment.allocations]
    used = [
        UsedCreditRead(type=one.kind, id=one.id, number=one.number, invoice_id=one.invoice_id, amount=one.amount)
        for one in payment.credits
    ]
    return PaymentRead.model_validate(
        _fields(payment)
        | {
            "allocations": parts,
            "credits": used,
            "schedule": schedule,
            "deposit_id": payment.deposit_id,
            "resolved_by": payment.resolved_by,
            "three_d_secure": three_d_secure(payment.three_d_secure_status, payment.liability_shifted),
        }
    )


def read_decline(code: str, text: str, *, is_soft: bool) -> DeclineRead:
    """Return a decline with its reason, in words for the customer."""
    known = decline_code(code)
    code, text = shown(code, text)
    return DeclineRead(code=code, text=text, reason=known.reason, message=known.message, retry_may_help=is_soft)


def audit_facts(payment: Payment) -> dict[str, Any]:
    """Return what the audit log has of a payment that is made."""
    return {
        "number": payment.number,
        "currency": payment.currency,
        "amount": payment.amount,
        "payment_method_id": None if payment.payment_method_id is None else str(payment.payment_method_id),
    }


def event_payload(
    payment: Payment, allocations: Sequence[Allocation], used: Sequence[UsedCredit] = ()
) -> dict[str, Any]:
    """Return a payment as the events have it; `used` are the credits that pay with it."""
    return {
        "number": payment.number,
        "external_id": payment.external_id,
        "type": payment.kind,
        "status": payment.state,
        "currency": payment.currency,
        "amount": payment.amount,
        "unapplied": payment.unapplied,
        "received_on": payment.received_on.isoformat(),
        "scheduled_on": None if payment.scheduled_on is None else payment.scheduled_on.isoformat(),
        "is_autopay": payment.is_autopay,
        "reference": payment.reference,
        "decline_code": payment.decline_code,
        "decline_reason": None if payment.decline_code is None else decline_code(payment.decline_code).reason,
        "credited": payment.credited,
        "deposit_applied": payment.deposit_applied,
        "discounted": payment.discounted,
        "overpaid": payment.overpaid,
        "refunded": payment.refunded,
        "deposit_id": None if payment.deposit_id is None else str(payment.deposit_id),
        "allocations": [
            {
                "invoice_id": str(part.invoice_id),
                "amount": part.amount,
                "credited": part.credited,
                "deposit_applied": part.deposit_applied,
                "discounted": part.discounted,
            }
            for part in allocations
        ],
        "credits": [
            {"type": one.kind, "id": str(one.id), "invoice_id": str(one.invoice_id), "amount": one.amount}
            for one in used
        ],
    }


def _fields(payment: PaymentSummary | Payment) -> dict[str, Any]:
    # One that has ended is checked all the same.
    is_awaited = payment.state.is_live or payment.state is PaymentState.CANCELLING
    decline = None
    if payment.decline_code is not None and payment.decline_text is not None:
        decline = read_decline(payment.decline_code, payment.decline_text, is_soft=bool(payment.decline_is_soft))
    return {
        "id": payment.id,
        "number": payment.number,
        "type": payment.kind,
        "status": payment.state,
        "currency": payment.currency,
        "amount": payment.amount,
        "unapplied": payment.unapplied,
        "credited": payment.credited,
        "deposit_applied": payment.deposit_applied,
        "discounted": payment.discounted,
        "overpaid": payment.overpaid,
        "refunded": payment.refunded,
        "refund_pending": payment.refund_pending,
        "disputed": payment.disputed,
        "received_on": payment.received_on,
        "payment_method_id": payment.payment_method_id,
        "brand": payment.method_brand,
        "last4": payment.method_last4,
        "reference": payment.reference,
        "decline": decline,
        "scheduled_on": payment.scheduled_on,
        "is_autopay": payment.is_autopay,
        "next_check_at": payment.next_check_at if is_awaited else None,
        "created_at": payment.created_at,
        "updated_at": payment.updated_at,
        "version": payment.version,
    }
