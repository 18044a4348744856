"""Secrets of clients: random, shown once, and kept as their digests."""

import secrets
from collections.abc import Iterable
from hashlib import sha256

_PREFIX = "bpcs_"  # by which scanners of repositories can find one that leaked
_BYTES = 32


def new_secret() -> str:
    """Return a secret of 256 random bits."""
    return f"{_PREFIX}{secrets.token_urlsafe(_BYTES)}"


def digest_of(secret: str) -> bytes:
    """Return the digest of a secret: no list of guesses finds 256 random bits, so a slow hash would protect nothing."""
    return sha256(secret.encode(errors="replace")).digest()


def is_one_of(secret: str, digests: Iterable[bytes]) -> bool:
    """Return whether a secret has one of these digests, in a time that does not tell how much of one is right."""
    given = digest_of(secret)
    return any(secrets.compare_digest(given, digest) for digest in digests)
