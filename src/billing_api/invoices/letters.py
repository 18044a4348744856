"""The mail that brings an invoice to a recipient whom a user has chosen."""

from billing_api.invoices.printing import PrintInvoice
from billing_api.invoices.service import Invoices
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.mail.message import Attachment
from billing_api.profiles.service import Profiles


class InvoiceCopyLetter:
    """Writes the mail; the invoice is attached as a PDF."""

    def __init__(self, invoices: Invoices, profiles: Profiles, printing: PrintInvoice, *, vendor: str) -> None:
        self._invoices = invoices
        self._profiles = profiles
        self._printing = printing
        self._vendor = vendor

    async def write(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter. Raise NothingToSendError, and the errors of making a PDF."""
        if occasion.subject_id is None:
            raise NothingToSendError("The mail names no invoice.")
        invoice = await self._invoices.get(occasion.account_id, occasion.subject_id)
        profile = await self._profiles.get(occasion.account_id)
        printed = await self._printing.print(occasion.account_id, invoice.id)
        _, total = words.gettext, words.money(invoice.total, invoice.currency)
        return Letter(
            subject=_(
                "Invoice {number} from {vendor}: {amount}", number=invoice.number, vendor=self._vendor, amount=total
            ),
            heading=_("Invoice"),
            amount=total,
            facts=[
                (_("Customer"), profile.company_name),
                (_("Invoice"), invoice.number),
                (_("Issued on"), words.long_day(invoice.issued_on)),
                (_("Due on"), words.long_day(invoice.due_on)),
            ],
            notes=[_("The invoice is attached as a PDF.")],
            attachments=[Attachment(f"{printed.name}.pdf", "application/pdf", printed.pdf)],
        )
