"""The account's customer at the gateway, which must exist before a method can be stored for it."""

from uuid import UUID

import structlog

from billing_api.gateway.failures import GatewayOutcomeUnknownError, GatewayUnavailableError, GatewayUnfamiliarError
from billing_api.payment_methods.method_tools import MethodTools

log = structlog.get_logger(__name__)


async def make_customer(tools: MethodTools, account_id: UUID, customer_id: str, *, is_known: bool) -> None:
    """Create the account's customer; `is_known` when it has been there before.

    That one is created again only at a gateway that knows another customer of this database.
    Raise GatewayUnfamiliarError, GatewayUnavailableError.
    """
    try:
        if is_known:
            await tools.lookups.require_familiar(account_id)
        else:
            await tools.lookups.require_own_merchant()
        await tools.gateway.ensure_customer(customer_id)
    except GatewayUnfamiliarError as error:
        # Its words say all.
        log.error("gateway_customer_not_made", account_id=str(account_id), error=str(error))  # noqa: TRY400
        raise
    except GatewayOutcomeUnknownError as error:
        # No method was stored yet, and creating the customer again does no harm.
        raise GatewayUnavailableError("customer") from error
