"""Refresh tokens: random ones for sign-ins, and those that follow from them by a salt; digests alone are stored."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

_BYTES = 32
_PREFIX = "rt_"  # for scanners that look for leaked secrets


def new_token() -> str:
    """Return a token of 256 random bits."""
    return f"{_PREFIX}{secrets.token_urlsafe(_BYTES)}"


def new_salt() -> bytes:
    """Return a salt from which the successor of a token follows."""
    return secrets.token_bytes(_BYTES)


def successor_of(token: str, salt: bytes) -> str:
    """Return the token that follows another: with the old one it is found again, and with the salt alone it is not."""
    following = hmac.digest(token.encode(errors="replace"), salt, sha256)
    return f"{_PREFIX}{urlsafe_b64encode(following).rstrip(b'=').decode()}"


def digest_of(token: str) -> bytes:
    """Return the digest of a token; 256 random bits need no slow hash."""
    return sha256(token.encode(errors="replace")).digest()
