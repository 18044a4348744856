"""The SQL of payments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, insert, or_, select, update

from billing_api.db.base import table_of
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.reader import Reader, Statement, columns_of
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Rows
from billing_api.payment_methods.model import gateway_customers
from billing_api.payments.model import GatewayOrder, LateCharge, Payment, PaymentAllocation
from billing_api.payments.schemas import PaymentQuery


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as it is shown."""

    id: UUID
    number: str
    kind: str
    state: str
    currency: str
    amount: int
    unapplied: int
    received_on: date
    payment_method_id: UUID | None
    method_brand: str | None
    method_last4: str | None
    reference: str | None
    decline_code: str | None
    decline_text: str | None
    decline_is_soft: bool | None
    next_check_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class SentPayment:
    """A payment as a look at the gateway needs to know it."""

    id: UUID
    state: str
    currency: str
    amount: int
    method_token: str | None
    order_id: str | None
    gateway_transaction_id: str | None
    next_check_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reversal:
    """A charge that is to be given back, or was."""

    id: UUID
    transaction_id: str
    status: str

    @property
    def is_open(self) -> bool:
        """Whether it is still to be given back."""
        return self.status == "giving_back"


@dataclass(frozen=True, slots=True)
class KnownSale:
    """A sale that the gateway has answered for."""

    order_id: str
    transaction_id: str
    method_token: str | None
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class DuePayment:
    """A payment that is to be looked up at the gateway."""

    account_id: UUID
    id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """What one invoice gets of a payment."""

    invoice_id: UUID
    invoice_number: str
    amount: int


_COLUMNS = columns_of(Payment, PaymentRow)
_OWN = Payment.account_id == bindparam("account_id")
_ONE = Statement(select(*_COLUMNS).where(_OWN, Payment.id == bindparam("id")))
_ALLOCATIONS = (
    select(*columns_of(PaymentAllocation, AllocationRow))
    .where(
        PaymentAllocation.account_id == bindparam("account_id"), PaymentAllocation.payment_id == bindparam("payment_id")
    )
    .order_by(PaymentAllocation.id)
)
_ADD_ALLOCATIONS = insert(table_of(PaymentAllocation))
_READ_ALLOCATIONS = Statement(_ALLOCATIONS)
_SENT = Statement(select(*columns_of(Payment, SentPayment)).where(_OWN, Payment.id == bindparam("id")))
_REVERSALS = Statement(
    select(*columns_of(LateCharge, Reversal))
    .where(
        LateCharge.account_id == bindparam("account_id"),
        LateCharge.payment_id == bindparam("payment_id"),
        LateCharge.status != "accepted",
    )
    .order_by(LateCharge.id)
)
_DUE = Statement(
    select(*columns_of(Payment, DuePayment))
    .where(Payment.next_check_at <= bindparam("now"))
    .order_by(Payment.next_check_at, Payment.id)
    .limit(bindparam("limit"))
)
_ENDED_AT_THE_GATEWAY = ("succeeded", "returned", "declined")
# The newest, since order ids begin with their time. Sales from before the confirmation may be another merchant's.
_KNOWN_SALE = Statement(
    select(GatewayOrder.order_id, GatewayOrder.transaction_id, Payment.method_token, Payment.amount, Payment.currency)
    .join(Payment, and_(Payment.account_id == GatewayOrder.account_id, Payment.id == GatewayOrder.payment_id))
    .join(gateway_customers, gateway_customers.c.account_id == GatewayOrder.account_id)
    .where(
        GatewayOrder.transaction_id.is_not(None),
        or_(*(Payment.state == state for state in _ENDED_AT_THE_GATEWAY)),
        Payment.created_at <= bindparam("before"),
        Payment.created_at >= gateway_customers.c.confirmed_at,
    )
    .order_by(GatewayOrder.order_id.desc())
    .limit(1)
)

_LIST = Listing(
    select(*_COLUMNS).where(_OWN),
    PaymentRow,
    PaymentQuery,
    sorts=[Payment.created_at],
    unique=Payment.id,
    order="-created_at",
)


class PaymentRepository:
    """The payments of one account at a time; of all accounts only what is due for a check."""

    def __init__(self, db: Database, reader: Reader) -> None:
        self._db = db
        self._reader = reader

    async def find(self, account_id: UUID, payment_id: UUID) -> PaymentRow | None:
        """One payment, or None."""
        return await self._reader.fetch_one(_ONE, PaymentRow, account_id=account_id, id=payment_id)

    async def find_sent(self, account_id: UUID, payment_id: UUID) -> SentPayment | None:
        """Return a payment as it was sent, or None."""
        return await self._reader.fetch_one(_SENT, SentPayment, account_id=account_id, id=payment_id)

    async def list_reversals(self, account_id: UUID, payment_id: UUID) -> list[Reversal]:
        """Return the payment's charges that are to be given back, or were, oldest first."""
        return await self._reader.fetch(_REVERSALS, Reversal, account_id=account_id, payment_id=payment_id)

    async def list_allocations(self, account_id: UUID, payment_id: UUID) -> list[AllocationRow]:
        """What the payment is for."""
        return await self._reader.fetch(_READ_ALLOCATIONS, AllocationRow, account_id=account_id, payment_id=payment_id)

    async def list_due(self, now: datetime, limit: int) -> list[DuePayment]:
        """Up to `limit` payments of all accounts whose next check is due, the longest overdue first."""
        return await self._reader.fetch(_DUE, DuePayment, now=now, limit=limit)

    async def find_known_sale(self, before: datetime) -> KnownSale | None:
        """Return the newest sale of all accounts, made before this time, that the present gateway has answered for."""
        return await self._reader.fetch_one(_KNOWN_SALE, KnownSale, before=before)

    async def list_page(self, account_id: UUID, query: PaymentQuery) -> Rows[PaymentRow]:
        """Return one page, newest first. Raise BadCursorError."""
        return await _LIST.fetch(self._db, query, account_id=account_id)

    async def add(
        self, payment: Payment, allocations: Sequence[AllocationRow], order: GatewayOrder | None = None
    ) -> None:
        """Write a new payment with what it is for, and its order at the gateway."""
        await self.add_all([(payment, allocations)])
        if order is not None:
            self._db.session.add(order)

    async def add_all(self, payments: Iterable[tuple[Payment, Sequence[AllocationRow]]]) -> None:
        """Write new payments with what they are for, the tables in the order of their foreign keys."""
        new = list(payments)
        self._db.session.add_all(payment for payment, _ in new)
        await self._db.session.flush()
        rows = [
            {
                "account_id": payment.account_id,
                "id": new_id(),
                "payment_id": payment.id,
                "invoice_id": part.invoice_id,
                "invoice_number": part.invoice_number,
                "amount": part.amount,
            }
            for payment, parts in new
            for part in parts
        ]
        if rows:
            await self._db.session.execute(_ADD_ALLOCATIONS, rows)

    async def find_row(self, account_id: UUID, payment_id: UUID) -> Payment | None:
        """The row to change, or None; the account's lock guards it."""
        return await self._db.session.get(Payment, (account_id, payment_id))

    async def list_allocation_rows(self, account_id: UUID, payment_id: UUID) -> list[AllocationRow]:
        """What the payment is for, as the open transaction sees it."""
        rows = await self._db.session.execute(_ALLOCATIONS, {"account_id": account_id, "payment_id": payment_id})
        return [AllocationRow(*row) for row in rows]

    def add_late_charge(self, charge: LateCharge) -> None:
        """Write a charge that turned up late, with the next flush."""
        self._db.session.add(charge)

    async def list_late_charges(self, account_id: UUID, payment_id: UUID) -> list[LateCharge]:
        """Return the payment's late charges, whatever their status; the account's lock guards them."""
        found = await self._db.session.scalars(
            select(LateCharge).where(LateCharge.account_id == account_id, LateCharge.payment_id == payment_id)
        )
        return list(found)

    async def name_transaction(self, order_id: str, transaction_id: str) -> None:
        """The gateway's own id for what was made of the order."""
        await self._db.session.execute(
            update(GatewayOrder).where(GatewayOrder.order_id == order_id).values(transaction_id=transaction_id)
        )
