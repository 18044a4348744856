"""Cards that come in a wallet: a card number or a token for it, and the wallet's details."""

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from braintree_sandbox.call import Call
from braintree_sandbox.processor import authorisation, checks
from braintree_sandbox.processor.authorisation import Authorisation
from braintree_sandbox.processor.checks import Checks
from braintree_sandbox.records.cards import CardFacts, CardVerification
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.resources import addresses, card_verifications
from braintree_sandbox.resources.card_verifications import Question
from braintree_sandbox.resources.wallets.wallet import Wallet, WalletMethod, logo
from braintree_sandbox.validation.errors import ErrorTree
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.vault.card_view import card_fields, is_expired
from braintree_sandbox.vault.kinds import RefusedError, SaleTerms
from braintree_sandbox.wire.values import Array, Fields, Params


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletCardFacts:
    """The card that is charged, and the wallet's details."""

    card: CardFacts
    details: dict[str, str | bool | None] = field(default_factory=dict)


F = TypeVar("F", bound=WalletCardFacts)
W = TypeVar("W", bound=WalletMethod[Any])


class WalletCards(Wallet[F, W]):
    """A kind of card in a wallet; it can be verified as a card can."""

    def question(self, call: Call, params: Params, errors: ErrorTree) -> Question:
        """Return the checks for the issuer to make; note errors of the options as for a card."""
        return card_verifications.read_question(call, params, errors, card_verifications.CARD_OPTION_CODES)

    def fields(self, facts: F, token: str | None) -> Fields:
        """Return the card, with the wallet's details over it."""
        plain = card_fields(facts.card, token)
        return {
            **plain,
            "image_url": self.picture(str(plain["card_type"])),
            "billing_address": addresses.shown(facts.card.billing) if facts.card.billing else None,
            **facts.details,
        }

    def picture(self, brand: str) -> str:
        """Return the logo of the brand, unless the wallet has one of its own."""
        return logo(brand)

    def identifier(self, facts: F) -> str:
        """Return the card's identifier."""
        return facts.card.identifier

    def number(self, facts: F) -> str:
        """Return the card's number."""
        return facts.card.number

    def view(self, call: Call, method: W) -> Fields:
        """Return the card, whether it has expired, and its verifications."""
        shown = super().view(call, method)
        card: CardFacts = method.facts.card
        verifications = reversed(call.work.where(CardVerification, "token", method.token))
        if shown["billing_address"] is None:
            # Clients would build an address even from an empty element.
            del shown["billing_address"]
        return {
            **shown,
            "expired": is_expired(card, call.now),
            "verifications": Array("verification", [card_verifications.view(call, one) for one in verifications]),
        }

    def store(self, call: Call, customer: Customer, facts: F, params: Params, errors: ErrorTree) -> W:
        """Vault the card, with a name and an address if they are sent, after a verification if one is wanted."""
        facts = _changed(facts, params, errors)
        method = super().store(call, customer, facts, params, errors)
        self._verify(call, method, params, errors)
        return method

    def update(self, call: Call, method: W, facts: F | None, params: Params, errors: ErrorTree) -> W:
        """Change name, address, token and default; verify again if wanted."""
        changed = super().update(
            call, replace(method, facts=_changed(method.facts, params, errors)), facts, params, errors
        )
        if not errors and changed.token != method.token:
            for verification in call.work.where(CardVerification, "token", method.token):
                call.work.put(replace(verification, token=changed.token))
        self._verify(call, changed, params, errors)
        return changed

    def charge(self, facts: F, terms: SaleTerms) -> tuple[Authorisation, Checks | None]:
        """Return the issuer's result, as for any card."""
        fixed_result = facts.card.fixed_result
        result = authorisation.by_fixed_result(fixed_result) if fixed_result else authorisation.by_amount(terms.amount)
        return result, checks.check(terms.cvv, terms.billing)

    def _verify(self, call: Call, method: W, params: Params, errors: ErrorTree) -> None:
        if not flag(section(params, "options"), "verify_card"):
            return
        question = self.question(call, params, errors)
        if errors:
            return
        verification = card_verifications.verify(
            call, method.facts.card, question, token=method.token, customer_id=method.customer_id
        )
        if verification.status != "verified":
            raise RefusedError(
                card_verifications.message(verification),
                "verification",
                card_verifications.view(call, verification),
                replace(verification, token=None),
            )


def _changed(facts: F, params: Params, errors: ErrorTree) -> F:
    card = facts.card
    name = text(params, "cardholder_name")
    if name is not None:
        card = replace(card, cardholder_name=name)
    typed = section(params, "billing_address")
    if typed:
        card = replace(card, billing=addresses.read(typed, errors.under("billing_address")))
    return replace(facts, card=card)
