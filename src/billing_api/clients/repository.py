"""The SQL of partners' clients."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, select, update

from billing_api.clients.model import ClientSecret, PartnerClient, client_secrets, clients
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of

_c, _s = clients.c, client_secrets.c
_THIS = _c.id == bindparam("id")


@dataclass(frozen=True, slots=True)
class ListedClient(PartnerClient):
    """A client, with the number of its secrets."""

    secrets: int


_count = select(func.count()).where(_s.client_id == _c.id).scalar_subquery()
_FIND = Statement(select(*columns_of(clients, PartnerClient)).where(_THIS), PartnerClient)
_LOCK = Statement(select(*columns_of(clients, PartnerClient)).where(_THIS).with_for_update(), PartnerClient)
_LIST = Statement(
    select(*columns_of(clients, PartnerClient), _count.label("secrets")).order_by(_c.name, _c.id), ListedClient
)
_ADD = Command(insert(clients))
_UPDATE = Command(update(clients).where(_THIS).values(**parameters("status", "updated_at")))
_TOUCH = Command(update(clients).where(_THIS).values(**parameters("last_used_at")))
_LIST_SECRETS = Statement(
    select(*columns_of(client_secrets, ClientSecret))
    .where(_s.client_id == bindparam("client_id"))
    .order_by(_s.created_at, _s.id),
    ClientSecret,
)
_ADD_SECRET = Command(insert(client_secrets))
_REMOVE_SECRET = Command(delete(client_secrets).where(_s.client_id == bindparam("client_id"), _s.id == bindparam("id")))


class ClientRepository:
    """The clients of the vendor's partners, and their secrets."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, client_id: UUID) -> PartnerClient | None:
        """Return one client, or None."""
        return await self._db.fetch_one(_FIND, id=client_id)

    async def lock(self, client_id: UUID) -> PartnerClient | None:
        """Return one client under its lock, or None."""
        return await self._db.fetch_one(_LOCK, id=client_id)

    async def list_all(self) -> list[ListedClient]:
        """Return all clients by name; a vendor has few."""
        return await self._db.fetch(_LIST)

    async def add(self, client: PartnerClient) -> None:
        """Insert a client."""
        await self._db.execute(_ADD, **values_of(client))

    async def update(self, client: PartnerClient) -> None:
        """Write a client's status."""
        await self._db.execute(_UPDATE, id=client.id, status=client.status, updated_at=client.updated_at)

    async def touch(self, client_id: UUID, now: datetime) -> None:
        """Note that a client has got a token."""
        await self._db.execute(_TOUCH, id=client_id, last_used_at=now)

    async def list_secrets(self, client_id: UUID) -> list[ClientSecret]:
        """Return the secrets of a client, the oldest first."""
        return await self._db.fetch(_LIST_SECRETS, client_id=client_id)

    async def add_secret(self, secret: ClientSecret) -> None:
        """Insert a secret."""
        await self._db.execute(_ADD_SECRET, **values_of(secret))

    async def remove_secret(self, secret: ClientSecret) -> None:
        """Delete a secret."""
        await self._db.execute(_REMOVE_SECRET, client_id=secret.client_id, id=secret.id)
