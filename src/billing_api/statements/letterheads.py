"""The vendor's letterhead of each statement: that of its making, whatever the settings say later."""

from billing_api.core import Core
from billing_api.documents.letterhead import content_of, digest_of, letterhead_of
from billing_api.documents.papers import Letterhead
from billing_api.statements.model import StoredLetterhead
from billing_api.statements.repository.letterheads import LetterheadRepository


class Letterheads:
    """Keeps each letterhead once, by the digest of its content."""

    def __init__(self, core: Core, letterheads: LetterheadRepository, present: Letterhead) -> None:
        """Take the letterhead of the settings."""
        self._clock = core.clock
        self._letterheads = letterheads
        self._present = present
        self._content = content_of(present)
        self._digest = digest_of(self._content)

    async def keep(self) -> str:
        """Store the present letterhead in the open transaction, and return its digest."""
        if await self._letterheads.find(self._digest) is None:
            await self._letterheads.add(StoredLetterhead(self._digest, self._content, self._clock.now()))
        return self._digest

    async def get(self, digest: str | None) -> Letterhead:
        """Return the letterhead of a statement; the present one for a statement of before, which has no digest.

        Raise LookupError for a digest that was never stored.
        """
        if digest is None or digest == self._digest:
            return self._present
        found = await self._letterheads.find(digest)
        if found is None:
            raise LookupError(f"no letterhead has the digest {digest}")
        return letterhead_of(found.content)
