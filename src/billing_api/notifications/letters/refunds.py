"""The letters about money of a payment that was given back, or came back again."""

from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, Occasion
from billing_api.notifications.letters.listing import invoice_facts
from billing_api.notifications.letters.portal import Portal
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.service import Payments
from billing_api.refunds.schemas import RefundRead
from billing_api.refunds.service import Refunds
from billing_api.refunds.states import RefundWay


class RefundLetters:
    """Writes about the refunds of an account's payments."""

    def __init__(self, portal: Portal, payments: Payments, refunds: Refunds) -> None:
        self._portal = portal
        self._payments = payments
        self._refunds = refunds

    async def made(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a refund: how the money goes back, and which invoices are open again."""
        _ = words.gettext
        refund, payment = await self._find(occasion)
        amount = words.money(refund.amount, refund.currency)
        facts, more = _facts(occasion, refund, payment, words)
        return Letter(
            subject=_("Refund of {amount} from {vendor}", amount=amount, vendor=self._portal.vendor),
            heading=_("Your payment was refunded"),
            amount=amount,
            amount_note=_("Refunded"),
            tone="plain",
            paragraphs=list(_paragraphs(refund, words)),
            facts=facts,
            action=self._portal.link(_("View payment"), f"/payments/{payment.id}"),
            notes=more,
            is_optional=True,
        )

    async def failed(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a refund whose money came back after it had been announced."""
        _ = words.gettext
        refund, payment = await self._find(occasion)
        amount = words.money(refund.amount, refund.currency)
        paragraphs = [
            _("We had told you of this refund, but your bank did not take the money: it has come back to us."),
        ]
        if refund.invoices:
            paragraphs.append(_("It pays your invoices again, as far as they are open."))
        paragraphs.append(_("Please tell us how you would like to get the money, for example by another account."))
        facts, more = _facts(occasion, refund, payment, words)
        return Letter(
            subject=_("Your refund of {amount} did not reach you", amount=amount),
            heading=_("Your refund has failed"),
            amount=amount,
            amount_note=_("Refund failed"),
            tone="bad",
            paragraphs=paragraphs,
            facts=facts,
            action=self._portal.link(_("View payment"), f"/payments/{payment.id}"),
            notes=more,
            is_optional=True,
        )

    async def _find(self, occasion: Occasion) -> tuple[RefundRead, PaymentRead]:
        assert occasion.subject_id is not None
        refund = await self._refunds.get_of_account(occasion.account_id, occasion.subject_id)
        return refund, await self._payments.get(occasion.account_id, refund.payment_id)


def _facts(
    occasion: Occasion, refund: RefundRead, payment: PaymentRead, words: Language
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the facts of a refund with its invoices, and the note of the invoices that are not listed."""
    _ = words.gettext
    facts = [(_("Customer"), occasion.facts["company"]), (_("Payment"), payment.number)]
    if payment.last4 is not None:
        facts.append((_("Paid with"), f"{payment.brand or _('Bank account')} •••• {payment.last4}"))
    if refund.reason is not None:
        facts.append((_("Reason"), refund.reason))
    invoices, more = invoice_facts(
        ((part.invoice_number, part.amount) for part in refund.invoices), refund.currency, words
    )
    return [*facts, *invoices], more


def _paragraphs(refund: RefundRead, words: Language) -> list[str]:
    _ = words.gettext
    said = {
        RefundWay.REFUND: _(
            "The money goes back to the card or bank account that paid. It can take some days until it is shown there."
        ),
        RefundWay.VOID: _("The charge was canceled before it was completed: your bank does not take the money."),
        RefundWay.OFFLINE: _("The money is paid out to you outside of this portal."),
    }
    paragraphs = [said[refund.method]]
    if refund.repayment_invoice_id is not None:
        paragraphs.append(
            _(
                "Your bank had already taken the payment back, so you have this money twice. It is due again by an "
                "invoice of its own."
            )
        )
    elif refund.invoices:
        paragraphs.append(_("The invoices that it had paid are open again by these amounts."))
    return paragraphs
