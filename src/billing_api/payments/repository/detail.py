"""A payment with its allocations and credits: as one row of arrays, and as the rows that are inserted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from billing_api.db.statements import columns_of
from billing_api.kit.ids import new_id
from billing_api.payments.fields import CreditKind
from billing_api.payments.model import (
    Allocation,
    Payment,
    PaymentAllocation,
    PaymentCredit,
    PaymentDetail,
    UsedCredit,
    payment_allocations,
    payments,
)
from billing_api.payments.repository.credits import OF_PAYMENT


@dataclass(frozen=True, slots=True)
class PaymentWithArrays(Payment):
    """A payment as DETAIL returns it."""

    invoice_ids: list[UUID] | None = None  # None: no allocations
    invoice_numbers: list[str] | None = None
    amounts: list[int] | None = None
    discounted_amounts: list[int] | None = None
    credit_invoice_ids: list[UUID] | None = None  # None: no credits
    credit_memo_ids: list[UUID | None] | None = None
    deposit_ids: list[UUID | None] | None = None
    credit_numbers: list[str] | None = None
    credit_days: list[date] | None = None
    credit_amounts: list[int] | None = None


_p, _a = payments.c, payment_allocations.c
_parts = (
    select(
        func.array_agg(aggregate_order_by(_a.invoice_id, _a.id)).label("invoice_ids"),
        func.array_agg(aggregate_order_by(_a.invoice_number, _a.id)).label("invoice_numbers"),
        func.array_agg(aggregate_order_by(_a.amount, _a.id)).label("amounts"),
        func.array_agg(aggregate_order_by(_a.discounted, _a.id)).label("discounted_amounts"),
    )
    .where(_a.account_id == _p.account_id, _a.payment_id == _p.id)
    .lateral("parts")
)
COLUMNS = payments.c.keys()
DETAIL = select(*columns_of(payments, Payment), *_parts.c, *OF_PAYMENT.c).select_from(
    payments.join(_parts, true()).join(OF_PAYMENT, true())
)


def payment_row(payment: Payment) -> dict[str, Any]:
    """Return the values of a payment by column."""
    return {name: getattr(payment, name) for name in COLUMNS}


def allocation_rows(payment: Payment, parts: Sequence[Allocation]) -> list[PaymentAllocation]:
    """Return the allocations of a payment as they are stored."""
    return [
        PaymentAllocation(
            account_id=payment.account_id,
            id=new_id(),
            payment_id=payment.id,
            invoice_id=part.invoice_id,
            invoice_number=part.invoice_number,
            amount=part.amount,
            discounted=part.discounted,
        )
        for part in parts
    ]


def credit_row(payment: Payment, used: UsedCredit) -> PaymentCredit:
    """Return a used credit of a payment as it is stored."""
    is_memo = used.kind is CreditKind.CREDIT_MEMO
    return PaymentCredit(
        account_id=payment.account_id,
        id=new_id(),
        payment_id=payment.id,
        invoice_id=used.invoice_id,
        credit_memo_id=used.id if is_memo else None,
        deposit_id=None if is_memo else used.id,
        number=used.number,
        dated_on=used.dated_on,
        amount=used.amount,
    )


def detail_of(found: PaymentWithArrays) -> PaymentDetail:
    """Return a payment with its allocations and credits, in the order in which they were made."""
    parts = zip(
        found.invoice_ids or (),
        found.invoice_numbers or (),
        found.amounts or (),
        found.discounted_amounts or (),
        strict=True,
    )
    used = tuple(_credits(found))
    sums = Counter[tuple[UUID, CreditKind]]()
    for one in used:
        sums[one.invoice_id, one.kind] += one.amount
    allocations = (
        Allocation(
            invoice_id=invoice_id,
            invoice_number=number,
            amount=amount,
            credited=sums[invoice_id, CreditKind.CREDIT_MEMO],
            deposit_applied=sums[invoice_id, CreditKind.DEPOSIT],
            discounted=discounted,
        )
        for invoice_id, number, amount, discounted in parts
    )
    return PaymentDetail(**payment_row(found), allocations=tuple(allocations), credits=used)


def _credits(found: PaymentWithArrays) -> Iterator[UsedCredit]:
    rows = zip(
        found.credit_memo_ids or (),
        found.deposit_ids or (),
        found.credit_numbers or (),
        found.credit_days or (),
        found.credit_invoice_ids or (),
        found.credit_amounts or (),
        strict=True,
    )
    for memo_id, deposit_id, *rest in rows:
        if memo_id is not None:
            yield UsedCredit(CreditKind.CREDIT_MEMO, memo_id, *rest)
        elif deposit_id is not None:
            yield UsedCredit(CreditKind.DEPOSIT, deposit_id, *rest)
