"""The bytes of mails that may have to be sent again: kept from the first try until the mail has arrived."""

from datetime import timedelta
from uuid import UUID

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.deliveries.model import Delivery, DeliveryContent
from billing_api.deliveries.repository import DeliveryRepository

_KEEP = timedelta(days=30)  # of a mail that was given up: an operator may let it go out again


class DeliveryContents:
    """Keeps the bytes of the first try of each mail."""

    def __init__(self, core: Core, deliveries: DeliveryRepository) -> None:
        self.db = core.db
        self._clock = core.clock
        self._deliveries = deliveries

    @in_transaction
    async def keep(self, delivery: Delivery, content: bytes) -> bytes:
        """Store the bytes before they are sent, and return them; return those of an earlier try if there was one."""
        new = DeliveryContent(delivery.account_id, delivery.id, content, self._clock.now())
        if await self._deliveries.add_content(new):
            return content
        found = await self._deliveries.find_content(delivery.account_id, delivery.id)
        return content if found is None else found.content

    async def remove(self, account_id: UUID, delivery_id: UUID) -> None:
        """Remove the bytes of a mail that has arrived, or was refused."""
        await self._deliveries.remove_content(account_id, delivery_id)

    async def prune(self) -> int:
        """Remove the bytes of mails that were given up some time ago, and return their number."""
        return await self._deliveries.prune_contents(self._clock.now() - _KEEP)
