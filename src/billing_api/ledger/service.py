"""The books: every document is posted here, in the transaction that makes it true."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.db.database import Database
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.ledger.errors import (
    BooksClosedError,
    DateInFutureError,
    DateTooFarAheadError,
    UnbalancedPostingError,
)
from billing_api.ledger.postings import Posting
from billing_api.ledger.repository import LedgerRepository
from billing_api.ledger.values import EntryRow, Totals

KeyT = TypeVar("KeyT")

COUNTER = "ledger_seq"
# Whoever reports a payment may be a time zone ahead of the books.
_GRACE = timedelta(days=1)
_YEAR = timedelta(days=366)
_FIELDS = [field.name for field in fields(Posting)]


class Ledger:
    """Entries, the balance of each currency and monthly totals, which change together or not at all."""

    def __init__(
        self,
        db: Database,
        entries: LedgerRepository,
        accounts: Accounts,
        clock: Clock,
        *,
        closed_through: date | None = None,
    ) -> None:
        """Dates up to `closed_through` take no more documents."""
        self.db = db
        self._entries = entries
        self._accounts = accounts
        self._clock = clock
        self._closed_through = closed_through

    def require_open(self, effective_on: date) -> None:
        """Raises BooksClosedError for a day that takes no more documents."""
        if self._closed_through is not None and effective_on <= self._closed_through:
            raise BooksClosedError(effective_on, self._closed_through)

    def require_arrived(self, field: str, day: date) -> None:
        """Raise DateInFutureError for a day after the books' tomorrow: money is received or applied by today."""
        today = self._clock.today()
        if day > today + _GRACE:
            raise DateInFutureError(field, day, today)

    def require_near(self, field: str, day: date) -> None:
        """Raise DateTooFarAheadError for a document that is dated more than a year ahead."""
        today = self._clock.today()
        if day > today + _YEAR:
            raise DateTooFarAheadError(field, day, today)

    async def post_in(self, account_id: UUID, *postings: Posting) -> None:
        """Post documents of an account, in this order; the caller holds the account's lock.

        Four statements however many there are: numbers, entries, balance (one for each currency), months.
        Raises BooksClosedError, UnbalancedPostingError.
        """
        for posting in postings:
            self.require_open(posting.effective_on)
            if posting.total != 0:
                raise UnbalancedPostingError(f"{posting.kind} {posting.document_id} sums to {posting.total}")
        if not postings:
            return
        posted_at = self._clock.now()
        numbers = await self._accounts.take_numbers_in(account_id, COUNTER, len(postings))
        await self._entries.add_entries(
            [
                {"account_id": account_id, "id": new_id(), "seq": seq, "posted_at": posted_at, **_columns(posting)}
                for seq, posting in zip(numbers, postings, strict=True)
            ]
        )
        for currency, moved in _summed(postings, lambda posting: posting.currency).items():
            await self._entries.add_to_balance(account_id, currency, **moved)
        months = _summed(postings, lambda posting: (posting.currency, posting.effective_on.replace(day=1)))
        await self._entries.add_to_months(
            [
                {"account_id": account_id, "currency": currency, "month": month} | moved
                for (currency, month), moved in months.items()
            ]
        )

    async def add_pending_in(self, account_id: UUID, currency: str, delta: int) -> None:
        """Move what payments that are not final hold reserved; the caller holds the account's lock."""
        await self._entries.add_to_balance(account_id, currency, pending=delta)

    async def totals(self, account_id: UUID) -> list[Totals]:
        """The balance of each currency now: one row each, whatever the history."""
        return await self._entries.totals(account_id)

    async def totals_as_of(self, account_id: UUID, through: date) -> list[Totals]:
        """The balance of each currency at the end of a day: the months before it and that month's entries.

        An opening balance is that of the day before.
        """
        return await self._entries.totals_as_of(account_id, through)

    async def history(
        self, account_id: UUID, *, filters: Mapping[str, Any], sort: str, after: Sequence[Any] | None, limit: int
    ) -> list[EntryRow]:
        """Up to `limit` entries after a place.

        Filters: kinds, date_from, date_to, amount_min, amount_max, currency, q (a LIKE pattern over the number).
        Sorts: date, number, amount, each with `-` before it for the other way; a place is the value and the seq.
        """
        return await self._entries.list_page(account_id, filters=filters, sort=sort, after=after, limit=limit)


def _columns(posting: Posting) -> dict[str, Any]:
    return {name: getattr(posting, name) for name in _FIELDS}


def _summed(postings: Iterable[Posting], key: Callable[[Posting], KeyT]) -> dict[KeyT, dict[str, int]]:
    """What the postings of each key move on the customer's two ledger accounts."""
    sums: dict[KeyT, dict[str, int]] = {}
    for posting in postings:
        moved = sums.setdefault(key(posting), {"receivable": 0, "customer_credit": 0})
        moved["receivable"] += posting.receivable
        moved["customer_credit"] += posting.customer_credit
    return sums
