"""A browser's credentials: the fingerprint in a client token, or a tokenization key."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode

from braintree_sandbox.merchants import MERCHANTS, Merchant
from braintree_sandbox.wire.refusals import AuthenticationRefusedError

LIFETIME = timedelta(hours=24)
OPTIONS = (
    "make_default",
    "verify_card",
    "fail_on_duplicate_payment_method",
    "fail_on_duplicate_payment_method_for_customer",
)
"""The rules that a client token can set for the cards that are vaulted with it."""

# The environment, a part that is the key's own, and the merchant. The key is public, so any will do here.
_TOKENIZATION_KEY = re.compile(r"(?:sandbox|development)_[A-Za-z0-9]+_(?P<merchant>[A-Za-z0-9_]+)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A browser's merchant, customer and options; `validates` is the default of the option `validate`."""

    merchant_id: str
    validates: bool
    customer_id: str | None = None
    options: frozenset[str] = frozenset()


def fingerprint(merchant: Merchant, now: datetime, customer_id: str | None, options: frozenset[str]) -> str:
    """Return claims, signed with the merchant's private key."""
    claims = {"created_at": now.isoformat(), "merchant_id": merchant.id, "public_key": merchant.public_key}
    if customer_id is not None:
        claims["customer_id"] = customer_id
    claims |= {option: "true" for option in OPTIONS if option in options}
    body = urlencode(claims)
    return f"{_signature(merchant, body)}|{body}"


def read_fingerprint(proof: str, now: datetime) -> Credential:
    """Return the claims of a fingerprint. Raise AuthenticationRefusedError when it is forged or expired."""
    signature, _, body = proof.partition("|")
    claims = dict(parse_qsl(body))
    merchant = MERCHANTS.get(claims.get("merchant_id", ""))
    if merchant is None or not hmac.compare_digest(signature.encode(), _signature(merchant, body).encode()):
        raise AuthenticationRefusedError("The authorization fingerprint is invalid.")
    if now > datetime.fromisoformat(claims["created_at"]) + LIFETIME:
        raise AuthenticationRefusedError("The authorization fingerprint has expired.")
    return Credential(
        merchant_id=merchant.id,
        validates=True,
        customer_id=claims.get("customer_id"),
        options=frozenset(option for option in OPTIONS if option in claims),
    )


def read_tokenization_key(key: str) -> Credential:
    """Return the rights of a key such as `sandbox_abc123_integration_merchant_id`. Raise AuthenticationRefusedError."""
    match = _TOKENIZATION_KEY.match(key)
    if match is None or match["merchant"] not in MERCHANTS:
        raise AuthenticationRefusedError("The tokenization key is unknown.")
    return Credential(merchant_id=match["merchant"], validates=False)


def _signature(merchant: Merchant, body: str) -> str:
    return hmac.new(merchant.private_key.encode(), body.encode(), sha256).hexdigest()
