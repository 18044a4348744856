"""Visa Checkout."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.samples import with_address
from braintree_sandbox.resources.wallets.wallet import WalletMethod
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record, value


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

    def sample(self, *, number: str) -> VisaCheckoutFacts:
        """Return a card with an address."""
        return VisaCheckoutFacts(card=with_address(number, "Visa Checkout"), details={"call_id": "abc123"})


VISA_CHECKOUT_CARDS = VisaCheckoutCards()
