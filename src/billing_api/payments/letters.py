"""The mail that brings a receipt to a recipient whom a user has chosen."""

from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.mail.message import Attachment
from billing_api.payments.receipts import PrintReceipt
from billing_api.payments.service import Payments
from billing_api.profiles.service import Profiles


class ReceiptCopyLetter:
    """Writes the mail; the receipt is attached as a PDF."""

    def __init__(self, payments: Payments, profiles: Profiles, receipts: PrintReceipt, *, vendor: str) -> None:
        self._payments = payments
        self._profiles = profiles
        self._receipts = receipts
        self._vendor = vendor

    async def write(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter. Raise NothingToSendError, and the errors of making a PDF."""
        if occasion.subject_id is None:
            raise NothingToSendError("The mail names no payment.")
        payment = await self._payments.get(occasion.account_id, occasion.subject_id)
        profile = await self._profiles.get(occasion.account_id)
        printed = await self._receipts.print(occasion.account_id, payment.id)
        _, amount = words.gettext, words.money(payment.amount, payment.currency)
        return Letter(
            subject=_(
                "Receipt {number} from {vendor}: {amount}", number=payment.number, vendor=self._vendor, amount=amount
            ),
            heading=_("Receipt"),
            amount=amount,
            amount_note=_("Received on {day}", day=words.long_day(payment.received_on)),
            facts=[(_("Customer"), profile.company_name), (_("Payment"), payment.number)],
            notes=[_("The receipt is attached as a PDF.")],
            attachments=[Attachment(f"{printed.name}.pdf", "application/pdf", printed.pdf)],
        )
