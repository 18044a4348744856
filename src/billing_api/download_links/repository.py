"""The SQL of download links."""

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, insert, null, select, update

from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, values_of
from billing_api.download_links.model import DownloadLink, download_links

_l = download_links.c
_LINK = columns_of(download_links, DownloadLink)
_VALID = and_(_l.token_hash == bindparam("token_hash"), _l.used_at.is_(None), _l.expires_at > bindparam("now"))

_ADD = Command(insert(download_links))
_FIND = Statement(select(*_LINK).where(_VALID), DownloadLink)
_USE = Statement(update(download_links).where(_VALID).values(used_at=bindparam("now")).returning(*_LINK), DownloadLink)
_GIVE_BACK = Command(update(download_links).where(_l.token_hash == bindparam("of_token")).values(used_at=null()))
_REMOVE_OLD = Command(delete(download_links).where(_l.expires_at < bindparam("before")))


class DownloadLinkRepository:
    """Links by the hashes of their tokens."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, link: DownloadLink) -> None:
        """Insert a link."""
        await self._db.execute(_ADD, **values_of(link))

    async def find(self, token_hash: bytes, now: datetime) -> DownloadLink | None:
        """Return the link if it may still be opened, or None."""
        return await self._db.fetch_one(_FIND, token_hash=token_hash, now=now)

    async def use(self, token_hash: bytes, now: datetime) -> DownloadLink | None:
        """Return the link and mark it as used, or None when it may not be opened; of several requests one gets it."""
        return await self._db.fetch_one(_USE, token_hash=token_hash, now=now)

    async def give_back(self, token_hash: bytes) -> None:
        """Mark a link as unused."""
        await self._db.execute(_GIVE_BACK, of_token=token_hash)

    async def remove_old(self, before: datetime) -> int:
        """Delete the links that ended before then, and return their number."""
        return await self._db.execute(_REMOVE_OLD, before=before)
