"""The portal's configuration, as clients see it."""

from pydantic import Field

from billing_api.auth.passwords import LONG_ENOUGH
from billing_api.kit.schema import ReadSchema


class VendorRead(ReadSchema):
    """Whose portal it is."""

    name: str = Field(examples=["Example Vendor"])
    logo_url: str | None
    color: str = Field(examples=["#1f4fd8"])
    support_email: str


class GatewayRead(ReadSchema):
    """The gateway that the portal's payment form uses."""

    provider: str = Field(examples=["braintree"])
    environment: str = Field(examples=["local"], description="local, sandbox or production")


class PortalConfigRead(ReadSchema):
    """The portal's looks, its languages, and the accepted payment methods and currencies."""

    vendor: VendorRead
    locales: list[str]
    payment_method_types: list[str] = Field(examples=[["card", "us_bank_account"]])
    card_currencies: list[str] = Field(examples=[["USD"]])
    bank_account_currencies: list[str] = Field(examples=[["USD"]])
    gateway: GatewayRead
    password_min_length: int = Field(examples=[LONG_ENOUGH])
