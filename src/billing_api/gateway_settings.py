"""The settings of the gateway, and of the payment methods that it stores."""

from collections.abc import Iterator
from enum import StrEnum

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from billing_api.setting_types import ByCurrency, is_published


class GatewayEnvironment(StrEnum):
    """The Braintree environment that is called; `local` is the sandbox that this repository ships."""

    LOCAL = "local"
    SANDBOX = "sandbox"
    PRODUCTION = "production"


class AchVerification(StrEnum):
    """The way in which a bank account is verified; Braintree's words."""

    NETWORK_CHECK = "network_check"  # asks the banks' network, mostly at once
    INDEPENDENT_CHECK = "independent_check"  # the vendor has checked it by other means, and is responsible
    MICRO_TRANSFERS = "micro_transfers"  # two small deposits, whose amounts the customer reads to us


class Demand(StrEnum):
    """Whether the vendor wants something from a payment form."""

    OFF = "off"  # it is not asked for, and not passed on
    OPTIONAL = "optional"  # it counts where a form sends it
    REQUIRED = "required"  # a card without it is refused


# The sandbox's own keys, which are public.
_LOCAL_SECRET = "integration_private_key"  # noqa: S105 - the sandbox's published test key
_LOCAL_MERCHANT, _LOCAL_PUBLIC_KEY = "integration_merchant_id", "integration_public_key"
_LOCAL_CARD_ACCOUNT, _LOCAL_ACH_ACCOUNT = "sandbox_credit_card", "us_bank_merchant_account"


class GatewaySettings(BaseSettings):
    """The settings of the gateway; a part of `config.Settings`."""

    gateway_environment: GatewayEnvironment = GatewayEnvironment.LOCAL
    gateway_host: str = Field("127.0.0.1", description="Of the local gateway; unused otherwise")
    gateway_port: int = Field(3000, ge=1, le=65535, description="Of the local gateway; unused otherwise")
    gateway_merchant_id: str = _LOCAL_MERCHANT
    gateway_public_key: str = _LOCAL_PUBLIC_KEY
    gateway_private_key: SecretStr = SecretStr(_LOCAL_SECRET)
    gateway_merchant_accounts: ByCurrency = Field(
        {"USD": _LOCAL_CARD_ACCOUNT}, description="Card merchant account by currency, as a JSON object"
    )
    gateway_ach_merchant_account: str = Field(_LOCAL_ACH_ACCOUNT, description="Empty: no bank accounts")
    gateway_ach_verification: AchVerification = AchVerification.NETWORK_CHECK
    gateway_threads: int = Field(8, ge=1, le=64, description="Calls under way at once, per process")
    gateway_timeout_seconds: float = Field(30.0, gt=0, lt=60, description="For one call")
    gateway_request_keys: bool = Field(True, description="Send api_request_key; a merchant may not be allowed to")
    device_data: Demand = Field(
        Demand.OFF,
        description="Facts about the customer's device for the fraud tools, with cards: off, optional, required",
    )
    three_d_secure: Demand = Field(
        Demand.OFF, description="3-D Secure of cards, stored or paid with by their owner: off, optional, required"
    )

    gateway_method_check_hours: int = Field(
        24, ge=1, description="How often a stored method is looked up at the gateway: it may have been removed there"
    )
    card_expiry_notice_days: int = Field(
        30, ge=1, le=366, description="An event is recorded so many days before a card expires"
    )

    def gateway_refusals(self) -> Iterator[str]:
        """Yield a line for each setting that is another gateway's than the environment says."""
        secret = self.gateway_private_key.get_secret_value()
        if self.gateway_environment is GatewayEnvironment.LOCAL:
            if secret != _LOCAL_SECRET:
                yield "GATEWAY_PRIVATE_KEY: the local sandbox has its own; set GATEWAY_ENVIRONMENT"
            return
        identifiers = {
            "GATEWAY_MERCHANT_ID": [self.gateway_merchant_id],
            "GATEWAY_PUBLIC_KEY": [self.gateway_public_key],
            "GATEWAY_PRIVATE_KEY": [secret],
            "GATEWAY_MERCHANT_ACCOUNTS": [*self.gateway_merchant_accounts.values()] or [""],
            "GATEWAY_ACH_MERCHANT_ACCOUNT": [account] if (account := self.gateway_ach_merchant_account) else [],
        }
        for name, given in identifiers.items():
            if any(is_published(identifier) for identifier in given):
                yield f"{name}: unset, or the local sandbox's, which Braintree does not know"
            elif not all(map(str.strip, given)):
                yield f"{name}: empty; Braintree's control panel shows it"
