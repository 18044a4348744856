"""The books: every document is posted here, in the transaction that makes it true."""

from datetime import date, timedelta
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.statements import values_of
from billing_api.kit.ids import new_id
from billing_api.ledger.errors import (
    BooksClosedError,
    DateInFutureError,
    DateTooFarAheadError,
    UnbalancedPostingError,
)
from billing_api.ledger.model import LedgerEntry
from billing_api.ledger.postings import Posting
from billing_api.ledger.repository import LedgerRepository
from billing_api.ledger.values import Totals

COUNTER = "ledger_seq"
# The back office may be a time zone ahead of the books.
_GRACE = timedelta(days=1)
_YEAR = timedelta(days=366)


class Ledger:
    """Entries, the balance of each currency and monthly totals, which change together or not at all."""

    def __init__(self, core: Core, entries: LedgerRepository, *, closed_through: date | None = None) -> None:
        """Take the last day whose books are closed, if there is one."""
        self.core = core
        self._entries = entries
        self._closed_through = closed_through

    def require_open(self, effective_on: date) -> None:
        """Raise BooksClosedError for a day that takes no more documents."""
        if self._closed_through is not None and effective_on <= self._closed_through:
            raise BooksClosedError(effective_on, self._closed_through)

    def require_arrived(self, field: str, day: date) -> None:
        """Raise DateInFutureError for a day after the books' tomorrow: money is received or applied by today."""
        today = self.core.clock.today()
        if day > today + _GRACE:
            raise DateInFutureError(field, day, today)

    def require_near(self, field: str, day: date) -> None:
        """Raise DateTooFarAheadError for a document that is dated more than a year ahead."""
        today = self.core.clock.today()
        if day > today + _YEAR:
            raise DateTooFarAheadError(field, day, today)

    async def post(self, account: LockedAccount, *postings: Posting, pending_change: int = 0) -> None:
        """Post documents of an account, in this order.

        `pending_change` is added to the amount that payments under way hold reserved, in minor units of the postings'
        one currency. Two statements, however many postings there are.
        Raise BooksClosedError, UnbalancedPostingError.
        """
        for posting in postings:
            self.require_open(posting.effective_on)
            if posting.total != 0:
                raise UnbalancedPostingError(f"{posting.kind} {posting.document_id} sums to {posting.total}")
        if pending_change and len({posting.currency for posting in postings}) != 1:
            raise ValueError("a reserved amount is in the one currency of its postings")
        if postings:
            now = self.core.clock.now()
            numbers = await self.core.accounts.take_numbers(account, COUNTER, len(postings))
            entries = [
                LedgerEntry(account_id=account.id, id=new_id(), seq=seq, posted_at=now, **values_of(posting))
                for seq, posting in zip(numbers, postings, strict=True)
            ]
            await self._entries.add(account.id, entries, pending_change=pending_change)

    def reserve(self, account: LockedAccount, currency: str, amount: int) -> None:
        """Raise the amount that payments under way hold reserved, at the transaction's end."""
        self._entries.reserve(account.id, currency, amount)

    async def release(self, account: LockedAccount, currency: str, amount: int) -> None:
        """Lower the amount that payments under way hold reserved."""
        await self._entries.release(account.id, currency, amount)

    # Reads

    async def last_seq(self, account: LockedAccount) -> int:
        """Return the `seq` of the account's last entry, or 0: until the transaction ends, no other is posted."""
        return await self._entries.last_seq(account)

    async def totals(self, account_id: UUID) -> list[Totals]:
        """Return the balance of each currency now: one row each, whatever the history."""
        return await self._entries.totals(account_id)

    async def totals_as_of(self, account_id: UUID, through: date) -> list[Totals]:
        """Return the balance of each currency at the end of a day: the months before it and that month's entries.

        An opening balance is that of the day before.
        """
        return await self._entries.totals_as_of(account_id, through)
