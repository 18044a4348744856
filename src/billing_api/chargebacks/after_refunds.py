"""Disputes of a payment whose refund did not reach the customer: the bank has that money, and the books take it."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.chargebacks.recording import RecordDisputes
from billing_api.chargebacks.repository import ChargebackRepository
from billing_api.events.values import NumberedEvent
from billing_api.gateway.failures import GatewayError
from billing_api.jobs.errors import TryAgainError
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import JobRun, Task

REFUND_FAILED = "refund.failed"


@dataclass(frozen=True, slots=True)
class RefundedPayment:
    """A payment that has money again since one of its refunds failed."""

    account_id: UUID
    payment_id: UUID


TAKE_REST = Task("chargebacks.take_rest", RefundedPayment)


class DisputesAfterRefunds:
    """A dispute takes what a payment has; where a refund fails afterwards, the payment has more."""

    def __init__(self, chargebacks: ChargebackRepository, disputes: RecordDisputes, jobs: Jobs) -> None:
        self._chargebacks = chargebacks
        self._disputes = disputes
        self._jobs = jobs

    async def consume(self, event: NumberedEvent) -> None:
        """Enqueue a job for a refund that has failed, in the open transaction."""
        payment = RefundedPayment(event.account_id, UUID(event.data["payment_id"]))
        await self._jobs.enqueue(TAKE_REST, payment, key=str(event.id), account_id=event.account_id)

    async def take_rest(self, payment: RefundedPayment, _: JobRun) -> None:
        """Record the payment's disputes that have taken less than the bank; twice does no harm. Raise TryAgainError."""
        for dispute_id in await self._chargebacks.list_lacking(payment.account_id, payment.payment_id):
            try:
                await self._disputes.check(dispute_id)
            except GatewayError as error:
                raise TryAgainError(f"dispute {dispute_id} is not looked up: {error}") from error
