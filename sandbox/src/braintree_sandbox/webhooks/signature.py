"""Signatures as Braintree's clients check them: HMAC-SHA1, keyed by the SHA1 of the private key."""

import hashlib
import hmac

from braintree_sandbox.merchants import Merchant


def signed(merchant: Merchant, content: str) -> str:
    """Return `public key|signature` of a payload, or of a challenge."""
    # Both digests are Braintree's protocol, not a choice of ours.
    key = hashlib.sha1(merchant.private_key.encode(), usedforsecurity=False).digest()
    return f"{merchant.public_key}|{hmac.new(key, content.encode(), hashlib.sha1).hexdigest()}"


def form(merchant: Merchant, payload: str, *, bad_signature: bool = False) -> dict[str, str]:
    """Return the two fields of a webhook's form; a bad signature is one of something else."""
    return {"bt_signature": signed(merchant, f"not {payload}" if bad_signature else payload), "bt_payload": payload}
