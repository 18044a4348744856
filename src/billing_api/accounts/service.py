"""Accounts: the vendor's customers, the lock that orders their changes, and their counters."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from billing_api.accounts.errors import AccountCurrencyFixedError, AccountNotFoundError, ExternalIdTakenError
from billing_api.accounts.locked import LockedAccount
from billing_api.accounts.model import Account, ExternalReference
from billing_api.accounts.repository import AccountRepository
from billing_api.accounts.schemas import AccountCreate
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database
from billing_api.events.service import Outbox
from billing_api.kit.changes import differences
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id


class Accounts:
    """The customers, on whom every other feature builds."""

    def __init__(
        self, db: Database, accounts: AccountRepository, audit: AuditLog, events: Outbox, clock: Clock
    ) -> None:
        self.db = db
        self._accounts = accounts
        self._audit = audit
        self._events = events
        self._clock = clock

    async def create(self, new: AccountCreate, digest: str | None = None) -> LockedAccount:
        """Create an account; the digest is kept with its external id. Raise ExternalIdTakenError."""
        now = self._clock.now()
        account = Account(
            id=new_id(),
            name=new.name,
            status="active",
            currency=new.currency,
            credit_limit=new.credit_limit,
            created_at=now,
            updated_at=now,
            version=1,
            **new.terms.model_dump(),
        )
        await self._accounts.add(account)
        await self.claim_references("account", account.id, {new.external_id: (account.id, digest)})
        self._audit.record(account.id, "account.created", account.id)
        self._events.record(account.id, "account.created", account.id, external_id=new.external_id)
        return _locked(account)

    async def update(self, account_id: UUID, change: AccountCreate, digest: str | None = None) -> list[str]:
        """Change name, terms and credit limit as far as they are given, and return the names of the changed fields.

        Every other field stays as it is. The digest is kept with the external id.
        Raise AccountNotFoundError, AccountCurrencyFixedError.
        """
        account = await self._accounts.lock(account_id)
        if account is None:
            raise AccountNotFoundError(account_id)
        if change.currency != account.currency:
            raise AccountCurrencyFixedError(account.currency)
        given = {"name": change.name} | change.terms.model_dump(exclude_unset=True)
        if "credit_limit" in change.model_fields_set:
            given["credit_limit"] = change.credit_limit
        changed = differences(account, given)
        if digest is not None:
            await self._accounts.replace_digest("account", change.external_id, digest)
        if changed:
            await self._accounts.update(replace(account, **changed, updated_at=self._clock.now()))
            fields = list(changed)
            self._audit.record(account_id, "account.updated", account_id, fields=fields)
            self._events.record(
                account_id, "account.updated", account_id, external_id=change.external_id, fields=fields
            )
        return list(changed)

    async def get(self, account_id: UUID) -> Account:
        """Return the account. Raise AccountNotFoundError."""
        account = await self._accounts.find(account_id)
        if account is None:
            raise AccountNotFoundError(account_id)
        return account

    async def find_external_id(self, account_id: UUID) -> str | None:
        """Return the back office's key of the account, or None."""
        return await self._accounts.find_external_id(account_id)

    async def lock(self, account_id: UUID) -> LockedAccount:
        """Take the account's lock until the transaction ends, and return the proof of it.

        A transaction of this process that has to wait does so without a connection, and begins again.
        Raise AccountNotFoundError, DatabaseUnavailableError.
        """
        account = await self._accounts.lock(account_id)
        if account is None:
            raise AccountNotFoundError(account_id)
        return _locked(account)

    async def next_number(self, account: LockedAccount, name: str) -> int:
        """Return the next number of the account's counter `name`; its numbers have no gap."""
        return (await self.take_numbers(account, name, 1)).start

    async def take_numbers(self, account: LockedAccount, name: str, count: int) -> range:
        """Return the next `count` numbers of the account's counter `name`; its numbers have no gap."""
        last = await self._accounts.take_numbers(account.id, name, count)
        return range(last - count + 1, last + 1)

    async def claim_references(
        self, kind: str, account_id: UUID, objects: Mapping[str, tuple[UUID, str | None]]
    ) -> None:
        """Bind the back office's keys, each to an object and the digest of its line. Raise ExternalIdTakenError.

        Keys are unique for each kind.
        """
        if not objects:
            return
        claimed = await self._accounts.claim_references(kind, account_id, objects)
        for external_id in objects:
            if external_id not in claimed:
                raise ExternalIdTakenError(kind, external_id)

    async def find_repeat(self, account: LockedAccount, kind: str, external_id: str, digest: str) -> UUID | None:
        """Return the object that the same request has made before, or None for a key that is free.

        Raise ExternalIdTakenError when another account has the key, or another digest stands with it.
        """
        found = (await self.list_references(kind, [external_id])).get(external_id)
        if found is None:
            return None
        if found.account_id != account.id or found.digest != digest:
            raise ExternalIdTakenError(kind, external_id)
        return found.object_id

    async def replace_digest(self, kind: str, external_id: str, digest: str) -> None:
        """Keep another digest with a key of the back office's that is bound."""
        await self._accounts.replace_digest(kind, external_id, digest)

    async def list_references(self, kind: str, external_ids: Iterable[str]) -> dict[str, ExternalReference]:
        """Return account, object and digest of each of the back office's keys that is known."""
        found = await self._accounts.list_references(kind, external_ids)
        return {reference.external_id: reference for reference in found}


def _locked(account: Account) -> LockedAccount:
    return LockedAccount(
        account.id,
        account.name,
        account.status,
        account.currency,
        account.terms,
        account.credit_limit,
        account.version,
    )
