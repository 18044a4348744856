"""The scheduled payments of a payment method: they are cancelled when it is removed."""

from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.payment_methods.schemas import MethodPaymentRead
from billing_api.payment_methods.uses import MethodUser, MethodUses
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.schedules import PaymentScheduleRepository
from billing_api.payments.states import PaymentState
from billing_api.payments.waiting import WaitingPayments

REMOVED = "payment_method_removed"
_TEXT = "Its payment method was removed."


class ScheduledMethodUses(MethodUser):
    """Names and cancels the payments that wait for their day with a method, after their cut-off, too."""

    def __init__(
        self, payments: PaymentRepository, schedules: PaymentScheduleRepository, waiting: WaitingPayments
    ) -> None:
        self._payments = payments
        self._schedules = schedules
        self._waiting = waiting

    async def uses_of(self, account: LockedAccount, method_id: UUID) -> MethodUses:
        """Return the payments that wait for their day with a method."""
        found = await self._schedules.list_by_method(account, method_id)
        return MethodUses(
            tuple(
                MethodPaymentRead(
                    payment_id=one.id,
                    payment_number=one.number,
                    scheduled_on=one.scheduled_on,
                    currency=one.currency,
                    amount=one.amount,
                )
                for one in found
            )
        )

    async def detach(self, account: LockedAccount, method_id: UUID) -> None:
        """Cancel the payments that wait for their day with a method."""
        for one in await self._schedules.list_by_method(account, method_id):
            payment = await self._payments.get(account.id, one.id)
            schedule = await self._schedules.get(account.id, one.id)
            self._waiting.end(account, payment, schedule, PaymentState.CANCELLED, code=REMOVED, text=_TEXT)

    def show(self, account: LockedAccount, method_id: UUID, *, brand: str | None, last4: str | None) -> None:
        """Show these details in the payments that wait for their day with a method."""
        self._schedules.show_method(account, method_id, brand=brand, last4=last4)
