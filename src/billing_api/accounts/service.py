"""Accounts: the vendor's customers, the lock that orders what happens to them, and their counters."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from billing_api.accounts.errors import AccountCurrencyFixedError, AccountNotFoundError, ExternalIdTakenError
from billing_api.accounts.model import Account
from billing_api.accounts.repository import AccountRepository, AccountRow, Reference
from billing_api.accounts.schemas import AccountCreate
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database
from billing_api.events.service import Outbox
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id


class Accounts:
    """The customers, on whom every other feature builds."""

    def __init__(
        self, db: Database, accounts: AccountRepository, audit: AuditLog, outbox: Outbox, clock: Clock
    ) -> None:
        self.db = db
        self._accounts = accounts
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def create_in(self, new: AccountCreate, digest: str | None = None) -> Account:
        """Make an account; the digest is kept with its external id. Raises ExternalIdTakenError."""
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
        self._accounts.add(account)
        await self.db.session.flush()
        await self.claim_reference_in(
            "account", new.external_id, account_id=account.id, object_id=account.id, digest=digest
        )
        await self._audit.record_in(account.id, "account.created", account.id)
        await self._outbox.record_in(account.id, "account.created", account.id, external_id=new.external_id)
        return account

    async def update_in(self, account_id: UUID, change: AccountCreate, digest: str | None = None) -> list[str]:
        """Change name, terms and credit limit as far as they are given, and return the names of what changed.

        What is left out stays as it is. The caller holds the account's lock; the digest is kept with the external id.
        Raise AccountNotFoundError, AccountCurrencyFixedError.
        """
        account = await self.get_in(account_id)
        if change.currency != account.currency:
            raise AccountCurrencyFixedError(account.currency)
        given = {"name": change.name} | change.terms.model_dump(exclude_unset=True)
        if "credit_limit" in change.model_fields_set:
            given["credit_limit"] = change.credit_limit
        changed = [name for name, value in given.items() if getattr(account, name) != value]
        for name in changed:
            setattr(account, name, given[name])
        if digest is not None:
            await self._accounts.replace_digest("account", change.external_id, digest)
        if changed:
            account.version += 1
            account.updated_at = self._clock.now()
            await self._audit.record_in(account_id, "account.updated", account_id, fields=changed)
            await self._outbox.record_in(
                account_id, "account.updated", account_id, external_id=change.external_id, fields=changed
            )
        return changed

    async def get(self, account_id: UUID) -> AccountRow:
        """The account, read outside a transaction. Raises AccountNotFoundError."""
        account = await self._accounts.read(account_id)
        if account is None:
            raise AccountNotFoundError(account_id)
        return account

    async def get_in(self, account_id: UUID) -> Account:
        """Raises AccountNotFoundError."""
        account = await self._accounts.find(account_id)
        if account is None:
            raise AccountNotFoundError(account_id)
        return account

    async def lock_in(self, account_id: UUID) -> Account:
        """Take the account's lock until the transaction ends: posting, paying and defaults happen one by one.

        Raises AccountNotFoundError.
        """
        account = await self._accounts.find_for_update(account_id)
        if account is None:
            raise AccountNotFoundError(account_id)
        return account

    async def next_number_in(self, account_id: UUID, name: str) -> int:
        """The next gapless number of the account's counter `name`."""
        return await self._accounts.take_numbers(account_id, name, 1)

    async def take_numbers_in(self, account_id: UUID, name: str, count: int) -> range:
        """The next `count` gapless numbers of the account's counter `name`."""
        last = await self._accounts.take_numbers(account_id, name, count)
        return range(last - count + 1, last + 1)

    async def claim_reference_in(
        self, kind: str, external_id: str, *, account_id: UUID, object_id: UUID, digest: str | None = None
    ) -> None:
        """Bind the back office's key to an object; keys are unique for each kind. Raises ExternalIdTakenError."""
        await self.claim_references_in(kind, account_id, {external_id: (object_id, digest)})

    async def claim_references_in(
        self, kind: str, account_id: UUID, objects: Mapping[str, tuple[UUID, str | None]]
    ) -> None:
        """Bind several keys, each to an object and the digest of what it came with. Raises ExternalIdTakenError."""
        if not objects:
            return
        claimed = await self._accounts.claim_references(
            [
                {
                    "kind": kind,
                    "external_id": external_id,
                    "account_id": account_id,
                    "object_id": object_id,
                    "digest": digest,
                }
                for external_id, (object_id, digest) in objects.items()
            ]
        )
        for external_id in objects:
            if external_id not in claimed:
                raise ExternalIdTakenError(kind, external_id)

    async def replace_digest_in(self, kind: str, external_id: str, digest: str) -> None:
        """Keep another digest with a key of the back office's that is bound."""
        await self._accounts.replace_digest(kind, external_id, digest)

    async def find_references_in(self, kind: str, external_ids: Iterable[str]) -> dict[str, Reference]:
        """Account, object and digest behind each of the back office's keys that is known."""
        return await self._accounts.find_references(kind, external_ids)
