"""Letters about contested invoices: the answer to the customer, and a new objection to the vendor."""

from uuid import UUID

from billing_api.invoice_disputes.fields import DisputeReason
from billing_api.invoice_disputes.schemas import DisputeRead
from billing_api.invoice_disputes.service import InvoiceDisputes
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.notifications.letters.portal import Portal


class DisputeLetters:
    """Writes about the disputes of an account's invoices."""

    def __init__(self, portal: Portal, disputes: InvoiceDisputes) -> None:
        self._portal = portal
        self._disputes = disputes

    async def answered(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter with the vendor's answer, for the user who contested the invoice."""
        _, dispute = words.gettext, await self._dispute(occasion)
        number, is_accepted = occasion.facts["number"], dispute.status == "accepted"
        return Letter(
            subject=_("Your objection to invoice {number} was accepted", number=number)
            if is_accepted
            else _("Your objection to invoice {number} was not accepted", number=number),
            heading=_("Your objection was accepted") if is_accepted else _("Your objection was not accepted"),
            paragraphs=[line for line in (dispute.answer or "").splitlines() if line.strip()],
            facts=self._facts(occasion, dispute, words),
            action=self._portal.link(_("View invoice"), f"/invoices/{occasion.facts['about']}"),
            notes=[
                _("The invoice is corrected by a document of its own, such as a credit memo.")
                if is_accepted
                else _("The invoice is due as before.")
            ],
        )

    async def opened(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter to the vendor about a new objection. Raise NothingToSendError for one that has ended."""
        _, dispute = words.gettext, await self._dispute(occasion)
        if dispute.status != "open":
            raise NothingToSendError(f"The dispute is {dispute.status}.")
        subject = _(
            "{company} contests invoice {number}", company=occasion.facts["company"], number=occasion.facts["number"]
        )
        return Letter(
            subject=subject,
            heading=subject,
            paragraphs=[line for line in dispute.text.splitlines() if line.strip()],
            facts=[*self._facts(occasion, dispute, words), (_("Reason"), self._reason(dispute.reason, words))],
            notes=[_("It waits for your answer: complete the command above.")],
            code=f"billing-api disputes resolve {dispute.id} --outcome accepted --answer …",
        )

    async def _dispute(self, occasion: Occasion) -> DisputeRead:
        facts = occasion.facts
        return await self._disputes.get(occasion.account_id, UUID(facts["about"]), UUID(facts["dispute_id"]))

    def _reason(self, reason: DisputeReason, words: Language) -> str:
        _ = words.gettext
        return {
            "not_received": _("Not received"),
            "not_ordered": _("Not ordered"),
            "damaged": _("Damaged or incomplete"),
            "wrong_quantity": _("Wrong quantity"),
            "wrong_price": _("Wrong price"),
            "wrong_tax": _("Wrong tax"),
            "already_paid": _("Already paid"),
            "duplicate": _("Billed twice"),
            "other": _("Another reason"),
        }[reason]

    def _facts(self, occasion: Occasion, dispute: DisputeRead, words: Language) -> list[tuple[str, str]]:
        _ = words.gettext
        return [
            (_("Customer"), occasion.facts["company"]),
            (_("Invoice"), occasion.facts["number"]),
            (_("Contested amount"), words.money(dispute.amount, dispute.currency)),
        ]
