"""Looking methods up: an absence counts only where something that must exist is found (docs/decisions/0012)."""

from uuid import UUID

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.failures import GatewayUnfamiliarError
from billing_api.gateway.methods import VaultedMethod
from billing_api.gateway.port import Gateway
from billing_api.kit.metrics import UNFAMILIAR_GATEWAY
from billing_api.payment_methods.model import GatewayCustomer
from billing_api.payment_methods.repository import PaymentMethodRepository

# The account's own customer may have been removed there; all of several others' hardly.
_OTHERS = 3


class Lookups:
    """Looks methods up, and believes that one is gone only at a gateway that knows this database's customers.

    With another merchant's keys everything is gone. So a database belongs to one merchant: the one that has confirmed
    its customers.
    """

    def __init__(self, core: Core, methods: PaymentMethodRepository, gateway: Gateway) -> None:
        self.db = core.db
        self._core = core
        self._methods = methods
        self._gateway = gateway

    async def find_method(self, account_id: UUID, token: str) -> VaultedMethod | None:
        """Return the account's stored method, or None when it is gone. Raise GatewayUnfamiliarError, GatewayError."""
        own = await self._methods.find_customer(account_id)
        found = await self._gateway.find_method(token, own.customer_id if own is not None else None)
        if found is None:
            await self.require_familiar(account_id)
        return found

    async def delete_method(self, account_id: UUID, token: str) -> None:
        """Remove a stored method; one that is gone already is no error. Raise GatewayUnfamiliarError, GatewayError."""
        if not await self._gateway.delete_method(token):
            await self.require_familiar(account_id)

    async def require_familiar(self, account_id: UUID) -> None:
        """Find the account's customer at the gateway, or another's. Raise GatewayUnfamiliarError, GatewayError."""
        await self._require_merchant()
        own = await self._methods.find_customer(account_id)
        confirmed = await self._methods.list_confirmed_customers(limit=_OTHERS + 1)
        others = [customer for customer in confirmed if customer.account_id != account_id]
        await self._require_one_of(([own] if own is not None else []) + others[:_OTHERS])

    async def require_own_merchant(self) -> None:
        """Compare the merchant of the settings with the one that has confirmed this database's customers.

        When none is recorded, one of the confirmed customers must be found at the gateway; without any there is no
        doubt. Raise GatewayUnfamiliarError, GatewayError.
        """
        if await self._require_merchant():
            return
        if confirmed := await self._methods.list_confirmed_customers(limit=_OTHERS):
            await self._require_one_of(confirmed)

    async def _require_merchant(self) -> bool:
        """Return whether a merchant is recorded with the customers. Raise GatewayUnfamiliarError for another one."""
        merchants = await self._methods.list_merchants()
        if strange := sorted(merchants - {self._methods.merchant_id}):
            UNFAMILIAR_GATEWAY.inc()
            raise GatewayUnfamiliarError(
                f"the customers of this database are at the merchant {strange[0]}, and the settings name "
                f"{self._methods.merchant_id}"
            )
        return bool(merchants)

    async def _require_one_of(self, customers: list[GatewayCustomer]) -> None:
        for customer in customers:
            if await self._gateway.has_customer(customer.customer_id):
                if customer.merchant_id is None:
                    await self.confirm_customer(customer.account_id)
                return
        UNFAMILIAR_GATEWAY.inc()
        raise GatewayUnfamiliarError

    @in_transaction
    async def confirm_customer(self, account_id: UUID) -> None:
        """Record that the settings' merchant has the account's customer."""
        await self._methods.confirm_customer(account_id, now=self._core.clock.now())
