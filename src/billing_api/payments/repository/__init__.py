"""The SQL of payments."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, Uuid, and_, bindparam, func, insert, or_, select, true, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from billing_api.accounts.locked import LockedAccount
from billing_api.db.base import each_of, rows_of
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, insert_many, parameters, values_of
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Rows
from billing_api.payment_methods.model import gateway_customers
from billing_api.payments.credit_schemas import MOST_CREDITS
from billing_api.payments.fields import CreditKind
from billing_api.payments.model import (
    Allocation,
    GatewayOrder,
    LateCharge,
    Payment,
    PaymentAllocation,
    PaymentCredit,
    PaymentDetail,
    UsedCredit,
    gateway_orders,
    late_charges,
    payment_allocations,
    payment_credits,
    payments,
)
from billing_api.payments.repository.credits import AVAILABLE, DROP, OF_PAYMENT
from billing_api.payments.schemas import PaymentQuery
from billing_api.payments.values import (
    AvailableCredit,
    AwaitedPayments,
    DroppedCredit,
    DuePayment,
    KnownSale,
    OpenPayment,
    OrderedPayment,
    PaymentSummary,
    Reversal,
    SentPayment,
)


@dataclass(frozen=True, slots=True)
class _PaymentWithArrays(Payment):
    invoice_ids: list[UUID] | None  # None: no allocations
    invoice_numbers: list[str] | None
    amounts: list[int] | None
    discounted_amounts: list[int] | None
    credit_invoice_ids: list[UUID] | None  # None: no credits
    credit_memo_ids: list[UUID | None] | None
    deposit_ids: list[UUID | None] | None
    credit_numbers: list[str] | None
    credit_days: list[date] | None
    credit_amounts: list[int] | None


_p, _a, _o = payments.c, payment_allocations.c, gateway_orders.c
_OWN = _p.account_id == bindparam("account_id")
_THIS = and_(_OWN, _p.id == bindparam("id"))
_WRITTEN_AT = func.coalesce(_p.submitted_at, _p.created_at)  # Payment.written_at
_CHARGES_OF_PAYMENT = and_(
    late_charges.c.account_id == bindparam("account_id"), late_charges.c.payment_id == bindparam("payment_id")
)
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
_DETAIL = Statement(
    select(*columns_of(payments, Payment), *_parts.c, *OF_PAYMENT.c)
    .select_from(payments.join(_parts, true()).join(OF_PAYMENT, true()))
    .where(_THIS),
    _PaymentWithArrays,
)
_SENT = Statement(select(*columns_of(payments, SentPayment)).where(_THIS), SentPayment)
_wanted = rows_of("wanted", account_id=Uuid(), id=Uuid())
_ALL_SENT = Statement(
    select(*columns_of(payments, SentPayment)).join(
        _wanted, and_(_p.account_id == _wanted.c.account_id, _p.id == _wanted.c.id)
    ),
    SentPayment,
)
_REVERSALS = Statement(
    select(*columns_of(late_charges, Reversal))
    .where(_CHARGES_OF_PAYMENT, late_charges.c.status != "accepted")
    .order_by(late_charges.c.id),
    Reversal,
)
_LATE_CHARGES = Statement(select(*columns_of(late_charges, LateCharge)).where(_CHARGES_OF_PAYMENT), LateCharge)
_DUE = Statement(
    select(*columns_of(payments, DuePayment))
    .where(_p.next_check_at <= bindparam("now"))
    .order_by(_p.next_check_at, _p.id)
    .limit(bindparam("limit")),
    DuePayment,
)
# By the index of due checks: few payments of all are awaited.
_AWAITED = Statement(
    select(
        _p.state,
        func.count().label("count"),
        func.min(_WRITTEN_AT).label("oldest_created_at"),
        func.min(_p.next_check_at).label("first_check_at"),
    )
    .where(_p.next_check_at.is_not(None))
    .group_by(_p.state),
    AwaitedPayments,
)
# By the index of due checks, too.
_OPEN = Statement(
    select(*columns_of(payments, OpenPayment))
    .where(
        _p.next_check_at.is_not(None), or_(*(_p.state == state for state in ("submitting", "unknown", "cancelling")))
    )
    .order_by(_p.created_at, _p.id)
    .limit(bindparam("limit")),
    OpenPayment,
)
_ENDED_AT_THE_GATEWAY = ("succeeded", "returned", "declined")
# The newest, since order ids begin with their time. Sales from before the confirmation may be another merchant's.
_KNOWN_SALE = Statement(
    select(_o.order_id, _o.transaction_id, _p.method_token, _p.amount, _p.currency)
    .join(payments, and_(_p.account_id == _o.account_id, _p.id == _o.payment_id))
    .join(gateway_customers, gateway_customers.c.account_id == _o.account_id)
    .where(
        _o.transaction_id.is_not(None),
        or_(*(_p.state == state for state in _ENDED_AT_THE_GATEWAY)),
        bindparam("before") >= _WRITTEN_AT,
        gateway_customers.c.confirmed_at <= _WRITTEN_AT,
    )
    .order_by(_o.order_id.desc())
    .limit(1),
    KnownSale,
)
_FIND_ORDER = Statement(
    select(*columns_of(gateway_orders, GatewayOrder))
    .where(or_(_o.transaction_id == bindparam("transaction_id"), _o.order_id == bindparam("order_id")))
    .order_by((_o.transaction_id == bindparam("transaction_id")).desc().nulls_last())
    .limit(1),
    GatewayOrder,
)
_noticed = each_of("transaction_ids", Text())
_LIST_KNOWN = Statement(select(_noticed.c.value).join(gateway_orders, _o.transaction_id == _noticed.c.value), str)
_LIST_WITH_MONEY = Statement(
    select(_noticed.c.value)
    .join(gateway_orders, _o.transaction_id == _noticed.c.value)
    .join(payments, and_(_p.account_id == _o.account_id, _p.id == _o.payment_id))
    .where(or_(*(_p.state == state for state in ("succeeded", "processing", "submitting", "unknown")))),
    str,
)
_ordered = [_o.order_id, _o.transaction_id, _o.account_id, _o.payment_id, _p.number]
_is_ordered = and_(_p.account_id == _o.account_id, _p.id == _o.payment_id)
_order_ids, _sale_ids = each_of("order_ids", Text()), each_of("sale_ids", Text())
_LIST_ORDERED = Statement(
    select(*_ordered)
    .join_from(_order_ids, gateway_orders, _o.order_id == _order_ids.c.value)
    .join(payments, _is_ordered)
    .union(
        select(*_ordered)
        .join_from(_sale_ids, gateway_orders, _o.transaction_id == _sale_ids.c.value)
        .join(payments, _is_ordered)
    ),
    OrderedPayment,
)
_LIST = Listing(
    select(*columns_of(payments, PaymentSummary)).where(_OWN),
    PaymentSummary,
    PaymentQuery,
    columns={"status": _p.state, "type": _p.kind, "date": _p.received_on},
    sorts=[_p.created_at],
    unique=_p.id,
    order="-created_at",
)

_ADD = Command(insert(payments))
_ADD_ALLOCATIONS = Command(insert_many(payment_allocations))
_ADD_CREDITS = Command(insert_many(payment_credits))
_ADD_ORDER = Command(insert(gateway_orders))
_ADD_LATE_CHARGE = Command(insert(late_charges))
# The rest of a payment never changes.
_CHANGING = (
    "state",
    "unapplied",
    "payment_method_id",
    "three_d_secure_status",
    "liability_shifted",
    "gateway_transaction_id",
    "decline_code",
    "decline_text",
    "decline_is_soft",
    "next_check_at",
    "absent_since",
    "resolved_by",
    "updated_at",
    "version",
)
_UPDATE = Command(update(payments).where(_THIS).values(parameters(*_CHANGING)))
_MOVE_DISPUTED = Command(
    update(payments)
    .where(_THIS)
    .values(
        disputed=_p.disputed + bindparam("by_disputed", type_=BigInteger()),
        unapplied=_p.unapplied - bindparam("by_unapplied", type_=BigInteger()),
        updated_at=bindparam("now"),
        version=_p.version + 1,
    )
)
_MOVE_REFUNDS = Command(
    update(payments)
    .where(_THIS)
    .values(
        refunded=_p.refunded + bindparam("by_refunded", type_=BigInteger()),
        refund_pending=_p.refund_pending + bindparam("by_pending", type_=BigInteger()),
        unapplied=_p.unapplied - bindparam("by_unapplied", type_=BigInteger()),
        updated_at=bindparam("now"),
        version=_p.version + 1,
    )
)
_COLUMNS = payments.c.keys()
# Of a scheduled payment all of it changes but its identity.
_FIXED = {"account_id", "id", "number", "external_id", "created_at"}
_REWRITTEN = tuple(name for name in _COLUMNS if name not in _FIXED)
_REWRITE = Command(update(payments).where(_THIS).values(parameters(*_REWRITTEN)))
_NAME_TRANSACTION = Command(
    update(gateway_orders).where(_o.order_id == bindparam("of_order")).values(parameters("transaction_id"))
)
_UPDATE_LATE_CHARGE = Command(
    update(late_charges)
    .where(late_charges.c.account_id == bindparam("account_id"), late_charges.c.id == bindparam("id"))
    .values(parameters("status", "updated_at"))
)


class PaymentRepository:
    """The payments of one account at a time; of all accounts only the due checks and the newest known sale."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID, payment_id: UUID) -> PaymentDetail | None:
        """Return one payment with its allocations, in the order in which they were made, or None."""
        found = await self._db.fetch_one(_DETAIL, account_id=account_id, id=payment_id)
        return None if found is None else _detail(found)

    async def list_credits(self, account_id: UUID, currency: str, chosen: Collection[UUID]) -> list[AvailableCredit]:
        """Return the credit memos and deposits in a currency that can be used: chosen ones first, then the oldest.

        The account's lock keeps them as they are; a quote has none.
        """
        return await self._db.fetch(
            AVAILABLE, account_id=account_id, currency=currency, chosen=list(chosen), limit=MOST_CREDITS
        )

    async def drop_deposit(self, account: LockedAccount, deposit_id: UUID, now: datetime) -> list[DroppedCredit]:
        """Take a deposit from the payments under way that have reserved parts of it, and return these parts."""
        return await self._db.fetch(DROP, account_id=account.id, deposit_id=deposit_id, now=now)

    async def list_page(self, account_id: UUID, query: PaymentQuery) -> Rows[PaymentSummary]:
        """Return one page, newest first. Raise BadCursorError."""
        return await _LIST.fetch(self._db, query, account_id=account_id)

    async def find_sent(self, account_id: UUID, payment_id: UUID) -> SentPayment | None:
        """Return a payment as it was sent, or None."""
        return await self._db.fetch_one(_SENT, account_id=account_id, id=payment_id)

    async def find_order(self, transaction_id: str, order_id: str | None) -> GatewayOrder | None:
        """Return the order of a transaction at the gateway, of any account, or None.

        A transaction whose id was not recorded yet is found by its order id.
        """
        return await self._db.fetch_one(_FIND_ORDER, transaction_id=transaction_id, order_id=order_id or "")

    async def list_known(self, transaction_ids: list[str]) -> list[str]:
        """Return those of these transactions that are of payments of ours."""
        return await self._db.fetch(_LIST_KNOWN, transaction_ids=transaction_ids)

    async def list_with_money(self, transaction_ids: list[str]) -> list[str]:
        """Return those of these transactions whose payments have their money, or may have it."""
        return await self._db.fetch(_LIST_WITH_MONEY, transaction_ids=transaction_ids)

    async def list_sent(self, due: Sequence[DuePayment]) -> list[SentPayment]:
        """Return payments of all accounts as they were sent, in one round trip."""
        return await self._db.fetch(_ALL_SENT, account_ids=[one.account_id for one in due], ids=[one.id for one in due])

    async def list_ordered(self, order_ids: list[str], sale_ids: list[str]) -> list[OrderedPayment]:
        """Return the payments of these orders, and of these sales at the gateway, of all accounts."""
        return await self._db.fetch(_LIST_ORDERED, order_ids=order_ids, sale_ids=sale_ids)

    async def list_reversals(self, account_id: UUID, payment_id: UUID) -> list[Reversal]:
        """Return the payment's charges that are to be given back, or were, oldest first."""
        return await self._db.fetch(_REVERSALS, account_id=account_id, payment_id=payment_id)

    async def list_due(self, now: datetime, limit: int) -> list[DuePayment]:
        """Return up to `limit` payments of all accounts whose next check is due, the longest overdue first."""
        return await self._db.fetch(_DUE, now=now, limit=limit)

    async def count_awaited(self) -> list[AwaitedPayments]:
        """Return the payments of all accounts that are still looked up at the gateway, by state."""
        return await self._db.fetch(_AWAITED)

    async def list_open(self, limit: int) -> list[OpenPayment]:
        """Return payments of all accounts whose outcome is open, or whose late charge goes back, the oldest first."""
        return await self._db.fetch(_OPEN, limit=limit)

    async def find_known_sale(self, before: datetime) -> KnownSale | None:
        """Return the newest sale of all accounts from before this time whose outcome the present gateway has given."""
        return await self._db.fetch_one(_KNOWN_SALE, before=before)

    def add(self, payment: PaymentDetail) -> None:
        """Have a payment inserted at the transaction's end, with its parts, and its order if it is to be charged."""
        self._db.append(_ADD, **_columns(payment))
        self._add_parts(payment)

    def _add_parts(self, payment: PaymentDetail) -> None:
        if payment.allocations:
            self._db.append(_ADD_ALLOCATIONS, **arrays_of(_rows(payment, payment.allocations)))
        if payment.credits:
            self._db.append(_ADD_CREDITS, **arrays_of([_credit_row(payment, used) for used in payment.credits]))
        if payment.order_id is not None:
            order = GatewayOrder(payment.order_id, payment.account_id, payment.id, transaction_id=None)
            self._db.append(_ADD_ORDER, **values_of(order))

    async def add_all(self, new: Iterable[tuple[Payment, Sequence[Allocation]]]) -> None:
        """Insert payments with their allocations."""
        given = list(new)
        await self._db.execute_many(_ADD, [_columns(payment) for payment, _ in given])
        if rows := [row for payment, parts in given for row in _rows(payment, parts)]:
            await self._db.execute(_ADD_ALLOCATIONS, **arrays_of(rows))

    def update(self, payment: Payment) -> None:
        """Have a payment's changed values written at the transaction's end."""
        changed = {name: getattr(payment, name) for name in _CHANGING}
        self._db.append(_UPDATE, account_id=payment.account_id, id=payment.id, **changed)

    def move_disputed(
        self, account: LockedAccount, payment_id: UUID, now: datetime, *, disputed: int, unapplied: int
    ) -> None:
        """Have the disputed amount raised at the transaction's end, and the unapplied one lowered."""
        self._db.append(
            _MOVE_DISPUTED, account_id=account.id, id=payment_id, now=now, by_disputed=disputed, by_unapplied=unapplied
        )

    def move_refunds(
        self, account: LockedAccount, payment_id: UUID, now: datetime, *, refunded: int, pending: int, unapplied: int
    ) -> None:
        """Have the refunded and reserved amounts raised at the transaction's end, and the unapplied one lowered."""
        self._db.append(
            _MOVE_REFUNDS,
            account_id=account.id,
            id=payment_id,
            now=now,
            by_refunded=refunded,
            by_pending=pending,
            by_unapplied=unapplied,
        )

    def rewrite(self, payment: PaymentDetail) -> None:
        """Have a scheduled payment written anew, with the parts and the order that it may have by now."""
        values = {name: getattr(payment, name) for name in _REWRITTEN}
        self._db.append(_REWRITE, account_id=payment.account_id, id=payment.id, **values)
        self._add_parts(payment)

    def name_transaction(self, order_id: str, transaction_id: str) -> None:
        """Have the gateway's own id kept with the order that it carried out."""
        self._db.append(_NAME_TRANSACTION, of_order=order_id, transaction_id=transaction_id)

    async def list_late_charges(self, account: LockedAccount, payment_id: UUID) -> list[LateCharge]:
        """Return the payment's late charges, whatever their status."""
        return await self._db.fetch(_LATE_CHARGES, account_id=account.id, payment_id=payment_id)

    async def add_late_charge(self, charge: LateCharge) -> None:
        """Insert a late charge."""
        await self._db.execute(_ADD_LATE_CHARGE, **values_of(charge))

    async def update_late_charge(self, charge: LateCharge) -> None:
        """Write a late charge's status."""
        await self._db.execute(
            _UPDATE_LATE_CHARGE,
            account_id=charge.account_id,
            id=charge.id,
            status=charge.status,
            updated_at=charge.updated_at,
        )


def _columns(payment: Payment) -> dict[str, Any]:
    return {name: getattr(payment, name) for name in _COLUMNS}


def _rows(payment: Payment, parts: Sequence[Allocation]) -> list[PaymentAllocation]:
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


def _credit_row(payment: Payment, used: UsedCredit) -> PaymentCredit:
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


def _detail(found: _PaymentWithArrays) -> PaymentDetail:
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
    return PaymentDetail(**_columns(found), allocations=tuple(allocations), credits=used)


def _credits(found: _PaymentWithArrays) -> Iterator[UsedCredit]:
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
