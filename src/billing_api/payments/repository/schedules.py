"""The SQL of scheduled payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, func, literal_column, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.accounts.locked import LockedAccount
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.payments.model import PaymentSchedule, payment_schedules, payments


@dataclass(frozen=True, slots=True)
class ScheduledPayment:
    """A payment that waits for its day."""

    account_id: UUID
    id: UUID
    scheduled_on: date


@dataclass(frozen=True, slots=True)
class ScheduledWithMethod:
    """A payment that waits for its day, as its payment method's removal names it."""

    id: UUID
    number: str
    scheduled_on: date
    currency: str
    amount: int


BEGINNING = ScheduledPayment(UUID(int=0), UUID(int=0), date.min)

_p, _s = payments.c, payment_schedules.c
_FIND = Statement(
    select(*columns_of(payment_schedules, PaymentSchedule)).where(
        _s.account_id == bindparam("account_id"), _s.payment_id == bindparam("payment_id")
    ),
    PaymentSchedule,
)
# Written out, so that its indexes serve a plan for whatever values.
_IS_WAITING = _p.state == literal_column("'scheduled'")
_KEY = ("account_id", "payment_id")
_new = insert(payment_schedules)
_SAVE = Command(
    _new.on_conflict_do_update(
        index_elements=_KEY, set_={column.name: _new.excluded[column.name] for column in _s if column.name not in _KEY}
    )
)
_place = tuple_(bindparam("after_day", type_=_p.scheduled_on.type), bindparam("after_id", type_=_p.id.type))
_WAITING = (
    select(*columns_of(payments, ScheduledPayment))
    .where(
        _IS_WAITING,
        _p.scheduled_on <= bindparam("until"),
        tuple_(_p.scheduled_on, _p.id) > _place,
    )
    .order_by(_p.scheduled_on, _p.id)
    .limit(bindparam("limit"))
)
_LIST_DUE = Statement(_WAITING, ScheduledPayment)
_without_reminder = (
    select(_s.payment_id)
    .where(_s.account_id == _p.account_id, _s.payment_id == _p.id, _s.reminded_at.is_(None))
    .limit(1)
    .lateral("without_reminder")
)
_LIST_TO_REMIND = Statement(_WAITING.join(_without_reminder, true()), ScheduledPayment)
_LIST_BY_METHOD = Statement(
    select(*columns_of(payments, ScheduledWithMethod))
    .where(
        _p.account_id == bindparam("account_id"), _IS_WAITING, _p.payment_method_id == bindparam("payment_method_id")
    )
    .order_by(_p.scheduled_on, _p.id),
    ScheduledWithMethod,
)
_SHOW_METHOD = Command(
    update(payments)
    .where(_p.account_id == bindparam("of_account"), _IS_WAITING, _p.payment_method_id == bindparam("of_method"))
    .values(parameters("method_brand", "method_last4"))
)
_COUNT = Statement(select(func.count()).where(_p.account_id == bindparam("account_id"), _IS_WAITING), int)


class PaymentScheduleRepository:
    """The schedules of payments: one at a time, and those of all accounts that are due."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID, payment_id: UUID) -> PaymentSchedule | None:
        """Return the schedule of a payment, or None where it has none. The account's lock keeps it as it is."""
        return await self._db.fetch_one(_FIND, account_id=account_id, payment_id=payment_id)

    async def get(self, account_id: UUID, payment_id: UUID) -> PaymentSchedule:
        """Return the schedule of a payment that was scheduled."""
        found = await self.find(account_id, payment_id)
        assert found is not None  # it is written with the payment
        return found

    def save(self, schedule: PaymentSchedule) -> None:
        """Have a schedule inserted or replaced at the transaction's end."""
        self._db.append(_SAVE, **values_of(schedule))

    async def count(self, account: LockedAccount) -> int:
        """Return how many payments of an account wait for their day."""
        return await self._db.fetch_one(_COUNT, account_id=account.id) or 0

    async def list_by_method(self, account: LockedAccount, method_id: UUID) -> list[ScheduledWithMethod]:
        """Return an account's payments that wait for their day with one method, by day."""
        return await self._db.fetch(_LIST_BY_METHOD, account_id=account.id, payment_method_id=method_id)

    def show_method(self, account: LockedAccount, method_id: UUID, *, brand: str | None, last4: str | None) -> None:
        """Have the payments that wait for their day with a method show these details at the transaction's end."""
        shown = {"method_brand": brand, "method_last4": last4}
        self._db.append(_SHOW_METHOD, of_account=account.id, of_method=method_id, **shown)

    async def list_due(self, until: date, after: ScheduledPayment, limit: int) -> Sequence[ScheduledPayment]:
        """Return payments that wait for a day up to this one, by day, from a place on."""
        return await self._db.fetch(
            _LIST_DUE, until=until, after_day=after.scheduled_on, after_id=after.id, limit=limit
        )

    async def list_to_remind(self, until: date, after: ScheduledPayment, limit: int) -> Sequence[ScheduledPayment]:
        """Return those of `list_due` without a reminder so far."""
        return await self._db.fetch(
            _LIST_TO_REMIND, until=until, after_day=after.scheduled_on, after_id=after.id, limit=limit
        )
