"""Payouts as the back office reads them."""

from uuid import UUID

from billing_api.kit.pagination import Page
from billing_api.payouts.errors import PayoutNotFoundError
from billing_api.payouts.repository import PayoutRepository
from billing_api.payouts.schemas import PayoutItemQuery, PayoutItemRead, PayoutQuery, PayoutRead


class Payouts:
    """The settlement batches that the gateway has paid out to the vendor, or will."""

    def __init__(self, payouts: PayoutRepository) -> None:
        self._payouts = payouts

    async def list(self, query: PayoutQuery) -> Page[PayoutRead]:
        """Return one page. Raise BadCursorError."""
        return Page[PayoutRead].of(await self._payouts.list_page(query), PayoutRead.model_validate)

    async def get(self, payout_id: UUID) -> PayoutRead:
        """Return one payout. Raise PayoutNotFoundError."""
        payout = await self._payouts.find(payout_id)
        if payout is None:
            raise PayoutNotFoundError(payout_id)
        return PayoutRead.model_validate(payout)

    async def list_items(self, payout_id: UUID, query: PayoutItemQuery) -> Page[PayoutItemRead]:
        """Return one page of the charges and refunds of a payout. Raise PayoutNotFoundError, BadCursorError."""
        await self.get(payout_id)
        found = await self._payouts.list_items(payout_id, query)
        return Page[PayoutItemRead].of(found, PayoutItemRead.model_validate)
