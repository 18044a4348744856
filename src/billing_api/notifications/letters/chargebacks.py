"""Letters about payments that the owner of a card disputes at their bank."""

from billing_api.chargebacks.schemas import ChargebackRead
from billing_api.chargebacks.service import Chargebacks
from billing_api.chargebacks.states import ChargebackKind
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.notifications.letters.listing import invoice_facts
from billing_api.notifications.letters.portal import Portal


class ChargebackLetters:
    """Writes about the chargebacks of an account."""

    def __init__(self, portal: Portal, chargebacks: Chargebacks) -> None:
        self._portal = portal
        self._chargebacks = chargebacks

    async def opened(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a payment whose money the bank has taken back. Raise NothingToSendError."""
        _, chargeback = words.gettext, await self._chargeback(occasion)
        if chargeback.type is ChargebackKind.RETRIEVAL:
            raise NothingToSendError("The bank asks for facts, and no money moves.")
        amount = words.money(chargeback.amount, chargeback.currency)
        facts, more = _facts(occasion, chargeback, words)
        return Letter(
            subject=_("A payment of {amount} was disputed", amount=amount),
            heading=_("A payment was disputed"),
            amount=amount,
            amount_note=_("Taken back by the bank"),
            tone="bad",
            paragraphs=[
                _("The card's owner has disputed the payment at their bank, which took the money back."),
                _("The invoices that it had paid are open again by these amounts."),
            ],
            facts=facts,
            action=self._portal.link(_("View invoices"), "/invoices"),
            notes=more,
            is_optional=True,
        )

    async def won(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a dispute that has ended in the vendor's favour."""
        _, chargeback = words.gettext, await self._chargeback(occasion)
        if not chargeback.won:
            raise NothingToSendError("No money had moved.")
        amount = words.money(chargeback.won, chargeback.currency)
        facts, more = _facts(occasion, chargeback, words)
        return Letter(
            subject=_("Your payment of {amount} counts again", amount=amount),
            heading=_("The dispute has ended"),
            amount=amount,
            amount_note=_("Given back by the bank"),
            tone="good",
            paragraphs=[_("The bank has given the money back: the payment counts again, and pays its invoices.")],
            facts=facts,
            action=self._portal.link(_("View payment"), f"/payments/{chargeback.payment_id}"),
            notes=more,
            is_optional=True,
        )

    async def _chargeback(self, occasion: Occasion) -> ChargebackRead:
        assert occasion.subject_id is not None
        return await self._chargebacks.get(occasion.account_id, occasion.subject_id)


def _facts(occasion: Occasion, chargeback: ChargebackRead, words: Language) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the facts of a chargeback with its invoices, and the note of the invoices that are not listed."""
    _ = words.gettext
    invoices, more = invoice_facts(
        ((one.invoice_number, one.amount) for one in chargeback.invoices), chargeback.currency, words
    )
    return [(_("Customer"), occasion.facts["company"]), (_("Payment"), chargeback.payment_number), *invoices], more
