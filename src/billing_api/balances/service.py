"""The balance of an account: due, late, under way, and its credits."""

from datetime import date
from uuid import UUID

from billing_api.accounts.errors import AccountNotFoundError
from billing_api.accounts.schemas import TermsRead
from billing_api.balances.repository import BalanceRepository, CurrencyBalance
from billing_api.balances.schemas import AgeingRead, BalanceRead, CurrencyBalanceRead
from billing_api.core import Core


class Balances:
    """The balance of one account, by currency."""

    def __init__(self, core: Core, balances: BalanceRepository) -> None:
        self._clock = core.clock
        self._balances = balances

    async def get(self, account_id: UUID, as_of: date | None = None) -> BalanceRead:
        """Return the balance now, or at the end of a day, from one snapshot. Raise AccountNotFoundError."""
        day = as_of or self._clock.today()
        read = self._balances.list_now if as_of is None else self._balances.list_as_of
        rows = await read(account_id, day)
        if not rows:
            raise AccountNotFoundError(account_id)
        account = rows[0]
        return BalanceRead(
            as_of=day,
            currency=account.account_currency,
            credit_limit=account.credit_limit,
            terms=TermsRead.of(account),
            balances=[_read(row) for row in rows],
        )


def _read(row: CurrencyBalance) -> CurrencyBalanceRead:
    ageing = AgeingRead.of(row)
    overdue = ageing.days_1_30 + ageing.days_31_60 + ageing.days_61_90 + ageing.days_over_90
    due = ageing.current + overdue
    return CurrencyBalanceRead(
        currency=row.currency or row.account_currency,
        balance=row.balance,
        due=due,
        overdue=overdue,
        pending=row.pending,
        due_after_pending=None if row.pending is None else due - row.pending,
        unapplied_credits=row.unapplied_credits,
        # The rest of the credit side. Money applied ahead of an invoice's own date counts here until that date.
        unapplied_deposits=due - row.balance - row.unapplied_credits,
        ageing=ageing,
        contested=_contested(row),
    )


def _contested(row: CurrencyBalance) -> AgeingRead | None:
    if row.pending is None:  # a past day: what was contested on it is not kept
        return None
    ages = (
        row.contested_current,
        row.contested_1_30,
        row.contested_31_60,
        row.contested_61_90,
        row.contested_over_90,
    )
    return AgeingRead(*(age or 0 for age in ages))
