"""Amex Express Checkout."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.wallet import WalletMethod
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record, value
from braintree_sandbox.vault.kinds import register
from braintree_sandbox.vault.known_nonces import register as register_nonces
from braintree_sandbox.vault.known_nonces import sample_card


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


AMEX_EXPRESS_CHECKOUT_CARDS = AmexExpressCheckoutCards()
register(AMEX_EXPRESS_CHECKOUT_CARDS)


def _facts() -> AmexExpressCheckoutFacts:
    card = sample_card("378282246310005")
    return AmexExpressCheckoutFacts(
        card=card,
        details={
            "card_member_number": card.number[-4:],
            "card_member_expiry_date": f"{card.expiration_month}/{card.expiration_year[-2:]}",
            "source_description": f"AmEx {card.number[-4:]}",
        },
    )


register_nonces({"fake-amex-express-checkout-nonce": _facts})
