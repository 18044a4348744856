"""Amex Express Checkout."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.wallet import WalletMethod
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record, value
from braintree_sandbox.vault.sample_cards import sample_card


@value("amex_express_checkout_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class AmexExpressCheckoutFacts(WalletCardFacts):
    """An American Express card, and in `details` the member's own."""


@record("amex_express_checkout_card", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class AmexExpressCheckoutCard(WalletMethod[AmexExpressCheckoutFacts]):
    """An Amex Express Checkout card in the vault."""


class AmexExpressCheckoutCards(WalletCards[AmexExpressCheckoutFacts, AmexExpressCheckoutCard]):
    """Cards that are paid with by Amex Express Checkout."""

    name = "amex_express_checkout_card"
    plural = "amex_express_checkout_cards"
    element = "amex_express_checkout_card"
    nonce_type = "AmexExpressCheckoutCard"
    facts = AmexExpressCheckoutFacts
    record = AmexExpressCheckoutCard

    def sample(self, *, number: str) -> AmexExpressCheckoutFacts:
        """Return a card; the member's own has the same digits and expiry."""
        card = sample_card(number)
        details: dict[str, str | bool | None] = {
            "card_member_number": number[-4:],
            "card_member_expiry_date": f"{card.expiration_month}/{card.expiration_year[-2:]}",
            "source_description": f"AmEx {number[-4:]}",
        }
        return AmexExpressCheckoutFacts(card=card, details=details)


AMEX_EXPRESS_CHECKOUT_CARDS = AmexExpressCheckoutCards()
