"""Samsung Pay."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.wallet import WalletMethod
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record, value
from braintree_sandbox.vault.sample_cards import sample_card


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

    def sample(self, *, number: str) -> SamsungPayFacts:
        """Return a card; the plastic one ends in the same digits."""
        return SamsungPayFacts(card=sample_card(number), details={"source_card_last_4": number[-4:]})


SAMSUNG_PAY_CARDS = SamsungPayCards()
