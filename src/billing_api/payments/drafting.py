"""A payment as it is written before the gateway is called: from the figures, and the method that is charged."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.kit.ids import new_id
from billing_api.payment_methods.one_time import OneTimeMethod
from billing_api.payment_methods.service import ChargeableMethod
from billing_api.payments.checking import FIRST_CHECK
from billing_api.payments.model import Allocation, PaymentDetail, UsedCredit
from billing_api.payments.quoting import Quote
from billing_api.payments.states import PaymentState

NOTHING_CHARGED = "credit"


def draft(
    account: LockedAccount,
    payment_id: UUID,
    number: str,
    figures: Quote,
    method: ChargeableMethod | OneTimeMethod | None,
    *,
    now: datetime,
    today: date,
) -> PaymentDetail:
    """Return the payment; without a method nothing is charged, and it has succeeded."""
    return PaymentDetail(
        account_id=account.id,
        id=payment_id,
        number=number,
        kind=NOTHING_CHARGED if method is None else method.kind,
        state=PaymentState.SUCCEEDED if method is None else PaymentState.SUBMITTING,
        currency=figures.currency,
        amount=figures.amount,
        credited=figures.total("credited"),
        deposit_applied=figures.total("deposit_applied"),
        discounted=figures.total("discounted"),
        overpaid=figures.overpayment,
        deposit_id=new_id() if figures.overpayment else None,
        received_on=today,
        payment_method_id=method.id if isinstance(method, ChargeableMethod) else None,
        method_brand=None if method is None else method.brand,
        method_last4=None if method is None else method.last4,
        method_token=None if method is None else method.token,
        new_method_id=method.new_id if isinstance(method, OneTimeMethod) else None,
        order_id=None if method is None else str(payment_id),
        next_check_at=None if method is None else now + FIRST_CHECK,
        created_at=now,
        updated_at=now,
        allocations=tuple(
            Allocation(
                invoice_id=line.invoice_id,
                invoice_number=line.number,
                amount=line.amount,
                credited=line.credited,
                deposit_applied=line.deposit_applied,
                discounted=line.discounted,
            )
            for line in figures.lines
        ),
        credits=tuple(
            UsedCredit(
                kind=use.credit.kind,
                id=use.credit.id,
                number=use.credit.number,
                dated_on=use.credit.dated_on,
                invoice_id=use.invoice_id,
                amount=use.amount,
            )
            for use in figures.uses
        ),
    )


def draft_waiting(
    account: LockedAccount,
    payment_id: UUID,
    number: str,
    figures: Quote,
    method: ChargeableMethod | None,
    *,
    now: datetime,
    scheduled_on: date,
    is_autopay: bool = False,
) -> PaymentDetail:
    """Return a payment that waits for its day: without an order, and without parts."""
    return replace(
        draft(account, payment_id, number, figures, method, now=now, today=scheduled_on),
        state=PaymentState.SCHEDULED,
        deposit_id=None,
        method_token=None,
        order_id=None,
        next_check_at=None,
        scheduled_on=scheduled_on,
        is_autopay=is_autopay,
        allocations=(),
        credits=(),
    )


def draft_anew(
    account: LockedAccount,
    payment: PaymentDetail,
    figures: Quote,
    method: ChargeableMethod | None,
    *,
    now: datetime,
    scheduled_on: date,
) -> PaymentDetail:
    """Return the next version of a payment that waits for its day, with other figures."""
    drafted = draft_waiting(
        account,
        payment.id,
        payment.number,
        figures,
        method,
        now=now,
        scheduled_on=scheduled_on,
        is_autopay=payment.is_autopay,
    )
    return replace(drafted, created_at=payment.created_at, version=payment.version + 1)
