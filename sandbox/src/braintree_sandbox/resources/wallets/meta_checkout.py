"""Meta Checkout: a card or a network's token for it, charged once and never vaulted."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.passing import PassingCards
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts
from braintree_sandbox.state.records import value
from braintree_sandbox.vault.sample_cards import sample_card

_CONTAINER: dict[str, str | bool | None] = {"container_id": "container123", "prepaid": "No"}


@value("meta_checkout_card_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class MetaCheckoutCardFacts(WalletCardFacts):
    """A card by its number."""


@value("meta_checkout_token_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class MetaCheckoutTokenFacts(WalletCardFacts):
    """A card by the network's token."""


class MetaCheckoutCards(PassingCards[MetaCheckoutCardFacts]):
    """Cards that were typed at Meta."""

    name = "meta_checkout_card"
    plural = "meta_checkout_cards"
    element = "meta_checkout_card"
    nonce_type = "MetaCheckoutCard"
    facts = MetaCheckoutCardFacts

    def sample(self, *, number: str) -> MetaCheckoutCardFacts:
        """Return a card."""
        card = sample_card(number, cardholder_name="Meta Checkout Card Cardholder")
        return MetaCheckoutCardFacts(card=card, details=_CONTAINER | {"is_network_tokenized": False})


class MetaCheckoutTokens(PassingCards[MetaCheckoutTokenFacts]):
    """Network tokens that Meta holds."""

    name = "meta_checkout_token"
    plural = "meta_checkout_tokens"
    element = "meta_checkout_token"
    nonce_type = "MetaCheckoutToken"
    facts = MetaCheckoutTokenFacts

    def sample(self, *, number: str, **details: str | bool | None) -> MetaCheckoutTokenFacts:
        """Return a card with the cryptogram of its token."""
        card = sample_card(number, cardholder_name="Meta Checkout Token Cardholder")
        return MetaCheckoutTokenFacts(card=card, details=_CONTAINER | {"is_network_tokenized": True} | details)


META_CHECKOUT_CARDS = MetaCheckoutCards()
META_CHECKOUT_TOKENS = MetaCheckoutTokens()
