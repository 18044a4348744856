"""Letters about autopay: its beginning, a payment that failed, invoices above the limit, and its end."""

from datetime import date

from billing_api.autopay.service import AutopayChoices
from billing_api.documents.layout.words import decline_word
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.notifications.letters.listing import first_of, invoice_facts
from billing_api.notifications.letters.methods import facts_of_method
from billing_api.notifications.letters.portal import Portal
from billing_api.notifications.letters.scheduled import facts_of, reason_of
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.service import Payments
from billing_api.payments.states import PaymentState


class AutopayLetters:
    """Writes about the automatic payments of an account."""

    def __init__(self, portal: Portal, payments: Payments, choices: AutopayChoices, methods: PaymentMethods) -> None:
        self._portal = portal
        self._payments = payments
        self._choices = choices
        self._methods = methods

    async def switched_on(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter that confirms autopay: its method, its limit, and the permission of a bank account's owner.

        Raise NothingToSendError when it was switched off meanwhile.
        """
        choice = await self._choices.get(occasion.account_id)
        if not choice.enabled or choice.payment_method_id is None:
            raise NothingToSendError("Autopay was switched off.")
        _, method = words.gettext, await self._methods.get(occasion.account_id, choice.payment_method_id)
        facts = facts_of_method(occasion, method, words)
        if choice.limit is not None:
            facts.append((_("Limit of a payment"), words.money(choice.limit, choice.currency)))
        if choice.consent is not None and method.us_bank_account is not None:
            facts.append((_("Your permission"), choice.consent.text))
        paragraphs = [
            _("From now on invoices are paid automatically on their due date. A mail announces each payment.")
        ]
        if method.card is not None and method.card.expires_soon and choice.card_expires_on is not None:
            day = words.long_day(choice.card_expires_on)
            paragraphs.append(_("It can pay until {day}. Add the new card in time, so that payments go on.", day=day))
        return Letter(
            subject=_("Autopay for {vendor} is on", vendor=self._portal.vendor),
            heading=_("Autopay is on"),
            tone="good",
            paragraphs=paragraphs,
            facts=facts,
            action=self._portal.link(_("Open autopay"), "/autopay"),
            notes=[_("If neither you nor a colleague did this, please contact us.")],
            is_optional=True,
        )

    async def failed(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about an automatic payment without money, with the day of the next try if there is one."""
        assert occasion.subject_id is not None
        _, payment = words.gettext, await self._payments.get(occasion.account_id, occasion.subject_id)
        amount, next_try = words.money(payment.amount, payment.currency), occasion.facts["next_try_on"]
        if next_try is None:
            then = _("There is no further try: please pay the invoices yourself.")
        else:
            day = words.long_day(date.fromisoformat(next_try))
            then = _("We will try again on {day}. If you pay the invoices before, nothing is charged then.", day=day)
        facts, more = _facts(occasion, payment, words)
        return Letter(
            subject=_("Your automatic payment of {amount} did not go through", amount=amount),
            heading=_("Your automatic payment did not go through"),
            amount=amount,
            amount_note=_("Returned by the bank") if payment.status is PaymentState.RETURNED else _("Not paid"),
            tone="bad",
            paragraphs=[then],
            facts=facts,
            action=self._portal.link(_("View invoices"), "/invoices"),
            notes=more,
            is_optional=True,
        )

    async def switched_off(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about autopay that was switched off, because its method can't pay any more."""
        _, facts, more = words.gettext, [(words.gettext("Customer"), occasion.facts["company"])], list[str]()
        paragraphs = [_("Autopay was switched off, because its payment method can't pay any more.")]
        if occasion.subject_id is not None and occasion.subject_id != occasion.account_id:
            payment = await self._payments.get(occasion.account_id, occasion.subject_id)
            facts, more = _facts(occasion, payment, words)
            amount = words.money(payment.amount, payment.currency)
            paragraphs.append(_("The automatic payment of {amount} did not go through.", amount=amount))
        return Letter(
            subject=_("Autopay for {vendor} was switched off", vendor=self._portal.vendor),
            heading=_("Autopay was switched off"),
            tone="bad",
            paragraphs=[
                *paragraphs,
                _("Please pay open invoices yourself, or switch autopay on again with another payment method."),
            ],
            facts=facts,
            action=self._portal.link(_("Open autopay"), "/autopay"),
            notes=more,
            is_optional=True,
        )

    async def above_limit(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about invoices that autopay leaves alone, because of its limit."""
        _, invoices = words.gettext, occasion.facts["invoices"]
        limit = words.money(occasion.facts["limit"], occasion.facts["currency"])
        listed, more = first_of(invoices, words)
        subject = words.ngettext(
            "Invoice {number} is above the limit of autopay",
            "{count} invoices are above the limit of autopay",
            len(invoices),
            number=invoices[0]["number"],
        )
        return Letter(
            subject=subject,
            heading=subject,
            paragraphs=[
                _("With them an automatic payment would come to more than {limit}, your limit.", limit=limit),
                _("Please pay them yourself, or raise the limit."),
            ],
            facts=[(_("Customer"), occasion.facts["company"]), *((_("Invoice"), one["number"]) for one in listed)],
            action=self._portal.link(_("View invoices"), "/invoices"),
            notes=more,
            is_optional=True,
        )


def _facts(occasion: Occasion, payment: PaymentRead, words: Language) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the facts of a payment with its invoices, and the note of the invoices that are not listed."""
    _, facts = words.gettext, facts_of(occasion, payment, words)
    reason = reason_of(payment, words)
    if payment.decline is not None:
        reason = decline_word(words, payment.decline.reason)
    if reason is not None:
        facts.append((_("Reason"), reason))
    invoices = [(one.invoice_number, one.amount) for one in payment.allocations]
    if not invoices and payment.schedule is not None:
        invoices = [(one.invoice_number, one.amount) for one in payment.schedule.invoices]
    listed, more = invoice_facts(invoices, payment.currency, words)
    return [*facts, *listed], more
