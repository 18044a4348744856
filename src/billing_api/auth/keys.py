"""The keys that sign tokens: private ES256 JWKs; the first one signs, and all verify. The only importer of `jose`."""

import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from jose import jws
from jose.backends.base import Key
from jose.backends.cryptography_backend import CryptographyECKey  # not the slow pure-Python one: the extra is needed
from jose.constants import ALGORITHMS
from jose.exceptions import JOSEError

from billing_api.auth.errors import InvalidTokenError
from billing_api.kit.ids import new_id

_ALGORITHM = ALGORITHMS.ES256
_COMPACT_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_MAX_LENGTH = 2048
_HEADERS = {"alg", "typ", "kid"}  # so no `jku`, `x5u`, `jwk`: a token does not bring its own key
_KEY_MEMBERS = {"kid", "kty", "crv", "x", "y", "d"}


class SigningKeysError(ValueError):
    """SIGNING_KEYS can't be used; the message never quotes a key."""


@dataclass(frozen=True, slots=True)
class _RingKey:
    kid: str
    private: Key
    public: Key
    published: dict[str, str]


class KeyRing:
    """The signing key, the next one, and the one before, which verifies until its tokens have expired."""

    def __init__(self, private_jwks: str) -> None:
        """Take a JSON list of private JWKs, the signing one first, at least two. Raise SigningKeysError."""
        keys = [_ring_key(jwk, place) for place, jwk in enumerate(_jwks_of(private_jwks), 1)]
        if len(keys) < 2:
            raise SigningKeysError("SIGNING_KEYS needs two keys at least, so that they can be rotated")
        self._by_kid = {key.kid: key for key in keys}
        if len(self._by_kid) != len(keys):
            raise SigningKeysError("SIGNING_KEYS has two keys with the same `kid`")
        if len({key.published["x"] for key in keys}) != len(keys):
            raise SigningKeysError("SIGNING_KEYS has the same key twice, so that a rotation would change nothing")
        self._signing = keys[0]

    def sign(self, claims: dict[str, Any], *, token_type: str) -> str:
        """Return the claims as a signed token of this type."""
        headers = {"typ": token_type, "kid": self._signing.kid}
        return jws.sign(claims, self._signing.private, headers=headers, algorithm=_ALGORITHM)

    def verify(self, token: str, *, token_type: str) -> bytes:
        """Return the payload of a token of this type that one of these keys signed. Raise InvalidTokenError."""
        if len(token) > _MAX_LENGTH or not _COMPACT_FORM.fullmatch(token):
            raise InvalidTokenError
        try:
            header = jws.get_unverified_header(token)
            if header.keys() != _HEADERS or header["alg"] != _ALGORITHM or header["typ"] != token_type:
                raise InvalidTokenError
            key = self._by_kid.get(header["kid"])
            if key is None:
                raise InvalidTokenError
            return jws.verify(token, key.public, algorithms=[_ALGORITHM])
        except (JOSEError, TypeError, RecursionError) as error:  # jose lets some errors of json and of types through
            raise InvalidTokenError from error

    def derive(self, purpose: str) -> bytes:
        """Return 256 bits that follow from the signing key and a purpose, and tell nothing of the key."""
        secret = str(self._signing.private.to_dict()["d"])
        return hmac.digest(secret.encode(), purpose.encode(), "sha256")

    def published(self) -> list[dict[str, str]]:
        """Return the public keys as JWKs (RFC 7517)."""
        return [key.published for key in self._by_kid.values()]


def new_keys(present: str = "") -> str:
    """Return a new value of SIGNING_KEYS: two keys, or the present ones rotated by one.

    After a rotation the second key signs, a new one is the next, and the first verifies the tokens that it signed.
    Every process knows a key before it signs, so no token is refused while processes restart one by one.
    """
    if not present:
        return json.dumps([_new_private_jwk(), _new_private_jwk()])
    KeyRing(present)
    first, second, *_ = _jwks_of(present)
    return json.dumps([second, _new_private_jwk(), first])


def _jwks_of(text: str) -> list[dict[str, Any]]:
    try:
        jwks = json.loads(text)
    except (ValueError, RecursionError):
        raise SigningKeysError("SIGNING_KEYS is not JSON") from None
    if not isinstance(jwks, list) or not all(isinstance(jwk, dict) for jwk in jwks):
        raise SigningKeysError("SIGNING_KEYS is not a JSON list of JWKs")
    return jwks


def _ring_key(jwk: dict[str, Any], place: int) -> _RingKey:
    texts = {name: value for name, value in jwk.items() if name in _KEY_MEMBERS and isinstance(value, str) and value}
    if texts.keys() != _KEY_MEMBERS or texts["crv"] != "P-256":
        raise SigningKeysError("each of SIGNING_KEYS must be a private P-256 JWK with a `kid`")
    try:
        private: Key = CryptographyECKey(texts, _ALGORITHM)
        public = private.public_key()
    except (JOSEError, ValueError):
        raise SigningKeysError(f"the key {place} of SIGNING_KEYS is damaged") from None
    return _RingKey(texts["kid"], private, public, {**public.to_dict(), "kid": texts["kid"], "use": "sig"})


def _new_private_jwk() -> dict[str, str]:
    key: Key = CryptographyECKey(ec.generate_private_key(ec.SECP256R1()), _ALGORITHM)
    return {**key.to_dict(), "kid": str(new_id()), "use": "sig"}
