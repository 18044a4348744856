"""Masterpass."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.samples import with_address
from braintree_sandbox.resources.wallets.wallet import WalletMethod
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record, value


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

    def sample(self, *, number: str) -> MasterpassFacts:
        """Return a card with an address."""
        return MasterpassFacts(card=with_address(number, "Masterpass"))


MASTERPASS_CARDS = MasterpassCards()
