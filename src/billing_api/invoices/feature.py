"""All that the application needs to know of invoices."""

from billing_api.feature import Feature
from billing_api.invoices.model import invoice_applications, invoice_lines, invoice_taxes, invoices
from billing_api.invoices.repository import InvoiceRepository
from billing_api.invoices.routes import router
from billing_api.invoices.service import Invoices
from billing_api.ledger.service import Ledger

FEATURE = Feature(
    routes=router,
    description="Bills: the open ones, and those of the past.",
    tables=[invoices, invoice_lines, invoice_taxes, invoice_applications],
    parts={Invoices: lambda core, parts: Invoices(core, InvoiceRepository(core.db), parts[Ledger])},
)
