"""The SQL of accounts, external references and counters."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from billing_api.accounts.model import Account, Counter, ExternalReference
from billing_api.accounts.schemas import Terms
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

    async def next_number(self, account_id: UUID, name: str) -> int:
        """The counter's next value: 1, 2, 3 … without a gap, for it is taken back with the transaction."""
        bump = (
            insert(Counter)
            .values(account_id=account_id, name=name, value=1)
            .on_conflict_do_update(index_elements=["account_id", "name"], set_={"value": Counter.value + 1})
            .returning(Counter.value)
        )
        return (await self._db.session.execute(bump)).scalar_one()

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
