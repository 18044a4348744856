"""The books: every document is posted here, in the transaction that makes it true."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.db.session import Database
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.ledger.errors import BooksClosedError, UnbalancedPostingError
from billing_api.ledger.postings import Posting
from billing_api.ledger.repository import EntryRow, LedgerRepository, Totals

COUNTER = "ledger_seq"


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

    async def post_in(self, account_id: UUID, *postings: Posting) -> None:
        """Post documents of one account, in this order; the caller holds the account's lock.

        Four statements: numbers, entries, balance, months. Raises BooksClosedError, UnbalancedPostingError.
        """
        await self.post_all_in({account_id: postings})

    async def post_all_in(self, postings: Mapping[UUID, Sequence[Posting]]) -> None:
        """Post documents of several accounts, whose locks the caller holds. Raises as `post_in`."""
        for posting in (posting for ordered in postings.values() for posting in ordered):
            self.require_open(posting.effective_on)
            if posting.total != 0:
                raise UnbalancedPostingError(f"{posting.kind} {posting.document_id} sums to {posting.total}")
        posted_at = self._clock.now()
        last_numbers = await self._accounts.take_numbers_in(
            COUNTER, {account_id: len(ordered) for account_id, ordered in postings.items()}
        )
        entries: list[dict[str, Any]] = []
        for account_id, ordered in postings.items():
            first = last_numbers[account_id] - len(ordered) + 1
            for seq, posting in enumerate(ordered, first):
                keys = {"account_id": account_id, "id": new_id(), "seq": seq, "posted_at": posted_at}
                entries.append(keys | asdict(posting))
        await self._entries.add_entries(entries)
        await self._add_up_in(postings)

    async def _add_up_in(self, postings: Mapping[UUID, Sequence[Posting]]) -> None:
        balances: defaultdict[tuple[UUID, str], list[int]] = defaultdict(lambda: [0, 0])
        months: defaultdict[tuple[UUID, str, date], list[int]] = defaultdict(lambda: [0, 0])
        for account_id, ordered in postings.items():
            for posting in ordered:
                for sums in (
                    balances[account_id, posting.currency],
                    months[account_id, posting.currency, posting.effective_on.replace(day=1)],
                ):
                    sums[0] += posting.receivable
                    sums[1] += posting.customer_credit
        for (account_id, currency), (receivable, customer_credit) in balances.items():
            await self._entries.add_to_balance(
                account_id, currency, receivable=receivable, customer_credit=customer_credit
            )
        await self._entries.add_to_months(
            [
                {
                    "account_id": account_id,
                    "currency": currency,
                    "month": month,
                    "receivable": receivable,
                    "customer_credit": customer_credit,
                }
                for (account_id, currency, month), (receivable, customer_credit) in months.items()
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
