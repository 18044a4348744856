"""Letters about payments: the receipt, and a payment that brought no money."""

from billing_api.documents.layout.receipt import lead as receipt_lead
from billing_api.documents.layout.receipt import reductions as receipt_reductions
from billing_api.documents.layout.words import decline_word
from billing_api.documents.papers import ReceiptStatus
from billing_api.gateway.reasons import BY_GATEWAY, RETURNED_OFFLINE, decline_code
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.mail.message import Attachment
from billing_api.notifications.letters.listing import invoice_facts
from billing_api.notifications.letters.portal import Portal
from billing_api.notifications.letters.scheduled import facts_of, reason_of
from billing_api.payments.receipts import PrintReceipt
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.service import Payments


class PaymentLetters:
    """Writes about the payments of an account."""

    def __init__(self, portal: Portal, payments: Payments, receipts: PrintReceipt) -> None:
        self._portal = portal
        self._payments = payments
        self._receipts = receipts

    async def receipt(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter with a payment's receipt, which is attached. Raise NothingToSendError."""
        _, payment = words.gettext, await self._payment(occasion)
        printed = await self._receipts.print(occasion.account_id, payment.id)
        if printed.paper.status is not ReceiptStatus.RECEIVED:
            raise NothingToSendError("The payment was returned.")
        lead = receipt_lead(printed.paper, words)
        amount = lead["value"]
        return Letter(
            subject=_("Receipt for your payment of {amount} to {vendor}", amount=amount, vendor=self._portal.vendor),
            heading=_("Thank you for your payment"),
            amount=amount,
            amount_note=_("Received on {day}", day=words.long_day(payment.received_on))
            if payment.amount
            else lead["note"],
            tone="good",
            facts=[*self._facts(occasion, payment, words), *receipt_reductions(printed.paper, words)],
            action=self._portal.link(_("View payment"), f"/payments/{payment.id}"),
            notes=[_("The receipt is attached as a PDF.")],
            attachments=[Attachment(f"{printed.name}.pdf", "application/pdf", printed.pdf)],
            is_optional=True,
        )

    async def failed(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a payment that was declined, or never reached the bank."""
        _, payment = words.gettext, await self._payment(occasion)
        amount = words.money(payment.amount, payment.currency)
        outcome = _("The payment could not be completed. Nothing was charged.")
        if occasion.facts["status"] == "declined":
            outcome = _("The bank declined the payment. Nothing was charged.")
        facts = self._facts(occasion, payment, words)
        advice: list[str] = []
        if payment.decline is not None:
            if payment.decline.code in BY_GATEWAY:
                outcome = _("The payment was refused. Nothing was charged.")
            facts.append((_("Reason"), decline_word(words, payment.decline.reason)))
            advice.append(
                _("Another try with the same payment method may succeed.")
                if payment.decline.retry_may_help
                else _("Please use another payment method.")
            )
        elif (reason := reason_of(payment, words)) is not None:
            facts.append((_("Reason"), reason))
        invoices, more = _invoices(payment, words)
        return Letter(
            subject=_("Your payment of {amount} did not go through", amount=amount),
            heading=_("Your payment did not go through"),
            amount=amount,
            amount_note=_("Not paid"),
            tone="bad",
            paragraphs=[outcome, *advice],
            facts=[*facts, *invoices],
            action=self._portal.link(_("Pay again"), "/invoices"),
            notes=more,
            is_optional=True,
        )

    async def returned(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a bank transfer that the bank took back."""
        _, payment = words.gettext, await self._payment(occasion)
        amount = words.money(payment.amount, payment.currency)
        invoices, more = _invoices(payment, words)
        return Letter(
            subject=_("Your payment of {amount} was returned", amount=amount),
            heading=_("Your payment was returned"),
            amount=amount,
            amount_note=_("Returned by the bank"),
            tone="bad",
            paragraphs=[
                _("The bank took the money back, so the invoices it paid are open again.")
                if payment.allocations
                else _("Your bank has taken this payment back."),
                *self._advice(payment, words),
            ],
            facts=[
                *self._facts(occasion, payment, words),
                *self._reason(payment, words),
                *invoices,
            ],
            action=self._portal.link(_("View invoices"), "/invoices"),
            notes=more,
            is_optional=True,
        )

    def _reason(self, payment: PaymentRead, words: Language) -> list[tuple[str, str]]:
        if payment.decline is None:
            return []
        is_offline = payment.decline.code == RETURNED_OFFLINE  # the vendor has written why
        text = payment.decline.text if is_offline else decline_word(words, payment.decline.reason)
        return [(words.gettext("Reason"), text)]

    def _advice(self, payment: PaymentRead, words: Language) -> list[str]:
        _ = words.gettext
        if payment.decline is None or payment.type != "us_bank_account":
            return []
        if payment.decline.retry_may_help:
            return [_("Another try with the same payment method may succeed.")]
        if decline_code(payment.decline.code).blocks_method:
            return [_("This bank account can't pay again until it is added or verified anew.")]
        return [_("Please use another payment method.")]

    async def _payment(self, occasion: Occasion) -> PaymentRead:
        assert occasion.subject_id is not None
        return await self._payments.get(occasion.account_id, occasion.subject_id)

    def _facts(self, occasion: Occasion, payment: PaymentRead, words: Language) -> list[tuple[str, str]]:
        _, facts = words.gettext, facts_of(occasion, payment, words)
        if payment.reference is not None:
            facts.append((_("Reference"), payment.reference))
        return facts


def _invoices(payment: PaymentRead, words: Language) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the payment's invoices, each with the part of the charge that was for it, and the note of the others."""
    return invoice_facts(((part.invoice_number, part.amount) for part in payment.allocations), payment.currency, words)
