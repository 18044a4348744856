"""Deliveries whose job is given up, cancelled, or retried: their status says so."""

from billing_api.deliveries.jobs import SendMail
from billing_api.deliveries.repository import DeliveryRepository
from billing_api.jobs.model import JobState

NOT_SENT = "The mail could not be sent."
CANCELLED = "The vendor has cancelled the mail."


class NoteDeliveries:
    """Keeps the status of a delivery true to that of its job."""

    def __init__(self, deliveries: DeliveryRepository) -> None:
        self._deliveries = deliveries

    async def note(self, order: SendMail, state: JobState) -> None:
        """Note the new state of a delivery's job, in the open transaction; a mail that is sent stays so."""
        match state:
            case JobState.HELD:
                await self._deliveries.give_up(order.account_id, order.delivery_id, NOT_SENT)
            case JobState.CANCELLED:
                await self._deliveries.cancel(order.account_id, order.delivery_id, CANCELLED)
            case JobState.WAITING:
                await self._deliveries.queue_again(order.account_id, order.delivery_id)
            case JobState.RUNNING | JobState.DONE:  # each try notes its own outcome
                pass
