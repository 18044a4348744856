"""All that the application needs to know of the portal's public configuration."""

from billing_api.feature import Feature
from billing_api.payment_methods.service import PaymentMethods
from billing_api.portal_config.routes import router
from billing_api.portal_config.service import PortalConfig

FEATURE = Feature(
    routes=router,
    description="The portal's configuration, before anyone signs in.",
    parts={PortalConfig: lambda _, parts: PortalConfig(parts.settings, parts[PaymentMethods])},
)
