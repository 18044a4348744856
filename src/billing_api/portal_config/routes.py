"""What a portal needs before anyone signs in: public, from settings, and from what the gateway says to them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from billing_api.auth.passwords import LONG_ENOUGH
from billing_api.config import Settings
from billing_api.gateway.port import MethodKind
from billing_api.http import responses
from billing_api.http.provide import provided
from billing_api.kit.schema import ReadSchema
from billing_api.payment_methods.service import PaymentMethods

router = APIRouter(prefix="/portal-config", tags=["portal"])


class VendorRead(ReadSchema):
    """Whose portal it is."""

    name: str = Field(examples=["Example Vendor"])
    logo_url: str | None
    color: str = Field(examples=["#1f4fd8"])
    support_email: str


class GatewayRead(ReadSchema):
    """What the portal's payment form must know."""

    provider: str = Field(examples=["braintree"])
    environment: str = Field(examples=["local"], description="local, sandbox or production")


class PortalConfigRead(ReadSchema):
    """Looks, languages and what can be paid with."""

    vendor: VendorRead
    locales: list[str]
    payment_method_types: list[str] = Field(examples=[["card", "us_bank_account"]])
    card_currencies: list[str] = Field(examples=[["USD"]])
    bank_account_currencies: list[str] = Field(examples=[["USD"]])
    gateway: GatewayRead
    password_min_length: int = Field(examples=[LONG_ENOUGH])


@router.get("", operation_id="portal_config_get", response_model=PortalConfigRead)
async def get_portal_config(
    request: Request, methods: Annotated[PaymentMethods, Depends(provided(PaymentMethods))]
) -> Response:
    """Read the vendor's name and looks, the languages, and which payment methods are accepted."""
    settings: Settings = request.app.state.settings
    answer = responses.resource(request, _config_of(settings, methods))
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def _config_of(settings: Settings, methods: PaymentMethods) -> PortalConfigRead:
    kinds = {currency: methods.kinds_for(currency) for currency in {*settings.gateway_merchant_accounts, "USD"}}
    cards, banks = (
        sorted(currency for currency, able in kinds.items() if kind in able)
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
        password_min_length=LONG_ENOUGH,
    )
