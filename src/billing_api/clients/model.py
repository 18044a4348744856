"""The tables of partners' clients."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint

from billing_api.db.base import table


@dataclass(frozen=True, slots=True)
class PartnerClient:
    """Global: a partner's system, such as the back office's. `scopes` have spaces between them (RFC 6749, 3.3)."""

    id: UUID
    name: str
    scopes: str
    status: Literal["active", "disabled"]
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None  # when it last got a token


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """Global: a secret of a client as its digest; a client has two while it is being rotated."""

    client_id: UUID
    id: UUID
    digest: bytes
    created_at: datetime


clients = table(
    "clients",
    PartnerClient,
    CheckConstraint("status IN ('active', 'disabled')", name="status"),
    key=("id",),
)
client_secrets = table(
    "client_secrets",
    ClientSecret,
    ForeignKeyConstraint(["client_id"], ["clients.id"]),
    key=("client_id", "id"),
)
