"""The SQL of autopay."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.accounts.locked import LockedAccount
from billing_api.autopay.model import Autopay, AutopayInvoice, autopay, autopay_invoices
from billing_api.autopay.repository.reading import ENABLED, HAS_NO_MONEY, TO_PLAN, UPCOMING, WAITING, is_in
from billing_api.autopay.values import EnabledAccount, InvoiceToPlan, UpcomingInvoice, WaitingPayment
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, values_of
from billing_api.payments.model import payments

_c, _r, _p = autopay.c, autopay_invoices.c, payments.c

_FIND = Statement(select(*columns_of(autopay, Autopay)).where(_c.account_id == bindparam("account_id")), Autopay)
_new = insert(autopay)
_SAVE = Command(
    _new.on_conflict_do_update(
        index_elements=["account_id"],
        set_={column.name: _new.excluded[column.name] for column in _c if column.name != "account_id"},
    )
)
_LIST_OF_PAYMENT = Statement(
    select(*columns_of(autopay_invoices, AutopayInvoice))
    .where(_r.account_id == bindparam("account_id"), _r.payment_id == bindparam("payment_id"))
    .order_by(_r.invoice_id),
    AutopayInvoice,
)
_new_row = insert(autopay_invoices)
_KEY = ("account_id", "invoice_id")
_SAVE_ROW = Command(
    _new_row.on_conflict_do_update(
        index_elements=_KEY,
        set_={column.name: _new_row.excluded[column.name] for column in _r if column.name not in _KEY},
    )
)
_REMOVE_ROW = Command(
    delete(autopay_invoices).where(_r.account_id == bindparam("account_id"), _r.invoice_id == bindparam("invoice_id"))
)
_REMOVE_OF_PAYMENT = Command(
    delete(autopay_invoices).where(_r.account_id == bindparam("account_id"), _r.payment_id == bindparam("payment_id"))
)
_PLAN_PAYMENT_AGAIN = Command(
    update(autopay_invoices)
    .where(_r.account_id == bindparam("of_account"), _r.payment_id == bindparam("of_payment"), is_in("planned"))
    .values(status="again", payment_id=None)
)
_PLAN_ENDED_AGAIN = Command(
    update(autopay_invoices)
    .where(
        _r.account_id == bindparam("of_account"),
        is_in("ended"),
        select(_p.id)
        .where(
            _p.account_id == _r.account_id,
            _p.id == _r.payment_id,
            HAS_NO_MONEY,
            _p.payment_method_id.is_distinct_from(bindparam("method_id", type_=_p.payment_method_id.type)),
        )
        .exists(),
    )
    .values(status="again", payment_id=None)
)
_REMOVE_AGAIN = Command(delete(autopay_invoices).where(_r.account_id == bindparam("account_id"), is_in("again")))
_REMOVE_ABOVE_LIMIT = Command(
    delete(autopay_invoices).where(_r.account_id == bindparam("account_id"), is_in("above_limit"))
)


class AutopayRepository:
    """The choice of one account at a time, and the invoices that it is about."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID) -> Autopay | None:
        """Return an account's choice, or None. The account's lock keeps it as it is."""
        return await self._db.fetch_one(_FIND, account_id=account_id)

    def save(self, choice: Autopay) -> None:
        """Have a choice inserted or replaced at the transaction's end."""
        self._db.append(_SAVE, **values_of(choice))

    async def list_enabled(self, after: UUID, due_to: date, limit: int) -> list[EnabledAccount]:
        """Return the next accounts whose invoices are paid automatically."""
        return await self._db.fetch(ENABLED, after=after, due_to=due_to, limit=limit)

    async def list_to_plan(
        self,
        account: LockedAccount,
        currency: str,
        *,
        payment_method_id: UUID,
        due_from: date,
        due_to: date,
        limit: int,
    ) -> list[InvoiceToPlan]:
        """Return invoices that can be paid and are not contested, by due date.

        They are due in these days and were not planned yet, or are to be planned again.
        """
        return await self._db.fetch(
            TO_PLAN,
            account_id=account.id,
            currency=currency,
            payment_method_id=payment_method_id,
            due_from=due_from,
            due_to=due_to,
            limit=limit,
        )

    async def list_of_payment(self, account: LockedAccount, payment_id: UUID) -> list[AutopayInvoice]:
        """Return the invoices whose latest payment is this one."""
        return await self._db.fetch(_LIST_OF_PAYMENT, account_id=account.id, payment_id=payment_id)

    async def list_waiting(self, account: LockedAccount) -> list[WaitingPayment]:
        """Return the planned payments whose day has not come, by day."""
        return await self._db.fetch(WAITING, account_id=account.id)

    def save_all(self, rows: Iterable[AutopayInvoice]) -> None:
        """Have rows inserted or replaced at the transaction's end."""
        for row in rows:
            self._db.append(_SAVE_ROW, **values_of(row))

    def forget(self, account: LockedAccount, invoice_ids: Iterable[UUID]) -> None:
        """Have invoices forgotten at the transaction's end: they are planned anew when they can be paid."""
        for invoice_id in invoice_ids:
            self._db.append(_REMOVE_ROW, account_id=account.id, invoice_id=invoice_id)

    async def forget_payment(self, account: LockedAccount, payment_id: UUID) -> None:
        """Forget the invoices of a payment that was withdrawn."""
        await self._db.execute(_REMOVE_OF_PAYMENT, account_id=account.id, payment_id=payment_id)

    async def plan_again(self, account: LockedAccount, payment_id: UUID) -> None:
        """Have the invoices of a payment that was withdrawn planned again."""
        await self._db.execute(_PLAN_PAYMENT_AGAIN, of_account=account.id, of_payment=payment_id)

    async def plan_ended_again(self, account: LockedAccount, method_id: UUID) -> None:
        """Have invoices planned again that were given up, since another method than this one had failed."""
        await self._db.execute(_PLAN_ENDED_AGAIN, of_account=account.id, method_id=method_id)

    async def forget_planned_again(self, account: LockedAccount) -> None:
        """Forget the invoices that were to be planned again."""
        await self._db.execute(_REMOVE_AGAIN, account_id=account.id)

    async def forget_above_limit(self, account: LockedAccount) -> None:
        """Forget the invoices that were above the limit, which has changed."""
        await self._db.execute(_REMOVE_ABOVE_LIMIT, account_id=account.id)

    async def list_upcoming(self, account_id: UUID, due_from: date, limit: int) -> list[UpcomingInvoice]:
        """Return open invoices due from this day on, and earlier ones that were planned once, by due date."""
        return await self._db.fetch(UPCOMING, account_id=account_id, due_from=due_from, limit=limit)
