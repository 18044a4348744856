"""The SQL of accounts, external references and counters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.accounts.model import Account, Counter, ExternalReference
from billing_api.accounts.schemas import Terms
from billing_api.db.base import each_of, table_of
from billing_api.db.database import Database
from billing_api.db.reader import Reader, Statement, columns_of


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


@dataclass(frozen=True, slots=True)
class Reference:
    """What one of the back office's keys belongs to; the digest is that of what it was claimed with, if any."""

    account_id: UUID
    object_id: UUID
    digest: str | None


_counters, _references = table_of(Counter), table_of(ExternalReference)
_more = insert(_counters)
_TAKE_NUMBERS = _more.on_conflict_do_update(
    index_elements=[_counters.c.account_id, _counters.c.name],
    set_={"value": _counters.c.value + _more.excluded.value},
).returning(_counters.c.value)
_CLAIM = insert(_references).on_conflict_do_nothing().returning(_references.c.external_id)
_REPLACE_DIGEST = (
    update(_references)
    .where(_references.c.kind == bindparam("of_kind"), _references.c.external_id == bindparam("of_external_id"))
    .values(digest=bindparam("new_digest"))
)
_WANTED = each_of("external_ids", Text())
_FIND_REFERENCES = (
    select(_references.c.external_id, _references.c.account_id, _references.c.object_id, _references.c.digest)
    .join(_WANTED, _references.c.external_id == _WANTED.c.value)
    .where(_references.c.kind == bindparam("kind"))
)
_ONE = Statement(select(*columns_of(Account, AccountRow)).where(Account.id == bindparam("id")))
# Built once: every posting and every change of an address begins with it.
_LOCK = (
    select(Account)
    .where(Account.id == bindparam("id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


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
        return await self._db.session.scalar(_LOCK, {"id": account_id})

    async def take_numbers(self, account_id: UUID, name: str, count: int) -> int:
        """Move a counter on by so many and answer where it stands: 1, 2, 3 … without a gap.

        The numbers are given back when the transaction is rolled back.
        """
        taken = await self._db.session.execute(_TAKE_NUMBERS, {"account_id": account_id, "name": name, "value": count})
        return int(taken.scalar_one())

    async def claim_references(self, references: Sequence[Mapping[str, Any]]) -> set[str]:
        """Bind keys that are free and answer which they were; each mapping has the columns of the table."""
        claimed = await self._db.session.execute(_CLAIM, references)
        return set(claimed.scalars())

    async def replace_digest(self, kind: str, external_id: str, digest: str) -> None:
        """Keep another digest with a key that is bound."""
        await self._db.session.execute(
            _REPLACE_DIGEST, {"of_kind": kind, "of_external_id": external_id, "new_digest": digest}
        )

    async def find_references(self, kind: str, external_ids: Iterable[str]) -> dict[str, Reference]:
        """What each key that is known belongs to."""
        rows = await self._db.session.execute(_FIND_REFERENCES, {"kind": kind, "external_ids": list(external_ids)})
        return {key: Reference(*rest) for key, *rest in rows}
