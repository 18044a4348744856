"""The control of a search: an absence counts only when the same search finds a known sale (docs/decisions/0012)."""

import asyncio
from uuid import UUID

from billing_api.gateway.charges import OrderedSale
from billing_api.gateway.failures import GatewayUnfamiliarError
from billing_api.gateway.port import Gateway
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.clock import Clock
from billing_api.kit.metrics import UNFAMILIAR_GATEWAY
from billing_api.payment_methods.lookups import Lookups
from billing_api.payments.repository.orders import OrderRepository


class SearchControl:
    """Looks for the newest known sale once in a batch, by the search that has found nothing.

    A gateway may know every customer while its search finds nothing for hours.
    """

    def __init__(
        self, orders: OrderRepository, lookups: Lookups, gateway: Gateway, clock: Clock, *, together: bool = False
    ) -> None:
        """Take whether the search that has found nothing was one for many sales."""
        self._orders = orders
        self._lookups = lookups
        self._gateway = gateway
        self._clock = clock
        self._together = together
        self._one_at_a_time = asyncio.Lock()
        self._has_found = False

    async def require(self, account_id: UUID) -> None:
        """Find a known sale; while there is none, find the account's customer.

        Raise GatewayUnfamiliarError, GatewayError.
        """
        async with self._one_at_a_time:
            self._has_found = self._has_found or await self._find()
        if not self._has_found:
            await self._lookups.require_familiar(account_id)

    async def _find(self) -> bool:
        """Return whether the known sale was found; False when none is known. Raise GatewayUnfamiliarError."""
        sale = await self._orders.find_known_sale(self._clock.now() - QUIET_PERIOD)
        if sale is None:
            return False
        ordered = OrderedSale(
            order_id=sale.order_id, token=sale.method_token, amount=sale.amount, currency=sale.currency
        )
        if self._together:
            found = (await self._gateway.find_charges_together([ordered]))[sale.order_id]
        else:
            found = await self._gateway.find_charges(ordered)
        if sale.transaction_id not in {charge.transaction_id for charge in found}:
            UNFAMILIAR_GATEWAY.inc()
            raise GatewayUnfamiliarError(f"the search does not find the known sale {sale.transaction_id}")
        return True
