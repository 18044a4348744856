"""The schemas of the overview."""

from pydantic import Field

from billing_api.addresses.schemas import AddressRead
from billing_api.balances.schemas import BalanceRead
from billing_api.invoices.schemas import InvoiceSummaryRead
from billing_api.kit.schema import ReadSchema
from billing_api.payment_methods.schemas import PaymentMethodRead
from billing_api.profiles.schemas import ProfileRead


class OverviewRead(ReadSchema):
    """The data of the portal's first page, all of it from the same moment."""

    balance: BalanceRead
    newest_invoices: list[InvoiceSummaryRead] = Field(
        description="The newest invoices, the newest first", json_schema_extra={"maxItems": 5}
    )
    profile: ProfileRead
    default_shipping_address: AddressRead | None = Field(
        description="The default for deliveries; null when there is none"
    )
    default_payment_method: PaymentMethodRead | None = Field(description="The default method; null when there is none")
