"""All that the application needs to know of invoices."""

from billing_api.addresses.recipients import Recipients
from billing_api.db.exports import Exports
from billing_api.documents.letterhead import Vendor
from billing_api.documents.service import Documents
from billing_api.feature import Feature
from billing_api.invoices.exporting import InvoiceExport
from billing_api.invoices.model import invoice_applications, invoice_lines, invoice_taxes, invoices
from billing_api.invoices.printing import PrintInvoice
from billing_api.invoices.repository import InvoiceRepository
from billing_api.invoices.routes import router
from billing_api.invoices.service import Invoices
from billing_api.ledger.service import Ledger
from billing_api.profiles.service import Profiles

FEATURE = Feature(
    routes=router,
    description="Bills: the open ones, and those of the past.",
    tables=[invoices, invoice_lines, invoice_taxes, invoice_applications],
    parts={
        InvoiceRepository: lambda core, parts: InvoiceRepository(core.db, parts[Exports]),
        Invoices: lambda core, parts: Invoices(core, parts[InvoiceRepository], parts[Ledger]),
        PrintInvoice: lambda core, parts: PrintInvoice(
            parts[InvoiceRepository], parts[Recipients], parts[Vendor], parts[Documents], core.clock
        ),
        InvoiceExport: lambda core, parts: InvoiceExport(core.clock, parts[InvoiceRepository], parts[Profiles]),
    },
)
