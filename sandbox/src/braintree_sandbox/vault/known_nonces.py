"""Braintree's test nonces: each may be used any number of times and always stands for the same payment method."""

from dataclasses import replace
from functools import cache
from hashlib import blake2b
from typing import Any

from braintree_sandbox import data
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.vault.kinds import kind_named

CONSUMED = "fake-consumed-nonce"
LUHN_INVALID = "fake-luhn-invalid-nonce"


def facts_of(nonce: str) -> object | None:
    """Return the details that a test nonce stands for; None where it is not one, or one that can't be used."""
    if nonce not in _known():
        return None
    kind, fields = _known()[nonce]
    facts: object = kind_named(kind).sample(**fields)
    if isinstance(facts, CardFacts) and facts.three_d_secure:
        return replace(facts, three_d_secure_id=blake2b(nonce.encode(), digest_size=8).hexdigest())
    return facts


@cache
def _known() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the kind and the fields of each nonce."""
    kinds = data.toml("known_nonces").items()
    return {nonce: (kind, fields) for kind, nonces in kinds for nonce, fields in nonces.items()}
