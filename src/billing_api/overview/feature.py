"""All that the application needs to know of the overview."""

from billing_api.addresses.service import AddressBook
from billing_api.balances.service import Balances
from billing_api.feature import Feature
from billing_api.invoices.service import Invoices
from billing_api.overview.routes import router
from billing_api.overview.service import Overview
from billing_api.payment_methods.service import PaymentMethods
from billing_api.profiles.service import Profiles

FEATURE = Feature(
    routes=router,
    description="The first page, in one request.",
    parts={
        Overview: lambda core, parts: Overview(
            core,
            parts[Balances],
            parts[Invoices],
            parts[Profiles],
            parts[AddressBook],
            parts[PaymentMethods],
        )
    },
)
