"""All that the application needs to know of invoices."""

from billing_api.addresses.recipients import Recipients
from billing_api.db.exports import Exports
from billing_api.deliveries.documents import DocumentMails
from billing_api.documents.letterhead import Vendor
from billing_api.documents.service import Documents
from billing_api.feature import Feature
from billing_api.invoices.contests import Contests
from billing_api.invoices.exporting import InvoiceExport
from billing_api.invoices.mailing import KIND, MailInvoices
from billing_api.invoices.model import invoice_applications, invoice_lines, invoice_taxes, invoices
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.printing import PrintInvoice
from billing_api.invoices.repayments import Repayments
from billing_api.invoices.repository import InvoiceRepository
from billing_api.invoices.routes import router
from billing_api.invoices.service import Invoices
from billing_api.invoices.using import UseSources
from billing_api.ledger.service import Ledger
from billing_api.mail.letter import Writer
from billing_api.parts import Parts
from billing_api.profiles.service import Profiles


def _writer(parts: Parts) -> Writer:
    from billing_api.invoices.letters import InvoiceCopyLetter  # noqa: PLC0415 - the API writes no mails

    vendor = parts.settings.vendor_name
    return InvoiceCopyLetter(parts[Profiles], parts[PrintInvoice], vendor=vendor).write


FEATURE = Feature(
    routes=router,
    description="Bills: the open ones, and those of the past.",
    tables=[invoices, invoice_lines, invoice_taxes, invoice_applications],
    parts={
        InvoiceRepository: lambda core, parts: InvoiceRepository(core.db, parts[Exports]),
        Invoices: lambda core, parts: Invoices(core, parts[InvoiceRepository], parts[Ledger], parts[Contests]),
        Repayments: lambda core, parts: Repayments(core, parts[InvoiceRepository], parts[Invoices], parts[Ledger]),
        UseSources: lambda core, parts: UseSources(core, parts[Invoices], parts[Ledger]),
        InvoiceParts: lambda _, parts: InvoiceParts(parts[Invoices], parts[InvoiceRepository]),
        PrintInvoice: lambda core, parts: PrintInvoice(
            parts[InvoiceRepository], parts[Recipients], parts[Vendor], parts[Documents], core.clock
        ),
        MailInvoices: lambda _, parts: MailInvoices(parts[Invoices], parts[Profiles], parts[DocumentMails]),
        InvoiceExport: lambda core, parts: InvoiceExport(core.clock, parts[InvoiceRepository], parts[Profiles]),
    },
    mails={KIND: _writer},
)
