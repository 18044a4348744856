"""Invoices as PDFs."""

from decimal import Decimal
from uuid import UUID

from billing_api.addresses.recipients import Recipients
from billing_api.documents.letterhead import Vendor
from billing_api.documents.papers import DiscountTerms, InvoicePaper, PrintedApplication, PrintedLine, Tax
from billing_api.documents.printed import Printed
from billing_api.documents.service import Documents
from billing_api.invoices.discounts import discount_of_terms
from billing_api.invoices.errors import InvoiceNotFoundError
from billing_api.invoices.repository import InvoiceRepository
from billing_api.invoices.schemas import InvoiceRead
from billing_api.kit.clock import Clock


class PrintInvoice:
    """The PDFs of one account's invoices, as they stand today."""

    def __init__(
        self, invoices: InvoiceRepository, recipients: Recipients, vendor: Vendor, documents: Documents, clock: Clock
    ) -> None:
        self._invoices = invoices
        self._recipients = recipients
        self._vendor = vendor
        self._documents = documents
        self._clock = clock

    async def print(self, account_id: UUID, invoice_id: UUID) -> Printed[InvoicePaper]:
        """Return an invoice in the profile's language.

        Raise InvoiceNotFoundError, ProfileNotFoundError, TooManyDocumentsError, DocumentTooSlowError,
        DocumentNotMadeError.
        """
        detail = await self._invoices.find(account_id, invoice_id, self._clock.today())
        if detail is None:
            raise InvoiceNotFoundError(invoice_id)
        invoice = InvoiceRead.model_validate(detail)
        recipient, locale = await self._recipients.get(account_id)
        paper = InvoicePaper(
            letterhead=self._vendor.letterhead,
            recipient=recipient,
            number=invoice.number,
            kind=invoice.type,
            status=invoice.status,
            po_number=invoice.po_number,
            issued_on=invoice.issued_on,
            due_on=invoice.due_on,
            closed_on=invoice.closed_on,
            is_overdue=invoice.overdue,
            contested=invoice.contested,
            currency=invoice.currency,
            net=invoice.net,
            total=invoice.total,
            amount_due=invoice.amount_due,
            amount_pending=invoice.amount_pending,
            memo=invoice.memo,
            lines=tuple(
                PrintedLine(line.description, line.quantity, line.unit_amount, line.amount) for line in invoice.lines
            ),
            taxes=tuple(Tax(tax.name, tax.rate, tax.amount) for tax in invoice.taxes),
            applications=tuple(
                PrintedApplication(
                    one.effective_on, one.type, one.source_number, one.amount, one.reason, one.reason_text
                )
                for one in invoice.applications
            ),
            discount=self._discount(invoice),
            made_at=invoice.updated_at,
        )
        return await self._documents.print(paper, locale)

    def _discount(self, invoice: InvoiceRead) -> DiscountTerms | None:
        """Return the terms for paying early while they can be used."""
        terms = invoice.discount
        if terms is None or terms.until < self._clock.today():
            return None
        amount = discount_of_terms(
            basis_points=terms.basis_points, net=invoice.net, total=invoice.total, includes_tax=terms.includes_tax
        )
        return DiscountTerms(Decimal(terms.basis_points) / 100, terms.until, amount)
