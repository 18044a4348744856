"""The SQL of payments."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, and_, bindparam, func, insert, select, update

from billing_api.accounts.locked import LockedAccount
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, insert_many, parameters, values_of
from billing_api.kit.pagination import Rows
from billing_api.payments.credit_schemas import MOST_CREDITS
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.model import (
    Allocation,
    GatewayOrder,
    Payment,
    PaymentDetail,
    gateway_orders,
    payment_allocations,
    payment_credits,
    payments,
)
from billing_api.payments.repository.credits import AVAILABLE, DROP
from billing_api.payments.repository.detail import (
    COLUMNS,
    DETAIL,
    PaymentWithArrays,
    allocation_rows,
    credit_row,
    detail_of,
    payment_row,
)
from billing_api.payments.schemas import PaymentQuery
from billing_api.payments.values import (
    AvailableCredit,
    DroppedCredit,
    PaymentSummary,
    SentPayment,
)

_p, _o = payments.c, gateway_orders.c
_OWN = _p.account_id == bindparam("account_id")
_THIS = and_(_OWN, _p.id == bindparam("id"))
_DETAIL = Statement(DETAIL.where(_THIS), PaymentWithArrays)
_SENT = Statement(select(*columns_of(payments, SentPayment)).where(_THIS), SentPayment)
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
# The rest of a payment never changes.
_CHANGING = (
    "state",
    "unapplied",
    "deposit_id",
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
        deposit_id=func.coalesce(_p.deposit_id, bindparam("new_deposit_id", type_=Uuid())),
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
        overpaid_reserved=_p.overpaid_reserved + bindparam("by_overpaid", type_=BigInteger()),
        unapplied=_p.unapplied - bindparam("by_unapplied", type_=BigInteger()),
        updated_at=bindparam("now"),
        version=_p.version + 1,
    )
)
# Of a scheduled payment all of it changes but its identity.
_FIXED = {"account_id", "id", "number", "external_id", "created_at"}
_REWRITTEN = tuple(name for name in COLUMNS if name not in _FIXED)
_REWRITE = Command(update(payments).where(_THIS).values(parameters(*_REWRITTEN)))
_NAME_TRANSACTION = Command(
    update(gateway_orders).where(_o.order_id == bindparam("of_order")).values(parameters("transaction_id"))
)


class PaymentRepository:
    """The payments of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID, payment_id: UUID) -> PaymentDetail | None:
        """Return one payment with its allocations, in the order in which they were made, or None."""
        found = await self._db.fetch_one(_DETAIL, account_id=account_id, id=payment_id)
        return None if found is None else detail_of(found)

    async def get(self, account_id: UUID, payment_id: UUID) -> PaymentDetail:
        """Return one payment as `find` does. Raise PaymentNotFoundError."""
        payment = await self.find(account_id, payment_id)
        if payment is None:
            raise PaymentNotFoundError(payment_id)
        return payment

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

    def add(self, payment: PaymentDetail) -> None:
        """Have a payment inserted at the transaction's end, with its parts, and its order if it is to be charged."""
        self._db.append(_ADD, **payment_row(payment))
        self._add_parts(payment)

    def _add_parts(self, payment: PaymentDetail) -> None:
        if payment.allocations:
            self._db.append(_ADD_ALLOCATIONS, **arrays_of(allocation_rows(payment, payment.allocations)))
        if payment.credits:
            self._db.append(_ADD_CREDITS, **arrays_of([credit_row(payment, used) for used in payment.credits]))
        if payment.order_id is not None:
            order = GatewayOrder(payment.order_id, payment.account_id, payment.id, transaction_id=None)
            self._db.append(_ADD_ORDER, **values_of(order))

    async def add_all(self, new: Iterable[tuple[Payment, Sequence[Allocation]]]) -> None:
        """Insert payments with their allocations."""
        given = list(new)
        await self._db.execute_many(_ADD, [payment_row(payment) for payment, _ in given])
        if rows := [row for payment, parts in given for row in allocation_rows(payment, parts)]:
            await self._db.execute(_ADD_ALLOCATIONS, **arrays_of(rows))

    def update(self, payment: Payment) -> None:
        """Have a payment's changed values written at the transaction's end."""
        changed = {name: getattr(payment, name) for name in _CHANGING}
        self._db.append(_UPDATE, account_id=payment.account_id, id=payment.id, **changed)

    def move_disputed(
        self,
        account: LockedAccount,
        payment_id: UUID,
        now: datetime,
        *,
        disputed: int,
        unapplied: int,
        deposit_id: UUID | None,
    ) -> None:
        """Have the disputed amount raised at the transaction's end, and the unapplied one lowered.

        A payment without a deposit gets `deposit_id`.
        """
        self._db.append(
            _MOVE_DISPUTED,
            account_id=account.id,
            id=payment_id,
            now=now,
            by_disputed=disputed,
            by_unapplied=unapplied,
            new_deposit_id=deposit_id,
        )

    def move_refunds(
        self,
        account: LockedAccount,
        payment_id: UUID,
        now: datetime,
        *,
        refunded: int,
        pending: int,
        overpaid: int,
        unapplied: int,
    ) -> None:
        """Have the refunded and reserved amounts raised at the transaction's end, and the unapplied one lowered."""
        self._db.append(
            _MOVE_REFUNDS,
            account_id=account.id,
            id=payment_id,
            now=now,
            by_refunded=refunded,
            by_pending=pending,
            by_overpaid=overpaid,
            by_unapplied=unapplied,
        )

    def update_scheduled(self, payment: PaymentDetail) -> None:
        """Have a scheduled payment written anew, with the parts and the order that it may have by now."""
        values = {name: getattr(payment, name) for name in _REWRITTEN}
        self._db.append(_REWRITE, account_id=payment.account_id, id=payment.id, **values)
        self._add_parts(payment)

    def name_transaction(self, order_id: str, transaction_id: str) -> None:
        """Have the gateway's own id kept with the order that it carried out."""
        self._db.append(_NAME_TRANSACTION, of_order=order_id, transaction_id=transaction_id)
