"""Make a statement: its figures are worked out, proven and stored in one transaction, under the account's lock."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from billing_api.accounts.locked import LockedAccount
from billing_api.addresses.recipients import Recipients
from billing_api.balances.service import Balances
from billing_api.core import Core
from billing_api.errors import FieldError, InvalidInputError
from billing_api.kit.ids import new_id
from billing_api.ledger.service import Ledger
from billing_api.statements.errors import StatementTooLongError
from billing_api.statements.letterheads import Letterheads
from billing_api.statements.model import AccountStatement, StatementAddressee, StatementBalance
from billing_api.statements.repository import PreviousStatement, StatementRepository
from billing_api.statements.repository.rows import Period
from billing_api.statements.schemas import StatementCreate
from billing_api.statements.sums import Sums, balances_of, own_first, summary_of

COUNTER = "statement"
MAX_LINES = 20_000  # whose PDF takes 16 seconds and 2.2 GB
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MadeStatement:
    """A statement with everything that is read of it at once."""

    statement: AccountStatement
    balances: list[StatementBalance]
    addressee: StatementAddressee


class MakeStatement:
    """Makes the statements of accounts whose locks are held."""

    def __init__(
        self,
        core: Core,
        statements: StatementRepository,
        ledger: Ledger,
        balances: Balances,
        recipients: Recipients,
        letterheads: Letterheads,
        locales: Sequence[str],
    ) -> None:
        """Take the portal's locales, the default first."""
        self._core = core
        self._statements = statements
        self._ledger = ledger
        self._balances = balances
        self._recipients = recipients
        self._letterheads = letterheads
        self._locales = locales

    def require_valid(self, new: StatementCreate) -> None:
        """Raise InvalidInputError for a period that ends after the books' today, and for an unknown locale."""
        today = self._core.clock.today()
        if new.date_to > today:
            raise InvalidInputError(
                FieldError("/date_to", "date_in_future", f"Today is {today} in the books: a statement ends by then.")
            )
        if new.locale is not None and new.locale not in self._locales:
            words = f"The portal speaks {', '.join(self._locales)}."
            raise InvalidInputError(FieldError("/locale", "unknown_locale", words, tuple(self._locales)))

    async def make(
        self, account: LockedAccount, new: StatementCreate, *, scheduled_on: date | None = None
    ) -> MadeStatement:
        """Make a statement of everything that is posted; `scheduled_on` is the mailing day of a schedule.

        Raise StatementTooLongError, InvalidInputError.
        """
        self.require_valid(new)
        now = self._core.clock.now()
        closings = (await self._balances.get(account.id, new.date_to)).balances
        if new.type == "activity":
            previous = await self._find_previous(account, new, is_scheduled=scheduled_on is not None)
            period = _period(new, previous)
            sums = await self._sum_activity(account, period)
        else:
            previous, period = None, None
            sums = await self._sum_open_items(account, new.date_to)
        for open_parts in await self._statements.list_open_parts(account, new.date_to):
            sums_of_currency = sums.setdefault(open_parts.currency, Sums())
            sums_of_currency.contested, sums_of_currency.pending = open_parts.contested, open_parts.pending
        if any(closing.balance > 0 for closing in closings):
            await self._add_since(account, new.date_to, sums)
        line_count = sum(len(one.figures) if new.summary else one.count for one in sums.values())
        if line_count > MAX_LINES:
            raise StatementTooLongError(line_count, MAX_LINES)
        recipient, locale = await self._recipients.get(account.id)
        statement = AccountStatement(
            account_id=account.id,
            id=new_id(),
            number=f"STM-{await self._core.accounts.next_number(account, COUNTER):06d}",
            kind=new.type,
            date_from=new.date_from,
            date_to=new.date_to,
            locale=new.locale or (locale if locale in self._locales else self._locales[0]),
            summary=new.summary,
            as_of_seq=await self._ledger.last_seq(account),
            previous_id=previous.id if previous else None,
            previous_number=previous.number if previous else None,
            line_count=line_count,
            scheduled_on=scheduled_on,
            letterhead_digest=await self._letterheads.keep(),
            created_at=now,
        )
        balances = balances_of(statement, closings, sums, account)
        addressee = StatementAddressee(
            account_id=account.id,
            statement_id=statement.id,
            company_name=recipient.name,
            label="\n".join(recipient.lines),
            country=recipient.country,
            account_number=recipient.account_number,
        )
        await self._statements.add(statement, balances, addressee)
        await self._add_lines(statement, period, {currency: sums[currency] for currency in own_first(account, sums)})
        self._core.audit.record(account.id, "statement.created", statement.id, number=statement.number)
        self._core.events.record(account.id, "statement.created", statement.id, **_event_payload(statement))
        return MadeStatement(statement, balances, addressee)

    async def _find_previous(
        self, account: LockedAccount, new: StatementCreate, *, is_scheduled: bool
    ) -> PreviousStatement | None:
        if new.date_from is None:
            return None
        return await self._statements.find_previous(account, new.date_from - _DAY, is_scheduled=is_scheduled)

    async def _sum_activity(self, account: LockedAccount, period: Period) -> dict[str, Sums]:
        """Return the sums by currency, with the opening balances that the statement before closed with.

        Those are the balances of the day before the period, less the entries that are shown as adjustments.
        """
        sums: defaultdict[str, Sums] = defaultdict(Sums)
        for row in await self._statements.list_activity(account, period):
            sums[row.currency].add(row)
        if period.date_from > date.min:
            for totals in await self._ledger.totals_as_of(account.id, period.date_from - _DAY):
                sums[totals.currency].opening = totals.balance
        for one in sums.values():
            one.opening -= one.adjustments
        return sums

    async def _add_since(self, account: LockedAccount, on: date, sums: dict[str, Sums]) -> None:
        """Set the amounts that were paid after the statement's day, or are reserved of credits."""
        for since in await self._statements.list_since(account, on, self._core.clock.today()):
            one = sums.setdefault(since.currency, Sums())
            one.paid_since, one.reserved_credits = since.paid, since.reserved_credits

    async def _sum_open_items(self, account: LockedAccount, on: date) -> dict[str, Sums]:
        sums: defaultdict[str, Sums] = defaultdict(Sums)
        for row in await self._statements.list_open_items(account, on):
            sums[row.currency].add(row)
        return sums

    async def _add_lines(self, statement: AccountStatement, period: Period | None, sums: Mapping[str, Sums]) -> None:
        """Store the lines, in the order of these currencies."""
        if statement.summary:
            await self._statements.add_lines(summary_of(statement, sums))
        elif period is not None:
            openings = {currency: one.opening for currency, one in sums.items()}
            await self._statements.add_activity(statement, period, openings)
        else:
            await self._statements.add_open_items(statement, list(sums))


def _period(new: StatementCreate, previous: PreviousStatement | None) -> Period:
    if new.date_from is None or previous is None:
        return Period(new.date_from or date.min, new.date_to, adjusted_through=None, since_seq=None)
    adjusted_through = min(previous.date_to, new.date_from - _DAY)
    return Period(new.date_from, new.date_to, adjusted_through=adjusted_through, since_seq=previous.as_of_seq)


def _event_payload(statement: AccountStatement) -> dict[str, str | None]:
    return {
        "number": statement.number,
        "type": statement.kind,
        "date_from": statement.date_from.isoformat() if statement.date_from else None,
        "date_to": statement.date_to.isoformat(),
        "scheduled_on": statement.scheduled_on.isoformat() if statement.scheduled_on else None,
    }
