"""All that the application needs to know of the back office's side of invoices."""

from billing_api.account_invoices.routes import router
from billing_api.account_invoices.service import AccountInvoices
from billing_api.feature import Feature
from billing_api.invoices.service import Invoices
from billing_api.ledger.service import Ledger

FEATURE = Feature(
    routes=router,
    description="For partners' systems: the invoices of any account.",
    parts={AccountInvoices: lambda core, parts: AccountInvoices(core, parts[Invoices], parts[Ledger])},
)
