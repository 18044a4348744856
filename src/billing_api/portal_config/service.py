"""The data that a portal needs before a user signs in, from the settings and the gateway's merchant accounts."""

from billing_api.auth.passwords import LONG_ENOUGH
from billing_api.config import Settings
from billing_api.gateway.methods import MethodKind
from billing_api.payment_methods.service import PaymentMethods
from billing_api.portal_config.schemas import GatewayRead, PortalConfigRead, VendorRead


class PortalConfig:
    """The public configuration of the portal."""

    def __init__(self, settings: Settings, methods: PaymentMethods) -> None:
        self._settings = settings
        self._methods = methods

    def get(self) -> PortalConfigRead:
        """Return the vendor's name and looks, the languages and the payment methods, by currency."""
        settings = self._settings
        currencies = {*settings.gateway_merchant_accounts, "USD"}
        kinds = {currency: self._methods.kinds_for(currency) for currency in currencies}
        cards, banks = (
            sorted(currency for currency, accepted in kinds.items() if kind in accepted)
            for kind in (MethodKind.CARD, MethodKind.US_BANK_ACCOUNT)
        )
        return PortalConfigRead(
            vendor=VendorRead(
                name=settings.vendor_name,
                logo_url=settings.vendor_logo_url or None,
                color=settings.vendor_color,
                support_email=settings.vendor_support_email,
            ),
            locales=settings.locales,
            payment_method_types=[*(["card"] if cards else []), *(["us_bank_account"] if banks else [])],
            card_currencies=cards,
            bank_account_currencies=banks,
            gateway=GatewayRead(provider="braintree", environment=settings.gateway_environment),
            device_data=settings.device_data,
            three_d_secure=settings.three_d_secure,
            password_min_length=LONG_ENOUGH,
        )
