"""Samsung Pay."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.wallet import WalletMethod
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record, value
from braintree_sandbox.vault.kinds import register
from braintree_sandbox.vault.known_nonces import register as register_nonces
from braintree_sandbox.vault.known_nonces import sample_card


@value("samsung_pay_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class SamsungPayFacts(WalletCardFacts):
    """A card in Samsung Pay, in `details` the last digits of the plastic one."""


@record("samsung_pay_card", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class SamsungPayCard(WalletMethod[SamsungPayFacts]):
    """A card in Samsung Pay in the vault."""


class SamsungPayCards(WalletCards[SamsungPayFacts, SamsungPayCard]):
    """Cards that are paid with by Samsung Pay."""

    name = "samsung_pay_card"
    plural = "samsung_pay_cards"
    element = "samsung_pay_card"
    nonce_type = "SamsungPayCard"
    facts = SamsungPayFacts
    record = SamsungPayCard


SAMSUNG_PAY_CARDS = SamsungPayCards()
register(SAMSUNG_PAY_CARDS)


def _facts(number: str) -> SamsungPayFacts:
    return SamsungPayFacts(card=sample_card(number), details={"source_card_last_4": number[-4:]})


register_nonces(
    {
        "tokensam_fake_american_express": lambda: _facts("378282246310005"),
        "tokensam_fake_discover": lambda: _facts("6011111111111117"),
        "tokensam_fake_mastercard": lambda: _facts("5555555555554444"),
        "tokensam_fake_visa": lambda: _facts("4012888888881881"),
    }
)
