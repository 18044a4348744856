"""The SQL of late charges."""

from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, insert, select, update

from billing_api.accounts.locked import LockedAccount
from billing_api.db.base import each_of
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.payments.model import LateCharge, late_charges
from billing_api.payments.values import NoticedLateCharge, Reversal

_l = late_charges.c
_OF_PAYMENT = and_(_l.account_id == bindparam("account_id"), _l.payment_id == bindparam("payment_id"))
_REVERSALS = Statement(
    select(*columns_of(late_charges, Reversal)).where(_OF_PAYMENT, _l.status != "accepted").order_by(_l.id),
    Reversal,
)
_LIST = Statement(select(*columns_of(late_charges, LateCharge)).where(_OF_PAYMENT), LateCharge)
_noticed = each_of("ids", Uuid())
_LIST_NOTICED = Statement(
    select(*columns_of(late_charges, NoticedLateCharge)).join(_noticed, _noticed.c.value == _l.id), NoticedLateCharge
)
_ADD = Command(insert(late_charges))
_UPDATE = Command(
    update(late_charges)
    .where(_l.account_id == bindparam("account_id"), _l.id == bindparam("id"))
    .values(parameters("status", "failed_refunds", "updated_at"))
)


class LateChargeRepository:
    """The late charges of one payment at a time; of all accounts those that the gateway names."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_reversals(self, account_id: UUID, payment_id: UUID) -> list[Reversal]:
        """Return the payment's charges that are to be given back, or were, oldest first."""
        return await self._db.fetch(_REVERSALS, account_id=account_id, payment_id=payment_id)

    async def list_all(self, account: LockedAccount, payment_id: UUID) -> list[LateCharge]:
        """Return the payment's late charges, whatever their status."""
        return await self._db.fetch(_LIST, account_id=account.id, payment_id=payment_id)

    async def list_noticed(self, late_charge_ids: list[UUID]) -> list[NoticedLateCharge]:
        """Return those of these late charges that exist, of all accounts."""
        return await self._db.fetch(_LIST_NOTICED, ids=late_charge_ids)

    async def add(self, charge: LateCharge) -> None:
        """Insert a late charge."""
        await self._db.execute(_ADD, **values_of(charge))

    async def update(self, charge: LateCharge) -> None:
        """Write a late charge's status, and its failed refunds."""
        await self._db.execute(
            _UPDATE,
            account_id=charge.account_id,
            id=charge.id,
            status=charge.status,
            failed_refunds=charge.failed_refunds,
            updated_at=charge.updated_at,
        )
