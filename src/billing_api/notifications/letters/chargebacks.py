"""Letters about payments that the owner of a card disputes at their bank."""

from billing_api.chargebacks.schemas import ChargebackRead
from billing_api.chargebacks.service import Chargebacks
from billing_api.chargebacks.states import ChargebackKind
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.notifications.letters.portal import Portal

_MOST_LISTED = 12


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
            facts=self._facts(occasion, chargeback, words),
            action=self._portal.link(_("View invoices"), "/invoices"),
            is_optional=True,
        )

    async def won(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a dispute that has ended in the vendor's favour."""
        _, chargeback = words.gettext, await self._chargeback(occasion)
        if not chargeback.won:
            raise NothingToSendError("No money had moved.")
        amount = words.money(chargeback.won, chargeback.currency)
        return Letter(
            subject=_("Your payment of {amount} counts again", amount=amount),
            heading=_("The dispute has ended"),
            amount=amount,
            amount_note=_("Given back by the bank"),
            tone="good",
            paragraphs=[_("The bank has given the money back: the payment counts again, and pays its invoices.")],
            facts=self._facts(occasion, chargeback, words),
            action=self._portal.link(_("View payment"), f"/payments/{chargeback.payment_id}"),
            is_optional=True,
        )

    async def _chargeback(self, occasion: Occasion) -> ChargebackRead:
        assert occasion.subject_id is not None
        return await self._chargebacks.get(occasion.account_id, occasion.subject_id)

    def _facts(self, occasion: Occasion, chargeback: ChargebackRead, words: Language) -> list[tuple[str, str]]:
        _ = words.gettext
        return [
            (_("Customer"), occasion.facts["company"]),
            (_("Payment"), chargeback.payment_number),
            *(
                (_("Invoice"), f"{one.invoice_number}, {words.money(one.amount, chargeback.currency)}")
                for one in chargeback.invoices[:_MOST_LISTED]
            ),
        ]
