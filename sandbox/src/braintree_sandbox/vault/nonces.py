"""From a nonce to its details, for every caller; each caller has its own codes for errors."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from braintree_sandbox.call import Call
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.records.nonces import Nonce
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.vault import methods
from braintree_sandbox.vault.card_params import NUMBER_INVALID, checked
from braintree_sandbox.vault.kinds import Method
from braintree_sandbox.vault.known_nonces import CONSUMED, LUHN_INVALID, facts_of

LIFETIME = timedelta(hours=24)


class NonceCodes(NamedTuple):
    """The codes of one caller."""

    unknown: Code
    consumed: Code
    locked: Code


@dataclass(frozen=True, slots=True)
class Resolved:
    """The details of a nonce, or its vaulted method."""

    facts: object
    method: Method | None = None
    vaultable: bool = True


def resolve(call: Call, nonce: str, codes: NonceCodes, errors: ErrorTree, *, card_errors: ErrorTree) -> Resolved | None:
    """Use a nonce up; None after noting errors, those of a card number in `card_errors`."""
    known = facts_of(nonce)
    if known is not None:
        return Resolved(known)
    if nonce == LUHN_INVALID:
        card_errors.on("number", NUMBER_INVALID)
        return None
    made = call.work.get(Nonce, nonce)
    method = methods.find(call.work, made.token) if made else None
    if nonce == CONSUMED or (made is not None and made.consumed):
        errors.on("payment_method_nonce", codes.consumed)
    elif made is None or made.expires_at < call.now or (made.token is not None and method is None):
        errors.on("payment_method_nonce", codes.unknown)
    elif made.locked:
        errors.on("payment_method_nonce", codes.locked)
    else:
        facts = method.facts if method and made.facts is None else made.facts
        usable = checked(facts, card_errors) if isinstance(facts, CardFacts) else facts
        if usable is not None:
            call.work.put(replace(made, consumed=True))
            return Resolved(usable, method, made.vaultable)
    return None


def issue(call: Call, kind: str, *, facts: object = None, token: str | None = None) -> Nonce:
    """Return a new nonce for details or for a vaulted method."""
    return call.work.put(
        Nonce(
            nonce=ids.nonce(kind),
            created_at=call.now,
            expires_at=call.now + LIFETIME,
            facts=facts,
            token=token,
        )
    )
