"""The table of download links."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index

from billing_api.auth.caller import Role
from billing_api.db.base import account_key, table, user_key


@dataclass(frozen=True, slots=True)
class DownloadLink:
    """Global: a token that opens one file, once and within a minute; its user's rights are checked again then."""

    token_hash: bytes
    account_id: UUID
    user_id: UUID
    session_id: UUID
    role: Role
    target: str  # the path of the file, with its query
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


download_links = table(
    "download_links",
    DownloadLink,
    account_key(),
    user_key(stored_as="person_id"),
    Index(None, "expires_at"),
    key=("token_hash",),
)
