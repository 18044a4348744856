"""Masterpass."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.samples import with_address
from braintree_sandbox.resources.wallets.wallet import WalletMethod
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record, value
from braintree_sandbox.vault.kinds import register
from braintree_sandbox.vault.known_nonces import register as register_nonces


@value("masterpass_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class MasterpassFacts(WalletCardFacts):
    """A card in Masterpass."""


@record("masterpass_card", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class MasterpassCard(WalletMethod[MasterpassFacts]):
    """A card in Masterpass in the vault."""


class MasterpassCards(WalletCards[MasterpassFacts, MasterpassCard]):
    """Cards that are paid with by Masterpass."""

    name = "masterpass_card"
    plural = "masterpass_cards"
    element = "masterpass_card"
    nonce_type = "MasterpassCard"
    facts = MasterpassFacts
    record = MasterpassCard


MASTERPASS_CARDS = MasterpassCards()
register(MASTERPASS_CARDS)


def _facts(number: str) -> MasterpassFacts:
    return MasterpassFacts(card=with_address(number, "Masterpass"))


register_nonces(
    {
        "fake-masterpass-amex-nonce": lambda: _facts("378282246310005"),
        "fake-masterpass-discover-nonce": lambda: _facts("6011111111111117"),
        "fake-masterpass-mastercard-nonce": lambda: _facts("5555555555554444"),
        "fake-masterpass-visa-nonce": lambda: _facts("4012888888881881"),
    }
)
