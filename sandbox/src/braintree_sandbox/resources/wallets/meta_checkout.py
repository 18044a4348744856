"""Meta Checkout: a card or a network's token for it, charged once and never vaulted."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.passing import PassingCards
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts
from braintree_sandbox.state.records import value
from braintree_sandbox.vault.kinds import register
from braintree_sandbox.vault.known_nonces import register as register_nonces
from braintree_sandbox.vault.known_nonces import sample_card

_NUMBER = "4012888888881881"
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


class MetaCheckoutTokens(PassingCards[MetaCheckoutTokenFacts]):
    """Network tokens that Meta holds."""

    name = "meta_checkout_token"
    plural = "meta_checkout_tokens"
    element = "meta_checkout_token"
    nonce_type = "MetaCheckoutToken"
    facts = MetaCheckoutTokenFacts


register(MetaCheckoutCards(), vaulted=False)
register(MetaCheckoutTokens(), vaulted=False)


def _card() -> MetaCheckoutCardFacts:
    return MetaCheckoutCardFacts(
        card=sample_card(_NUMBER, cardholder_name="Meta Checkout Card Cardholder"),
        details=_CONTAINER | {"is_network_tokenized": False},
    )


def _token() -> MetaCheckoutTokenFacts:
    return MetaCheckoutTokenFacts(
        card=sample_card(_NUMBER, cardholder_name="Meta Checkout Token Cardholder"),
        details=_CONTAINER
        | {"is_network_tokenized": True, "cryptogram": "AlhlvxmN2ZKuAAESNFZ4GoABFA==", "ecommerce_indicator": "07"},
    )


register_nonces({"fake-meta-checkout-card-nonce": _card, "fake-meta-checkout-token-nonce": _token})
