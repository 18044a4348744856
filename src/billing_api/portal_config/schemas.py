"""The portal's configuration, as clients see it."""

from typing import Annotated, Literal

from pydantic import Field

from billing_api.auth.passwords import LONG_ENOUGH
from billing_api.kit.documented import Named, Sent
from billing_api.kit.read_types import CurrencyRead, EmailRead, LocaleRead, NameRead, UrlRead
from billing_api.kit.schema import ReadSchema
from billing_api.payment_methods.fields import MethodType

GatewayEnvironmentName = Annotated[
    Literal["local", "sandbox", "production"],
    Named(
        "GatewayEnvironment",
        "Where payments are made",
        {
            "local": "The sandbox on this machine; no money moves",
            "sandbox": "Braintree's sandbox; no money moves",
            "production": "Braintree itself; money moves",
        },
    ),
]


DemandName = Annotated[
    Literal["off", "optional", "required"],
    Named(
        "Demand",
        "Whether a payment form is to send something",
        {
            "off": "It is not wanted",
            "optional": "It counts where a form sends it",
            "required": "A card without it is refused",
        },
    ),
]


class VendorRead(ReadSchema):
    """Whose portal it is."""

    name: NameRead = Field(description="The vendor's name", examples=["Example Vendor"])
    logo_url: UrlRead | None = Field(description="An image; null when there is none")
    color: Annotated[str, Sent(minLength=7, maxLength=7, pattern="^#[0-9a-fA-F]{6}$")] = Field(
        description="The portal's main colour, as CSS writes it", examples=["#1f4fd8"]
    )
    support_email: EmailRead = Field(description="Where users ask for help")


class GatewayRead(ReadSchema):
    """The gateway that the portal's payment form uses."""

    provider: Annotated[str, Sent(maxLength=50)] = Field(description="The gateway's name", examples=["braintree"])
    environment: GatewayEnvironmentName


class PortalConfigRead(ReadSchema):
    """The portal's looks, its languages, and the accepted payment methods and currencies."""

    vendor: VendorRead
    locales: list[LocaleRead] = Field(
        description="The languages of the portal, as BCP 47 tags, the first as the default",
        json_schema_extra={"maxItems": 100},
    )
    payment_method_types: list[MethodType] = Field(
        description="The accepted types of payment methods",
        examples=[["card", "us_bank_account"]],
        json_schema_extra={"maxItems": 2},
    )
    card_currencies: list[CurrencyRead] = Field(
        description="The currencies in which cards can pay", examples=[["USD"]], json_schema_extra={"maxItems": 200}
    )
    bank_account_currencies: list[CurrencyRead] = Field(
        description="The currencies in which bank accounts can pay",
        examples=[["USD"]],
        json_schema_extra={"maxItems": 200},
    )
    gateway: GatewayRead
    device_data: DemandName = Field(
        description="Whether forms for cards send `device_data`, from the gateway's data collector"
    )
    three_d_secure: DemandName = Field(
        description="Whether forms for cards authenticate the card's owner by 3-D Secure (`verifyCard`)"
    )
    password_min_length: Annotated[int, Sent(minimum=1, maximum=256)] = Field(
        description="The least number of characters of a new password", examples=[LONG_ENOUGH]
    )
