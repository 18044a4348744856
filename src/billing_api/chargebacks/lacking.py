"""Disputes that have taken less than the bank, since the payment had no more: they take what it has again."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.chargebacks.recording import RecordDisputes
from billing_api.chargebacks.repository import ChargebackRepository
from billing_api.events.values import NumberedEvent
from billing_api.gateway.steps import trying_again
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import JobRun, Task

# After these a payment may have money again.
MONEY_IS_BACK = frozenset({"refund.failed", "chargeback.won"})


@dataclass(frozen=True, slots=True)
class DisputedPayment:
    """A payment that may have money again."""

    account_id: UUID
    payment_id: UUID


TAKE_LACKING = Task("chargebacks.take_lacking", DisputedPayment)


class LackingDisputes:
    """A dispute takes what a payment has beside its refunds and other disputes; when one of these ends, it has more."""

    def __init__(self, chargebacks: ChargebackRepository, disputes: RecordDisputes, jobs: Jobs) -> None:
        self._chargebacks = chargebacks
        self._disputes = disputes
        self._jobs = jobs

    async def consume(self, event: NumberedEvent) -> None:
        """Enqueue a job for the payment of such an event, in the open transaction."""
        payment = DisputedPayment(event.account_id, UUID(event.data["payment_id"]))
        await self._jobs.enqueue(TAKE_LACKING, payment, key=str(event.id), account_id=event.account_id)

    async def take(self, payment: DisputedPayment, _: JobRun) -> None:
        """Look up the disputes of a payment that have taken less than the bank; twice does no harm.

        Raise TryAgainError.
        """
        for dispute_id in await self._chargebacks.list_lacking(payment.account_id, payment.payment_id):
            with trying_again(f"dispute {dispute_id} is not looked up"):
                await self._disputes.check(dispute_id)
