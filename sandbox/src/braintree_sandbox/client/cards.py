"""Tokenizing a card, by whichever of the two ways it was sent."""

from dataclasses import dataclass, replace

from braintree_sandbox.client.call import ClientCall
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.records.nonces import Nonce
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.cards import CARDS
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.validation.params import flag, section
from braintree_sandbox.vault import nonces
from braintree_sandbox.vault.card_params import read_card, read_unchecked
from braintree_sandbox.wire.values import Params


@dataclass(frozen=True, slots=True)
class TokenizedCard:
    """A nonce, and the card that it stands for."""

    nonce: Nonce
    facts: CardFacts


def tokenize_card(client: ClientCall, card: Params, options: Params) -> TokenizedCard:
    """Return a nonce for a typed card; with a customer's client token the card is vaulted first.

    Raise InvalidError under `credit_card`, and RefusedError when the vault demands a verification that fails.
    """
    validate = flag(options, "validate") if "validate" in options else client.credential.validates
    if not validate:
        facts = replace(read_unchecked(card), billing=addresses.read(section(card, "billing_address"), ErrorTree()))
        return TokenizedCard(nonces.issue(client.call, "cc", facts=facts), facts)
    errors = ErrorTree()
    here = errors.under("credit_card")
    facts = read_card(card, here)
    facts = replace(facts, billing=addresses.read(section(card, "billing_address"), here.under("billing_address")))
    token = None if errors else _vaulted(client, facts, here)
    if errors:
        raise InvalidError(errors)
    return TokenizedCard(nonces.issue(client.call, "cc", facts=None if token else facts, token=token), facts)


def _vaulted(client: ClientCall, facts: CardFacts, errors: ErrorTree) -> str | None:
    """Return the token of the customer's new card, if the browser is a customer's."""
    customer = client.customer()
    if customer is None:
        return None
    options: Params = dict.fromkeys(client.credential.options, True)
    return CARDS.store(client.call, customer, facts, {"options": options}, errors).token
