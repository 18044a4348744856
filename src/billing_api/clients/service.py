"""The clients of the vendor's partners, as the vendor's operators manage them."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from uuid import UUID

from billing_api.auth.partner_tokens import words_of
from billing_api.auth.revocations import Revocations
from billing_api.auth.scopes import Scope
from billing_api.auth.security_log import SecurityLog
from billing_api.clients.errors import ClientNotFoundError
from billing_api.clients.model import ClientSecret, PartnerClient
from billing_api.clients.repository import ClientRepository, ListedClient
from billing_api.clients.secrets import digest_of, new_secret
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.kit.ids import new_id

_LIVE_SECRETS = 2


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A client's new secret, which is not kept and never shown again."""

    client_id: UUID
    secret: str = field(repr=False)


class Clients:
    """Make clients, give them secrets, and disable them; each change is in the security log."""

    def __init__(self, core: Core, clients: ClientRepository, revocations: Revocations, log: SecurityLog) -> None:
        self.db = core.db
        self._clock = core.clock
        self._clients = clients
        self._revocations = revocations
        self._log = log

    async def list(self) -> list[ListedClient]:
        """Return all clients by name."""
        return await self._clients.list_all()

    async def find(self, client_id: UUID) -> PartnerClient | None:
        """Return a client, or None."""
        return await self._clients.find(client_id)

    @in_transaction
    async def create(
        self, name: str, scopes: Collection[Scope], *, client_id: UUID | None = None, secret: str | None = None
    ) -> NewSecret:
        """Make a client with a first secret; an id and a secret that are given are those of the demo."""
        now = self._clock.now()
        made = NewSecret(client_id or new_id(), secret or new_secret())
        words = words_of(frozenset(scopes))
        await self._clients.add(PartnerClient(made.client_id, name, words, "active", now, now, last_used_at=None))
        await self._add_secret(made)
        await self._log.record_change("client.created", client_id=str(made.client_id), name=name, scopes=words)
        return made

    @in_transaction
    async def rotate(self, client_id: UUID, *, end_others: bool = False) -> NewSecret:
        """Give a client another secret; the newest one before it stays valid, unless all others are to end.

        A client has two secrets at most. When all others end, so do the tokens that the client has got.
        Raise ClientNotFoundError.
        """
        client = await self._lock(client_id)
        made = NewSecret(client.id, new_secret())
        known = await self._clients.list_secrets(client.id)
        for secret in known if end_others else known[: len(known) - _LIVE_SECRETS + 1]:
            await self._clients.remove_secret(secret)
        await self._add_secret(made)
        if end_others:
            await self._revocations.revoke(client.id)
        await self._log.record_change("client.rotated", client_id=str(client.id), end_others=end_others)
        return made

    @in_transaction
    async def disable(self, client_id: UUID) -> None:
        """Refuse a client and its tokens from now on. Raise ClientNotFoundError."""
        client = await self._lock(client_id)
        await self._clients.update(replace(client, status="disabled", updated_at=self._clock.now()))
        await self._revocations.revoke(client.id)
        await self._log.record_change("client.disabled", client_id=str(client.id))

    @in_transaction
    async def enable(self, client_id: UUID) -> None:
        """Let a disabled client get tokens again. Raise ClientNotFoundError."""
        client = await self._lock(client_id)
        await self._clients.update(replace(client, status="active", updated_at=self._clock.now()))
        await self._log.record_change("client.enabled", client_id=str(client.id))

    async def _lock(self, client_id: UUID) -> PartnerClient:
        client = await self._clients.lock(client_id)
        if client is None:
            raise ClientNotFoundError(client_id)
        return client

    async def _add_secret(self, made: NewSecret) -> None:
        await self._clients.add_secret(
            ClientSecret(made.client_id, new_id(), digest_of(made.secret), self._clock.now())
        )
