"""Letters about scheduled payments: one that was made or is near, or was not needed, and why one was not sent."""

from babel.dates import format_datetime

from billing_api.kit.clock import Clock
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.notifications.letters.listing import first_of, invoice_facts
from billing_api.notifications.letters.portal import Portal
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.service import Payments
from billing_api.payments.states import PaymentState


class ScheduledLetters:
    """Writes about payments that wait for their day."""

    def __init__(self, portal: Portal, payments: Payments, clock: Clock) -> None:
        self._portal = portal
        self._payments = payments
        self._clock = clock

    async def made(self, occasion: Occasion, words: Language) -> Letter:
        """Return the confirmation of a payment that was scheduled or changed. Raise NothingToSendError."""
        return await self._waiting(occasion, words, words.gettext("Your payment is scheduled"))

    async def upcoming(self, occasion: Occasion, words: Language) -> Letter:
        """Return the notice of a payment that will soon be made. Raise NothingToSendError when it is none any more."""
        return await self._waiting(occasion, words, words.gettext("Your upcoming payment"))

    async def _waiting(self, occasion: Occasion, words: Language, heading: str) -> Letter:
        _, payment = words.gettext, await self._payment(occasion)
        if payment.status is not PaymentState.SCHEDULED or payment.schedule is None or payment.scheduled_on is None:
            raise NothingToSendError("The payment was made, changed or cancelled meanwhile.")
        amount, day = words.money(payment.amount, payment.currency), words.long_day(payment.scheduled_on)
        until = payment.schedule.change_until.astimezone(self._clock.zone)
        moment = format_datetime(until, "long", locale=words.locale)
        notes = [_("You can change or cancel it until {moment}.", moment=moment)]
        if contested := [one.invoice_number for one in payment.schedule.invoices if one.contested]:
            listed, more = first_of(contested, words)
            said = _("You contest {invoices}, which this payment pays all the same.", invoices=", ".join(listed))
            notes.append(" ".join([said, *more]))
        if left_out := [
            one.invoice_number for one in payment.schedule.invoices if one.contested_left_out and not one.contested
        ]:
            listed, more = first_of(left_out, words)
            said = _("You contest a part of {invoices}, which is left out.", invoices=", ".join(listed))
            notes.append(" ".join([said, *more]))
        paragraphs = []
        if payment.schedule.card_expires_on is not None:
            last_day = words.long_day(payment.schedule.card_expires_on)
            paragraphs.append(
                _(
                    "Your card is good through {day}, which is before this payment: its bank may refuse it.",
                    day=last_day,
                )
            )
            paragraphs.append(_("Please replace the card, or choose another payment method."))
        subject = (
            _("Your automatic payment of {amount} is due on {day}", amount=amount, day=day)
            if payment.is_autopay
            else _("Your payment of {amount} is scheduled for {day}", amount=amount, day=day)
        )
        invoices = ((one.invoice_number, one.amount) for one in payment.schedule.invoices)
        invoice_list, more = invoice_facts(invoices, payment.currency, words)
        return Letter(
            subject=subject,
            heading=heading,
            amount=amount,
            amount_note=_("To be paid on {day}", day=day),
            paragraphs=paragraphs,
            facts=[*facts_of(occasion, payment, words), *invoice_list],
            action=self._portal.link(_("View payment"), f"/payments/{payment.id}"),
            notes=[*more, *notes, _("The amount is worked out again on the day: what is paid until then is left out.")],
            is_optional=True,
        )

    async def cancelled(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a payment that was not made, because nothing was left to pay, for one."""
        _, payment = words.gettext, await self._payment(occasion)
        if payment.scheduled_on is None:
            raise NothingToSendError("The payment was not scheduled.")
        day = words.long_day(payment.scheduled_on)
        return Letter(
            subject=_("Your payment scheduled for {day} was cancelled", day=day),
            heading=_("Your scheduled payment was cancelled"),
            amount=words.money(payment.amount, payment.currency),
            amount_note=_("Not charged"),
            paragraphs=[
                _("Its invoices were paid or closed before, so nothing was left to pay.")
                if occasion.facts["reason"] == "nothing_payable"
                else _("{vendor} cancelled this payment. Nothing was charged.", vendor=self._portal.vendor)
            ],
            facts=facts_of(occasion, payment, words),
            action=self._portal.link(_("View invoices"), "/invoices"),
            is_optional=True,
        )

    async def _payment(self, occasion: Occasion) -> PaymentRead:
        assert occasion.subject_id is not None
        return await self._payments.get(occasion.account_id, occasion.subject_id)


def facts_of(occasion: Occasion, payment: PaymentRead, words: Language) -> list[tuple[str, str]]:
    """Return the customer, the payment's number, and the method that it is paid with."""
    _ = words.gettext
    facts = [(_("Customer"), occasion.facts["company"]), (_("Payment"), payment.number)]
    if payment.last4 is not None:
        facts.append((_("Paid with"), f"{payment.brand or _('Bank account')} •••• {payment.last4}"))
    return facts


def reason_of(payment: PaymentRead, words: Language) -> str | None:
    """Return why a scheduled payment could not be sent, in words for the customer; None for any other payment."""
    if payment.schedule is None or payment.schedule.reason is None:
        return None
    _ = words.gettext
    return {
        "payment_method_removed": _("The payment method was removed."),
        "payment_method_not_found": _("The payment method was removed."),
        "payment_method_not_verified": _("The bank account is not verified."),
        "payment_method_blocked": _("This bank account can't pay again until it is added or verified anew."),
        "payment_method_required": _("More was left to pay than your credits cover, and no payment method was chosen."),
        "not_sent": _("The payment could not be sent to the bank."),
        "currency_not_payable": _("The payment method can't pay in this currency."),
    }.get(payment.schedule.reason.code, _("The payment method can't be charged at present."))
