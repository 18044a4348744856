"""The schemas of the overview."""

from billing_api.addresses.schemas import AddressRead
from billing_api.balances.schemas import BalanceRead
from billing_api.invoices.schemas import InvoiceSummaryRead
from billing_api.kit.schema import ReadSchema
from billing_api.payment_methods.schemas import PaymentMethodRead
from billing_api.profiles.schemas import ProfileRead


class OverviewRead(ReadSchema):
    """The data of the portal's first page, all of it from the same moment."""

    balance: BalanceRead
    newest_invoices: list[InvoiceSummaryRead]
    profile: ProfileRead
    default_shipping_address: AddressRead | None
    default_payment_method: PaymentMethodRead | None
