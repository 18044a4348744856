"""What is gone at the gateway: an absence counts only beside something that must be there and is found."""

from uuid import UUID

from billing_api.gateway.port import Gateway, GatewayUnfamiliarError, VaultedMethod
from billing_api.kit.metrics import UNFAMILIAR_GATEWAY
from billing_api.payment_methods.repository import PaymentMethodRepository

# The account's own customer may have been removed there; all of several others' hardly.
_OTHERS = 3


class Lookups:
    """Looks methods up, and believes that one is gone only of a gateway that knows this database's customers.

    With another merchant's keys everything is gone.
    """

    def __init__(self, methods: PaymentMethodRepository, gateway: Gateway) -> None:
        self._methods = methods
        self._gateway = gateway

    async def find_method(self, account_id: UUID, token: str) -> VaultedMethod | None:
        """Return the account's stored method, or None when it is gone. Raise GatewayUnfamiliarError, GatewayError."""
        found = await self._gateway.find_method(token, await self._methods.find_customer(account_id))
        if found is None:
            await self.require_familiar(account_id)
        return found

    async def delete_method(self, account_id: UUID, token: str) -> None:
        """Remove a stored method; that it is gone already is no error. Raise GatewayUnfamiliarError, GatewayError."""
        if not await self._gateway.delete_method(token):
            await self.require_familiar(account_id)

    async def require_familiar(self, account_id: UUID) -> None:
        """Find the account's customer at the gateway, or another's. Raise GatewayUnfamiliarError, GatewayError."""
        own = await self._methods.find_customer(account_id)
        others = await self._methods.list_other_customers(account_id, limit=_OTHERS)
        for customer_id in filter(None, (own, *others)):
            if await self._gateway.has_customer(customer_id):
                return
        UNFAMILIAR_GATEWAY.inc()
        raise GatewayUnfamiliarError
