"""The SQL of accounts, external references and counters."""

from collections.abc import Iterable, Mapping
from time import perf_counter
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.accounts.model import Account, ExternalReference, accounts, counters, external_references
from billing_api.db.base import each_of, rows_of
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.kit.metrics import LOCK_SECONDS

_ACCOUNT = columns_of(accounts, Account)
_FIND = Statement(select(*_ACCOUNT).where(accounts.c.id == bindparam("id")), Account)
# Rows that merely refer to the account are not stopped by its lock.
_LOCK = Statement(select(*_ACCOUNT).where(accounts.c.id == bindparam("id")).with_for_update(key_share=True), Account)
_ADD = Command(insert(accounts))
_UPDATE = Command(
    update(accounts)
    .where(accounts.c.id == bindparam("account_id"))
    .values(
        **parameters(
            "name",
            "net_days",
            "discount_basis_points",
            "discount_days",
            "discount_includes_tax",
            "credit_limit",
            "updated_at",
        ),
        version=accounts.c.version + 1,
    )
)
_more = insert(counters).values(**parameters("account_id", "name", "value"))
_TAKE_NUMBERS = Statement(
    _more.on_conflict_do_update(
        index_elements=[counters.c.account_id, counters.c.name],
        set_={"value": counters.c.value + _more.excluded.value},
    ).returning(counters.c.value),
    int,
)
_references = external_references.c
_ids = each_of("external_ids", Text())
_claimed = rows_of("claimed", external_id=Text(), object_id=Uuid(), digest=Text())
_CLAIM = Statement(
    insert(external_references)
    .from_select(
        ["kind", "account_id", "external_id", "object_id", "digest"],
        select(bindparam("kind", type_=Text()), bindparam("account_id", type_=Uuid()), *_claimed.c),
    )
    .on_conflict_do_nothing()
    .returning(_references.external_id),
    str,
)
_REPLACE_DIGEST = Command(
    update(external_references)
    .where(_references.kind == bindparam("of_kind"), _references.external_id == bindparam("of_external_id"))
    .values(**parameters("digest"))
)
_LIST_REFERENCES = Statement(
    select(*columns_of(external_references, ExternalReference))
    .join(_ids, _references.external_id == _ids.c.value)
    .where(_references.kind == bindparam("kind")),
    ExternalReference,
)
_FIND_EXTERNAL_ID = Statement(
    select(_references.external_id).where(
        _references.account_id == bindparam("account_id"), _references.kind == literal_column("'account'")
    ),
    str,
)


class AccountRepository:
    """Customers and their counters."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID) -> Account | None:
        """Return the account, or None."""
        return await self._db.fetch_one(_FIND, id=account_id)

    async def find_external_id(self, account_id: UUID) -> str | None:
        """Return the back office's key of the account, or None."""
        return await self._db.fetch_one(_FIND_EXTERNAL_ID, account_id=account_id)

    async def lock(self, account_id: UUID) -> Account | None:
        """Return the account under its lock, or None.

        Raise WaitForTurnError, on which `Database.run` begins the transaction again.
        """
        await self._db.take_turn(account_id)
        started = perf_counter()
        try:
            return await self._db.fetch_one(_LOCK, id=account_id)
        finally:
            LOCK_SECONDS.observe(perf_counter() - started)

    async def add(self, account: Account) -> None:
        """Insert an account."""
        await self._db.execute(_ADD, **values_of(account))

    async def update(self, account: Account) -> None:
        """Write an account's changed values; its version counts on."""
        values = values_of(account)
        del values["id"], values["status"], values["currency"], values["created_at"], values["version"]
        await self._db.execute(_UPDATE, account_id=account.id, **values)

    async def take_numbers(self, account_id: UUID, name: str, count: int) -> int:
        """Move a counter on by so many and return the last number: 1, 2, 3 … without a gap.

        A transaction that is rolled back gives its numbers back.
        """
        taken = await self._db.fetch_one(_TAKE_NUMBERS, account_id=account_id, name=name, value=count)
        assert taken is not None  # an upsert returns its row
        return taken

    async def claim_references(
        self, kind: str, account_id: UUID, objects: Mapping[str, tuple[UUID, str | None]]
    ) -> set[str]:
        """Bind those of the keys that are free, each to an object and a digest, and return them."""
        claimed = await self._db.fetch(
            _CLAIM,
            kind=kind,
            account_id=account_id,
            external_ids=list(objects),
            object_ids=[object_id for object_id, _ in objects.values()],
            digests=[digest for _, digest in objects.values()],
        )
        return set(claimed)

    async def replace_digest(self, kind: str, external_id: str, digest: str) -> None:
        """Keep another digest with a key that is bound."""
        await self._db.execute(_REPLACE_DIGEST, of_kind=kind, of_external_id=external_id, digest=digest)

    async def list_references(self, kind: str, external_ids: Iterable[str]) -> list[ExternalReference]:
        """Return the keys that are bound."""
        return await self._db.fetch(_LIST_REFERENCES, kind=kind, external_ids=list(external_ids))
