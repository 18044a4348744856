"""The mail that brings a receipt to a recipient whom a user has chosen."""

from billing_api.documents.layout.receipt import lead as receipt_lead
from billing_api.documents.layout.receipt import reductions as receipt_reductions
from billing_api.documents.layout.receipt import return_reason
from billing_api.documents.papers import ReceiptPaper
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.mail.message import Attachment
from billing_api.payments.receipts import PrintReceipt
from billing_api.profiles.service import Profiles


class ReceiptCopyLetter:
    """Writes the mail with the state of the payment; its receipt is attached as a PDF."""

    def __init__(self, profiles: Profiles, receipts: PrintReceipt, *, vendor: str) -> None:
        self._profiles = profiles
        self._receipts = receipts
        self._vendor = vendor

    async def write(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter. Raise NothingToSendError, and the errors of making a PDF."""
        if occasion.subject_id is None:
            raise NothingToSendError("The mail names no payment.")
        profile = await self._profiles.get(occasion.account_id)
        printed = await self._receipts.print(occasion.account_id, occasion.subject_id)
        _, paper, lead = words.gettext, printed.paper, receipt_lead(printed.paper, words)
        return Letter(
            subject=_(
                "Receipt {number} from {vendor}: {amount}",
                number=paper.number,
                vendor=self._vendor,
                amount=_gist(paper, words),
            ),
            heading=_("Receipt"),
            amount=lead["value"],
            amount_note=lead["note"],
            tone=lead["tone"],
            facts=[
                (_("Customer"), profile.company_name),
                (_("Payment"), paper.number),
                *([(_("Reason of the return"), reason)] if (reason := return_reason(paper, words)) else []),
                *receipt_reductions(paper, words),
            ],
            notes=[_("The receipt is attached as a PDF.")],
            attachments=[Attachment(f"{printed.name}.pdf", "application/pdf", printed.pdf)],
        )


def _gist(paper: ReceiptPaper, words: Language) -> str:
    """Return the amount, and the state of a payment whose money is not here: `$161.29 · Returned`."""
    lead = receipt_lead(paper, words)
    value: str = lead["value"]
    return value if lead["tone"] == "good" else f"{value} · {lead['status']}"
