"""The credits of a payment: reserved while it is under way, then used, or given back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.credits.service import CreditMemos
from billing_api.db.unapplied import Move
from billing_api.deposits.service import Deposits
from billing_api.payments.fields import CreditKind
from billing_api.payments.model import PaymentDetail, UsedCredit
from billing_api.payments.repository import PaymentRepository


class UsedCredits:
    """Moves credit memos and deposits with a payment; they are written at the transaction's end."""

    def __init__(self, payments: PaymentRepository, memos: CreditMemos, deposits: Deposits) -> None:
        self._payments = payments
        self._memos = memos
        self._deposits = deposits

    async def are_available(self, account: LockedAccount, payment: PaymentDetail) -> bool:
        """Return whether the credits of a payment that had ended are all still there, for it to reserve them again."""
        wanted = _sums(payment.credits)
        if not wanted:
            return True
        found = await self._payments.list_credits(account.id, payment.currency, wanted)
        available = {credit.id: credit.available for credit in found}
        return all(available.get(credit_id, 0) >= amount for credit_id, amount in wanted.items())

    def reserve(self, account: LockedAccount, payment: PaymentDetail) -> None:
        """Keep the amounts from other payments, and from the back office."""
        self._move(account, payment, unapplied=0, reserved=1)

    def release(self, account: LockedAccount, payment: PaymentDetail) -> None:
        """Give the reserved amounts back."""
        self._move(account, payment, unapplied=0, reserved=-1)

    def use(self, account: LockedAccount, payment: PaymentDetail, *, reserved: bool) -> None:
        """Take the amounts from what is left, and from what is reserved."""
        self._move(account, payment, unapplied=-1, reserved=-1 if reserved else 0)

    def _move(self, account: LockedAccount, payment: PaymentDetail, *, unapplied: int, reserved: int) -> None:
        for kind, owner in ((CreditKind.CREDIT_MEMO, self._memos), (CreditKind.DEPOSIT, self._deposits)):
            amounts = _sums([used for used in payment.credits if used.kind is kind])
            owner.move(account, {one: Move(unapplied * sum_, reserved * sum_) for one, sum_ in amounts.items()})


def _sums(credits_used: Sequence[UsedCredit]) -> Mapping[UUID, int]:
    """Return the used amounts by document."""
    sums = Counter[UUID]()
    for used in credits_used:
        sums[used.id] += used.amount
    return sums
