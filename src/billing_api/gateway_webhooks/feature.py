"""All that the application needs to know of Braintree's webhooks."""

from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway_webhooks.routes import router
from billing_api.gateway_webhooks.service import GatewayWebhooks
from billing_api.payment_methods.check import CheckMethods

FEATURE = Feature(
    routes=router,
    description="For Braintree alone: its notifications.",
    parts={GatewayWebhooks: lambda _, parts: GatewayWebhooks(parts[BraintreeAdapter], parts[CheckMethods])},
)
