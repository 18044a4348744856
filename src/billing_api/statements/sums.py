"""A statement's figures by currency, and the lines of a summary: worked out from sums, without SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from billing_api.accounts.locked import LockedAccount
from billing_api.balances.schemas import CurrencyBalanceRead
from billing_api.ledger.values import EntryKind
from billing_api.statements.model import AccountStatement, StatementBalance, StatementLine
from billing_api.statements.repository.rows import Figures

_ORDER = list(EntryKind)


@dataclass(slots=True)
class Sums:
    """The sums of a statement's rows in one currency, in minor units."""

    opening: int = 0
    adjustments: int = 0
    charges: int = 0
    credits: int = 0
    contested: int = 0
    pending: int = 0
    paid_since: int = 0
    reserved_credits: int = 0
    count: int = 0
    figures: list[Figures] = field(default_factory=list)

    def add(self, row: Figures) -> None:
        """Count rows of one type."""
        self.figures.append(row)
        self.count += row.count
        if row.section == "adjustment":
            self.adjustments += row.balance_effect
        else:
            self.charges += row.charges
            self.credits += row.credits


def own_first(account: LockedAccount, currencies: Iterable[str]) -> list[str]:
    """Return currencies in the order of a statement: the account's own one, and the others by their codes."""
    return sorted(currencies, key=lambda currency: (currency != account.currency, currency))


def balances_of(
    statement: AccountStatement,
    closings: Sequence[CurrencyBalanceRead],
    sums: Mapping[str, Sums],
    account: LockedAccount,
) -> list[StatementBalance]:
    """Return the figures of each currency with lines or a balance; of the account's own when there is none."""
    shown = {one.currency: one for one in closings if _is_shown(one, sums.get(one.currency))}
    if not shown:
        own = account.currency
        nothing = [one for one in closings if one.currency == own]
        shown = {own: nothing[0] if nothing else replace(closings[0], currency=own)}
    return [
        _balance(statement, place, shown[currency], sums.get(currency) or Sums())
        for place, currency in enumerate(own_first(account, shown), 1)
    ]


def _is_shown(closing: CurrencyBalanceRead, sums: Sums | None) -> bool:
    return bool(closing.balance or closing.due or (sums is not None and (sums.count or sums.opening)))


def _balance(statement: AccountStatement, place: int, closing: CurrencyBalanceRead, sums: Sums) -> StatementBalance:
    is_activity = statement.kind == "activity"
    owed = max(0, closing.balance)
    paid_since = min(owed, max(0, sums.paid_since))
    # The balance is without the credits that payments under way have reserved.
    left_to_pay = max(0, owed - paid_since - max(0, sums.pending - sums.reserved_credits))
    return StatementBalance(
        account_id=statement.account_id,
        statement_id=statement.id,
        currency=closing.currency,
        opening_balance=sums.opening if is_activity else None,
        adjustments=sums.adjustments if is_activity else None,
        charges=sums.charges if is_activity else None,
        credits=sums.credits if is_activity else None,
        closing_balance=closing.balance,
        contested=sums.contested,
        pending=sums.pending,
        paid_since=paid_since,
        left_to_pay=left_to_pay,
        place=place,
        unapplied_credits=closing.unapplied_credits,
        unapplied_deposits=closing.unapplied_deposits,
        **asdict(closing.ageing),
    )


def summary_of(statement: AccountStatement, sums: Mapping[str, Sums]) -> list[StatementLine]:
    """Return a line for each currency, section and type, with running balances; in the order of these currencies."""
    lines: list[StatementLine] = []
    for currency in sums:
        balance = sums[currency].opening
        for row in sorted(sums[currency].figures, key=_place):
            balance += row.balance_effect
            lines.append(
                StatementLine(
                    account_id=statement.account_id,
                    statement_id=statement.id,
                    position=len(lines) + 1,
                    currency=currency,
                    section=row.section,
                    kind=row.kind,
                    number=None,
                    document_id=None,
                    invoice_id=None,
                    invoice_number=None,
                    po_number=None,
                    effective_on=None,
                    due_on=None,
                    count=row.count,
                    amount=row.amount,
                    balance_effect=row.balance_effect,
                    balance=balance,
                    contested=None,
                    pending=None,
                    reference=None,
                    allocations=None,
                )
            )
    return lines


def _place(row: Figures) -> tuple[str, int]:
    """Return the place of a summary's line in its currency: adjustments first, and types as the books name them."""
    return row.section, _ORDER.index(EntryKind(row.kind))
