"""The SQL of disputes."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, and_, bindparam, insert, literal_column, select, update

from billing_api.accounts.locked import LockedAccount
from billing_api.accounts.model import accounts
from billing_api.db.base import rows_of
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.invoice_disputes.fields import DisputeSettlement
from billing_api.invoice_disputes.model import InvoiceDispute, OpenDispute, invoice_disputes
from billing_api.invoice_disputes.schemas import DisputeQuery
from billing_api.invoices.model import invoices
from billing_api.kit.pagination import Rows

_d = invoice_disputes.c
_DISPUTE = columns_of(invoice_disputes, InvoiceDispute)
_OF_INVOICE = and_(_d.account_id == bindparam("account_id"), _d.invoice_id == bindparam("invoice_id"))
_THIS = and_(_d.account_id == bindparam("account_id"), _d.id == bindparam("id"))
_IS_OPEN = _d.status == literal_column("'open'")

_LIST = Listing(
    select(*_DISPUTE).where(_OF_INVOICE), InvoiceDispute, DisputeQuery, sorts=[_d.id], unique=_d.id, order="-id"
)
_FIND = Statement(select(*_DISPUTE).where(_OF_INVOICE, _d.id == bindparam("id")), InvoiceDispute)
_LOCK = Statement(select(*_DISPUTE).where(_THIS).with_for_update(), InvoiceDispute)
_FIND_OPEN = Statement(select(*_DISPUTE).where(_OF_INVOICE, _IS_OPEN), InvoiceDispute)
# Of any status, so that one which is answered says so; an operator asks, so it may read the table.
_FIND_ACCOUNT = Statement(select(_d.account_id).where(_d.id == bindparam("id")), UUID)
_LIST_OPEN = Statement(
    select(
        _d.account_id,
        _d.id,
        accounts.c.name.label("account_name"),
        invoices.c.number.label("invoice_number"),
        _d.reason,
        _d.text,
        _d.currency,
        _d.amount,
        _d.created_at,
    )
    .join(accounts, accounts.c.id == _d.account_id)
    .join(invoices, and_(invoices.c.account_id == _d.account_id, invoices.c.id == _d.invoice_id))
    .where(_IS_OPEN)
    .order_by(_d.id)
    .limit(bindparam("limit")),
    OpenDispute,
)
_ADD = Command(insert(invoice_disputes))
_UPDATE = Command(
    update(invoice_disputes).where(_THIS).values(**parameters("status", "answer", "closed_at", "updated_at", "version"))
)
_settled = rows_of("settled", invoice_id=Uuid(), settlement=Text())
_SETTLE_ALL = Statement(
    update(invoice_disputes)
    .where(_d.account_id == bindparam("account_id"), _d.invoice_id == _settled.c.invoice_id, _IS_OPEN)
    .values(
        status="settled",
        settlement=_settled.c.settlement,
        closed_at=bindparam("now"),
        updated_at=bindparam("now"),
        version=_d.version + 1,
    )
    .returning(*_DISPUTE),
    InvoiceDispute,
)


class InvoiceDisputeRepository:
    """The disputes of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_page(self, account_id: UUID, invoice_id: UUID, query: DisputeQuery) -> Rows[InvoiceDispute]:
        """Return one page of an invoice's disputes. Raise BadCursorError."""
        return await _LIST.fetch(self._db, query, account_id=account_id, invoice_id=invoice_id)

    async def list_open(self, limit: int) -> list[OpenDispute]:
        """Return the open disputes of all accounts, the oldest first."""
        return await self._db.fetch(_LIST_OPEN, limit=limit)

    async def find(self, account_id: UUID, invoice_id: UUID, dispute_id: UUID) -> InvoiceDispute | None:
        """Return one dispute, or None."""
        return await self._db.fetch_one(_FIND, account_id=account_id, invoice_id=invoice_id, id=dispute_id)

    async def find_open(self, account: LockedAccount, invoice_id: UUID) -> InvoiceDispute | None:
        """Return the open dispute of an invoice, or None."""
        return await self._db.fetch_one(_FIND_OPEN, account_id=account.id, invoice_id=invoice_id)

    async def find_account(self, dispute_id: UUID) -> UUID | None:
        """Return the account of a dispute, or None."""
        return await self._db.fetch_one(_FIND_ACCOUNT, id=dispute_id)

    async def lock(self, account: LockedAccount, dispute_id: UUID) -> InvoiceDispute | None:
        """Return one dispute under its lock, or None."""
        return await self._db.fetch_one(_LOCK, account_id=account.id, id=dispute_id)

    async def add(self, dispute: InvoiceDispute) -> None:
        """Insert a dispute."""
        await self._db.execute(_ADD, **values_of(dispute))

    async def update(self, dispute: InvoiceDispute) -> None:
        """Write the status and the answer."""
        names = ("account_id", "id", "status", "answer", "closed_at", "updated_at", "version")
        await self._db.execute(_UPDATE, **{name: getattr(dispute, name) for name in names})

    async def settle_all(
        self, account: LockedAccount, settlements: Mapping[UUID, DisputeSettlement], now: datetime
    ) -> list[InvoiceDispute]:
        """End the open disputes of these invoices, and return them as they are then."""
        return await self._db.fetch(
            _SETTLE_ALL,
            account_id=account.id,
            invoice_ids=list(settlements),
            settlements=list(settlements.values()),
            now=now,
        )
