"""Download links: a token for a browser that can't send a header."""

import secrets
from datetime import timedelta
from hashlib import sha256

from billing_api.auth.authenticator import StillHolds
from billing_api.auth.caller import Caller
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.download_links.errors import DownloadLinkGoneError
from billing_api.download_links.model import DownloadLink
from billing_api.download_links.repository import DownloadLinkRepository
from billing_api.kit.context import act_as

LIFETIME = timedelta(minutes=1)
_TOKEN_BYTES = 32
_KEEP = timedelta(hours=1)


class DownloadLinks:
    """Tokens of 256 random bits, stored as SHA-256, for one file, one use and one minute."""

    def __init__(self, core: Core, links: DownloadLinkRepository, still_holds: StillHolds) -> None:
        """Take `still_holds`, which reads whether a caller's session is live and their role the same."""
        self.db = core.db
        self._core = core
        self._links = links
        self._still_holds = still_holds

    @in_transaction
    async def create(self, caller: Caller, target: str) -> tuple[str, DownloadLink]:
        """Return a new token, which stands nowhere else, and its link."""
        token = f"dl_{secrets.token_urlsafe(_TOKEN_BYTES)}"  # the prefix is for scanners that look for leaked secrets
        now = self._core.clock.now()
        link = DownloadLink(
            token_hash=_digest(token),
            account_id=caller.account_id,
            user_id=caller.user_id,
            session_id=caller.session_id,
            role=caller.role,
            target=target,
            created_at=now,
            expires_at=now + LIFETIME,
            used_at=None,
        )
        await self._links.add(link)
        self._core.audit.record(caller.account_id, "download_link.created", path=target.partition("?")[0])
        return token, link

    async def look_at(self, token: str) -> tuple[Caller, str]:
        """Return the caller and the target of a link, which stays as it is. Raise DownloadLinkGoneError."""
        return await self._admit(await self._links.find(_digest(token), self._core.clock.now()))

    async def use(self, token: str) -> tuple[Caller, str]:
        """Return the caller and the target of a link, and use it up. Raise DownloadLinkGoneError."""
        return await self._admit(await self._use(token))

    @in_transaction
    async def give_back(self, token: str, caller: Caller) -> None:
        """Make a link that this request has used, and whose file could not be opened now, as good as before."""
        await self._links.give_back(_digest(token))
        self._core.audit.record(caller.account_id, "download_link.given_back")

    @in_transaction
    async def _use(self, token: str) -> DownloadLink | None:
        link = await self._links.use(_digest(token), self._core.clock.now())
        if link is not None:
            act_as("user", str(link.user_id), link.account_id, link.session_id)
            path = link.target.partition("?")[0]
            self._core.audit.record(link.account_id, "download_link.used", path=path)
        return link

    async def _admit(self, link: DownloadLink | None) -> tuple[Caller, str]:
        if link is None:
            raise DownloadLinkGoneError
        caller = Caller(link.account_id, link.user_id, link.session_id, link.role)
        if not await self._still_holds(caller):
            raise DownloadLinkGoneError
        return caller, link.target

    @in_transaction
    async def prune(self) -> None:
        """Remove the links that ended an hour ago."""
        await self._links.remove_old(self._core.clock.now() - _KEEP)


def _digest(token: str) -> bytes:
    """Return the digest of a token; 256 random bits need no slow hash."""
    return sha256(token.encode()).digest()
