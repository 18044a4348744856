"""The mail that brings an invoice to a recipient whom a user has chosen."""

from billing_api.documents.layout.invoice import lead as invoice_lead
from billing_api.documents.papers import InvoicePaper
from billing_api.invoices.printing import PrintInvoice
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.mail.message import Attachment
from billing_api.profiles.service import Profiles


class InvoiceCopyLetter:
    """Writes the mail with the amount due and the state of the invoice, which is attached as a PDF."""

    def __init__(self, profiles: Profiles, printing: PrintInvoice, *, vendor: str) -> None:
        self._profiles = profiles
        self._printing = printing
        self._vendor = vendor

    async def write(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter. Raise NothingToSendError, and the errors of making a PDF."""
        if occasion.subject_id is None:
            raise NothingToSendError("The mail names no invoice.")
        profile = await self._profiles.get(occasion.account_id)
        printed = await self._printing.print(occasion.account_id, occasion.subject_id)
        _, paper, lead = words.gettext, printed.paper, invoice_lead(printed.paper, words)
        return Letter(
            subject=_(
                "Invoice {number} from {vendor}: {amount}",
                number=paper.number,
                vendor=self._vendor,
                amount=gist(paper, words),
            ),
            heading=_("Invoice"),
            amount=lead["value"],
            amount_note=lead["note"],
            tone=lead["tone"],
            facts=[
                (_("Customer"), profile.company_name),
                (_("Invoice"), paper.number),
                (_("Issued on"), words.long_day(paper.issued_on)),
                (_("Due on"), words.long_day(paper.due_on)),
                *sums(paper, words),
            ],
            notes=[_("The invoice is attached as a PDF.")],
            attachments=[Attachment(f"{printed.name}.pdf", "application/pdf", printed.pdf)],
        )


def gist(paper: InvoicePaper, words: Language) -> str:
    """Return the amount due and the state of an invoice, for a subject: `$1,199.00 · Overdue`, or `Paid`."""
    lead = invoice_lead(paper, words)
    return " · ".join(filter(None, (lead["value"] if paper.amount_due else "", lead["status"])))


def sums(paper: InvoicePaper, words: Language) -> list[tuple[str, str]]:
    """Return the total and the amount due, where these differ."""
    if paper.total == paper.amount_due:
        return []
    _ = words.gettext
    return [
        (_("Total"), words.money(paper.total, paper.currency)),
        (_("Amount due"), words.money(paper.amount_due, paper.currency)),
    ]
