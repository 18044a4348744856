"""Letters about cards and bank accounts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, Occasion
from billing_api.notifications.letters.listing import first_of
from billing_api.notifications.letters.portal import Portal
from billing_api.payment_methods.schemas import PaymentMethodRead
from billing_api.payment_methods.service import PaymentMethods

_PAGE = "/payment-methods"


class MethodLetters:
    """Writes about the payment methods of an account."""

    def __init__(self, portal: Portal, methods: PaymentMethods) -> None:
        self._portal = portal
        self._methods = methods

    async def expires_soon(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a card that will soon expire."""
        _, method = words.gettext, await self._method(occasion)
        day = words.long_day(date.fromisoformat(occasion.facts["expires_on"]))
        return Letter(
            subject=_("Your card ending in {last4} expires soon", last4=method.last4),
            heading=_("Your card expires soon"),
            paragraphs=[_("It can pay until {day}. Add the new card in time, so that payments go on.", day=day)],
            facts=facts_of_method(occasion, method, words),
            action=self._portal.link(_("Update card"), _PAGE),
            is_optional=True,
        )

    async def expired(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a card that has expired."""
        _, method = words.gettext, await self._method(occasion)
        return Letter(
            subject=_("Your card ending in {last4} has expired", last4=method.last4),
            heading=_("Your card has expired"),
            paragraphs=[_("Add the new card, so that payments go on.")],
            facts=facts_of_method(occasion, method, words),
            action=self._portal.link(_("Update card"), _PAGE),
            is_optional=True,
        )

    async def removed(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a card or a bank account that was removed."""
        _, method = words.gettext, await self._method(occasion)
        is_card = method.type == "card"
        paragraphs = [_("It can no longer be used for payments.")]
        if occasion.facts.get("was_default"):
            paragraphs.append(_("It was the default payment method. Please choose another one."))
        cancelled = occasion.facts.get("cancelled_payments", ())
        if cancelled:
            paragraphs.append(
                words.ngettext(
                    "The payment that was scheduled with it was cancelled. Please choose another way to pay.",
                    "{count} payments that were scheduled with it were cancelled. Please choose another way to pay.",
                    len(cancelled),
                )
            )
        if occasion.facts.get("autopay_switched_off"):
            paragraphs.append(
                _("Autopay paid with it and was switched off. You can switch it on with another payment method.")
            )
        listed, more = first_of(cancelled, words)
        return Letter(
            subject=_("Card ending in {last4} was removed", last4=method.last4)
            if is_card
            else _("Bank account ending in {last4} was removed", last4=method.last4),
            heading=_("A card was removed") if is_card else _("A bank account was removed"),
            paragraphs=paragraphs,
            facts=[
                *facts_of_method(occasion, method, words),
                *((_("Payment"), _waiting(one, words)) for one in listed),
            ],
            action=self._portal.link(_("View payment methods"), _PAGE),
            notes=[*more, _("If neither you nor a colleague did this, please contact us.")],
            is_optional=True,
        )

    async def verified(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a bank account that can be used now."""
        _, method = words.gettext, await self._method(occasion)
        return Letter(
            subject=_("Bank account ending in {last4} is verified", last4=method.last4),
            heading=_("Your bank account is verified"),
            paragraphs=[_("You can now pay with it.")],
            facts=facts_of_method(occasion, method, words),
            action=self._portal.link(_("View invoices"), "/invoices"),
            is_optional=True,
        )

    async def refused(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter about a bank account that could not be verified."""
        _, method = words.gettext, await self._method(occasion)
        return Letter(
            subject=_("Bank account ending in {last4} could not be verified", last4=method.last4),
            heading=_("Your bank account could not be verified"),
            paragraphs=[_("It can't be used for payments. Check the numbers and add it again, or use another one.")],
            facts=facts_of_method(occasion, method, words),
            action=self._portal.link(_("View payment methods"), _PAGE),
            is_optional=True,
        )

    async def _method(self, occasion: Occasion) -> PaymentMethodRead:
        assert occasion.subject_id is not None
        return await self._methods.get(occasion.account_id, occasion.subject_id)


def _waiting(payment: Mapping[str, Any], words: Language) -> str:
    """Return the number, the day and the amount of a payment that waited for its day."""
    day = words.long_day(date.fromisoformat(payment["scheduled_on"]))
    return f"{payment['payment_number']}, {day}, {words.money(payment['amount'], payment['currency'])}"


def facts_of_method(occasion: Occasion, method: PaymentMethodRead, words: Language) -> list[tuple[str, str]]:
    """Return the customer, and the card or bank account as a letter shows it."""
    _ = words.gettext
    facts = [(_("Customer"), occasion.facts["company"])]
    if method.card is not None:
        expiry = f"{method.card.expiration_month:02d}/{method.card.expiration_year}"
        return [*facts, (_("Card"), f"{method.card.brand} •••• {method.last4}"), (_("Expires"), expiry)]
    bank = method.us_bank_account.bank_name if method.us_bank_account is not None else None
    return [*facts, (_("Bank account"), f"{bank or ''} •••• {method.last4}".strip())]
