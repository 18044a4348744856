"""What an account owes: due, late, under way, and what it has to its credit."""

from datetime import date
from uuid import UUID

from billing_api.accounts.errors import AccountNotFoundError
from billing_api.accounts.schemas import TermsRead
from billing_api.balances.repository import BalanceRepository, BalanceRow
from billing_api.balances.schemas import AgeingRead, BalanceRead, CurrencyBalanceRead
from billing_api.kit.clock import Clock


class Balances:
    """The balance of one account, by currency."""

    def __init__(self, balances: BalanceRepository, clock: Clock) -> None:
        self._balances = balances
        self._clock = clock

    async def get(self, account_id: UUID, as_of: date | None = None) -> BalanceRead:
        """The balance now, or at the end of a day; one round trip, so one snapshot. Raises AccountNotFoundError."""
        day = as_of or self._clock.today()
        rows = await (
            self._balances.read(account_id, day) if as_of is None else self._balances.read_as_of(account_id, day)
        )
        if not rows:
            raise AccountNotFoundError(account_id)
        account = rows[0]
        return BalanceRead(
            as_of=day,
            currency=account.account_currency,
            credit_limit=account.credit_limit,
            terms=TermsRead.model_validate(account),
            balances=[_read(row) for row in rows],
        )


def _read(row: BalanceRow) -> CurrencyBalanceRead:
    ageing = AgeingRead.model_validate(row)
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
        # What is left of the credit side. Money applied ahead of an invoice's own date counts here until that date.
        unapplied_deposits=due - row.balance - row.unapplied_credits,
        ageing=ageing,
    )
