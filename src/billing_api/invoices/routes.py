"""Invoices over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Payer, Viewer
from billing_api.db.exports import ExportsBusyError, TooManyExportsError
from billing_api.deliveries.schemas import DeliveriesQueued, DeliveryQuery, DeliveryRead, EmailsCreate
from billing_api.http.csv_files import CSV, CsvFile
from billing_api.http.idempotency import OptionalIdempotencyKey
from billing_api.http.pdf_files import NOT_PRINTED, PDF, DocumentSlotsDep, PdfFile
from billing_api.http.provide import RatesDep, provided
from billing_api.http.routes import Routes
from billing_api.invoices.errors import InvoiceNotFoundError
from billing_api.invoices.exporting import InvoiceExport
from billing_api.invoices.mailing import MailInvoices
from billing_api.invoices.printing import PrintInvoice
from billing_api.invoices.schemas import InvoiceFilters, InvoiceQuery, InvoiceRead, InvoiceSummaryRead
from billing_api.invoices.service import Invoices
from billing_api.kit.pagination import Page
from billing_api.profiles.errors import ProfileNotFoundError

router = Routes("/invoices", tags=["invoices"], errors=[InvoiceNotFoundError])
MailingDep = Annotated[MailInvoices, Depends(provided(MailInvoices))]
InvoicesDep = Annotated[Invoices, Depends(provided(Invoices))]
PrintInvoiceDep = Annotated[PrintInvoice, Depends(provided(PrintInvoice))]
InvoiceExportDep = Annotated[InvoiceExport, Depends(provided(InvoiceExport))]


@router.get("", operation_id="invoices_list", errors=[TooManyRequestsError])
async def list_invoices(
    query: Annotated[InvoiceQuery, Query()], caller: Viewer, invoices: InvoicesDep, rates: RatesDep
) -> Page[InvoiceSummaryRead]:
    """List invoices: filtered, searched, sorted; newest first by default."""
    if query.q is not None:
        await rates.spend("searches", caller.user_id, caller.account_id)
    return await invoices.list(caller.account_id, query)


@router.get(
    ".csv",
    operation_id="invoices_export",
    errors=[TooManyRequestsError, TooManyExportsError, ExportsBusyError],
    openapi_extra=CSV,
)
async def export_invoices(
    filters: Annotated[InvoiceFilters, Query()], caller: Viewer, export: InvoiceExportDep, rates: RatesDep
) -> CsvFile:
    """Export all invoices that the filters find, as a CSV file of any length. Amounts are decimals in major units."""
    await rates.spend("exports", caller.user_id, caller.account_id)
    return CsvFile(await export.open(caller.account_id, filters))


@router.get(
    "/{invoice_id}/pdf",
    operation_id="invoices_print",
    errors=[ProfileNotFoundError, *NOT_PRINTED],
    openapi_extra=PDF,
)
async def print_invoice(
    invoice_id: UUID, caller: Viewer, printing: PrintInvoiceDep, rates: RatesDep, slots: DocumentSlotsDep
) -> PdfFile:
    """Print an invoice as it stands today as a PDF, in the language of the profile, on the paper of its country."""
    await rates.spend("documents", caller.account_id, caller.account_id)
    async with slots.slot(caller.account_id):
        return PdfFile(await printing.print(caller.account_id, invoice_id))


@router.post(
    "/{invoice_id}/emails",
    operation_id="invoices_send_emails",
    errors=[ProfileNotFoundError, TooManyRequestsError],
    status=202,
)
async def send_invoice_emails(
    invoice_id: UUID, wanted: EmailsCreate, caller: Payer, key: OptionalIdempotencyKey, mailing: MailingDep
) -> DeliveriesQueued:
    """Mail an invoice to these recipients, with its PDF."""
    return await mailing.send(caller.account_id, invoice_id, wanted, key)


@router.get("/{invoice_id}/emails", operation_id="invoices_list_emails")
async def list_invoice_emails(
    invoice_id: UUID, query: Annotated[DeliveryQuery, Query()], caller: Viewer, mailing: MailingDep
) -> Page[DeliveryRead]:
    """List the mails about an invoice to single recipients, newest first, and what became of them."""
    return await mailing.list(caller.account_id, invoice_id, query)


@router.get("/{invoice_id}", operation_id="invoices_get")
async def get_invoice(invoice_id: UUID, caller: Viewer, invoices: InvoicesDep) -> InvoiceRead:
    """Read one invoice with its lines, taxes, discount terms and everything applied to it."""
    return await invoices.get(caller.account_id, invoice_id)
