"""The SQL of accounts, external references and counters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from billing_api.accounts.model import Account, Counter, ExternalReference
from billing_api.accounts.schemas import Terms
from billing_api.db.base import table_of
from billing_api.db.reader import Reader, Statement, columns_of
from billing_api.db.session import Database


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as others read it."""

    id: UUID
    name: str
    currency: str
    credit_limit: int | None
    net_days: int
    discount_basis_points: int
    discount_days: int
    discount_includes_tax: bool

    @property
    def terms(self) -> Terms:
        """When its invoices are due, and what paying early earns."""
        return Terms.model_validate(self, from_attributes=True)


_counters = table_of(Counter)
_more = insert(_counters)
_TAKE_NUMBERS = _more.on_conflict_do_update(
    index_elements=[_counters.c.account_id, _counters.c.name],
    set_={"value": _counters.c.value + _more.excluded.value},
).returning(_counters.c.account_id, _counters.c.value)
_ONE = Statement(select(*columns_of(Account, AccountRow)).where(Account.id == bindparam("id")))


class AccountRepository:
    """Customers and what is counted for them."""

    def __init__(self, db: Database, reader: Reader) -> None:
        self._db = db
        self._reader = reader

    async def read(self, account_id: UUID) -> AccountRow | None:
        """The account outside a transaction, or None."""
        return await self._reader.fetch_one(_ONE, AccountRow, id=account_id)

    def add(self, account: Account) -> None:
        """A new account, written with the next flush."""
        self._db.session.add(account)

    async def find(self, account_id: UUID) -> Account | None:
        """The account, or None."""
        return await self._db.session.get(Account, account_id)

    async def find_for_update(self, account_id: UUID) -> Account | None:
        """The account under its lock, which does not stop rows that merely refer to it."""
        return await self._db.session.scalar(
            select(Account)
            .where(Account.id == account_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )

    async def take_numbers(self, name: str, counts: Mapping[UUID, int]) -> dict[UUID, int]:
        """Move each account's counter on by so many and answer where it stands: 1, 2, 3 … without a gap.

        The numbers are given back when the transaction is rolled back.
        """
        rows = [{"account_id": account_id, "name": name, "value": count} for account_id, count in counts.items()]
        taken = await self._db.session.execute(_TAKE_NUMBERS, rows)
        return {account_id: value for account_id, value in taken}  # noqa: C416 - rows are no pairs for a type checker

    async def claim_reference(self, kind: str, external_id: str, *, account_id: UUID, object_id: UUID) -> bool:
        """Whether the back office's key was free; it is this object's now."""
        claim = (
            insert(ExternalReference)
            .values(kind=kind, external_id=external_id, account_id=account_id, object_id=object_id)
            .on_conflict_do_nothing()
            .returning(ExternalReference.object_id)
        )
        return (await self._db.session.execute(claim)).scalar_one_or_none() is not None

    async def find_references(self, kind: str, external_ids: Iterable[str]) -> dict[str, tuple[UUID, UUID]]:
        """Account and object of each key that is known."""
        rows = await self._db.session.execute(
            select(ExternalReference.external_id, ExternalReference.account_id, ExternalReference.object_id).where(
                ExternalReference.kind == kind, ExternalReference.external_id.in_(external_ids)
            )
        )
        return {key: (account_id, object_id) for key, account_id, object_id in rows}
