"""Visa Checkout."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.samples import with_address
from braintree_sandbox.resources.wallets.wallet import WalletMethod
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record, value
from braintree_sandbox.vault.kinds import register
from braintree_sandbox.vault.known_nonces import register as register_nonces


@value("visa_checkout_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class VisaCheckoutFacts(WalletCardFacts):
    """A card in Visa Checkout."""


@record("visa_checkout_card", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class VisaCheckoutCard(WalletMethod[VisaCheckoutFacts]):
    """A card in Visa Checkout in the vault."""


class VisaCheckoutCards(WalletCards[VisaCheckoutFacts, VisaCheckoutCard]):
    """Cards that are paid with by Visa Checkout."""

    name = "visa_checkout_card"
    plural = "visa_checkout_cards"
    element = "visa_checkout_card"
    nonce_type = "VisaCheckoutCard"
    facts = VisaCheckoutFacts
    record = VisaCheckoutCard


VISA_CHECKOUT_CARDS = VisaCheckoutCards()
register(VISA_CHECKOUT_CARDS)


def _facts(number: str) -> VisaCheckoutFacts:
    return VisaCheckoutFacts(card=with_address(number, "Visa Checkout"), details={"call_id": "abc123"})


register_nonces(
    {
        "fake-visa-checkout-amex-nonce": lambda: _facts("378282246310005"),
        "fake-visa-checkout-discover-nonce": lambda: _facts("6011111111111117"),
        "fake-visa-checkout-mastercard-nonce": lambda: _facts("5555555555554444"),
        "fake-visa-checkout-visa-nonce": lambda: _facts("4012888888881881"),
    }
)
