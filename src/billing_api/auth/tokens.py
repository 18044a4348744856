"""Access tokens: JWTs of at most fifteen minutes (RFC 9068), signed by ES256 and by nothing else.

The only importer of `jose`. The rules of refusal are those of RFC 8725; tests/auth/test_tokens.py tries each of them.
"""

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from jose import jws
from jose.backends.base import Key
from jose.backends.cryptography_backend import CryptographyECKey  # not the slow pure-Python one: the extra is needed
from jose.constants import ALGORITHMS
from jose.exceptions import JOSEError
from pydantic import BaseModel, ConfigDict, ValidationError

from billing_api.auth.caller import Caller, Role
from billing_api.auth.errors import InvalidTokenError, TokenExpiredError
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id

ALGORITHM = ALGORITHMS.ES256
TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068's name of the type

_COMPACT_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_MAX_LENGTH = 2048
_HEADERS = {"alg", "typ", "kid"}  # so no `jku`, `x5u`, `jwk`: a token does not bring its own key
_CLOCK_SKEW_SECONDS = 5  # between the machines that issue and the machines that verify
_CACHED_TOKENS = 4096
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

    def sign(self, claims: dict[str, Any], *, token_type: str = TOKEN_TYPE) -> str:
        """Return the claims as a signed token."""
        headers = {"typ": token_type, "kid": self._signing.kid}
        return jws.sign(claims, self._signing.private, headers=headers, algorithm=ALGORITHM)

    def verify(self, token: str, *, token_type: str = TOKEN_TYPE) -> bytes:
        """Return the payload of a token of this type that one of these keys signed. Raise InvalidTokenError."""
        if len(token) > _MAX_LENGTH or not _COMPACT_FORM.fullmatch(token):
            raise InvalidTokenError
        try:
            header = jws.get_unverified_header(token)
            if header.keys() != _HEADERS or header["alg"] != ALGORITHM or header["typ"] != token_type:
                raise InvalidTokenError
            key = self._by_kid.get(header["kid"])
            if key is None:
                raise InvalidTokenError
            return jws.verify(token, key.public, algorithms=[ALGORITHM])
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
        private: Key = CryptographyECKey(texts, ALGORITHM)
        public = private.public_key()
    except (JOSEError, ValueError):
        raise SigningKeysError(f"the key {place} of SIGNING_KEYS is damaged") from None
    return _RingKey(texts["kid"], private, public, {**public.to_dict(), "kid": texts["kid"], "use": "sig"})


def _new_private_jwk() -> dict[str, str]:
    key: Key = CryptographyECKey(ec.generate_private_key(ec.SECP256R1()), ALGORITHM)
    return {**key.to_dict(), "kid": str(new_id()), "use": "sig"}


def times_of_token(now: datetime, end: datetime) -> dict[str, float]:
    """Return the claims `iat`, `nbf` and `exp` of a token that is issued now and holds until `end`."""
    # Its millisecond, never rounded up: a revocation that follows in the same one must not seem to be earlier.
    issued_at = now.replace(microsecond=now.microsecond // 1000 * 1000).timestamp()
    # RFC 7519 allows fractions; a revocation of the same second needs them.
    return {"iat": issued_at, "nbf": int(now.timestamp()), "exp": int(end.timestamp())}


def require_current(now: datetime, not_before: int, expires_at: int, lifetime: timedelta) -> None:
    """Raise TokenExpiredError, or InvalidTokenError for a token of another time than ours have."""
    seconds = now.timestamp()
    if seconds >= expires_at:
        raise TokenExpiredError
    latest = seconds + _CLOCK_SKEW_SECONDS
    # None of ours ends later than that; and a revocation is forgotten after a token's life.
    if latest < not_before or latest + lifetime.total_seconds() < expires_at:
        raise InvalidTokenError


class _Claims(BaseModel):
    """The claims of every access token; strict, so that no value is taken for another."""

    model_config = ConfigDict(strict=True)

    iss: str
    aud: str
    sub: UUID
    exp: int
    nbf: int
    iat: float
    jti: UUID
    account: UUID
    sid: UUID
    role: Role


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A verified token; times are seconds since the epoch."""

    caller: Caller
    issued_at: float
    not_before: int
    expires_at: int

    @property
    def family_id(self) -> UUID:
        """The session, whose end ends the token."""
        return self.caller.session_id

    @property
    def holder_id(self) -> UUID:
        """The user, whose earlier tokens a revocation ends."""
        return self.caller.user_id


class AccessTokens:
    """Issue access tokens and verify them."""

    def __init__(self, keys: KeyRing, clock: Clock, *, issuer: str, audience: str, lifetime: timedelta) -> None:
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self.lifetime = lifetime
        # A refused token is not remembered: lru_cache keeps no exceptions.
        self._verified: Callable[[str], AccessToken] = lru_cache(_CACHED_TOKENS)(self._verify)

    def issue(self, caller: Caller, *, session_end: datetime | None = None) -> str:
        """Return a token for one user on one account in one session, which it does not outlive."""
        end = self._clock.now() + self.lifetime
        times = times_of_token(self._clock.now(), min(end, session_end or end))
        return self._keys.sign(
            {
                "iss": self._issuer,
                "aud": self._audience,
                "sub": str(caller.user_id),
                **times,
                "jti": str(new_id()),
                "account": str(caller.account_id),
                "sid": str(caller.session_id),
                "role": caller.role,
            }
        )

    def verify(self, token: str) -> AccessToken:
        """Return the claims of a token that holds now, revoked or not.

        Raise InvalidTokenError, TokenExpiredError.
        """
        access = self._verified(token)
        require_current(self._clock.now(), access.not_before, access.expires_at, self.lifetime)
        return access

    def identify(self, token: str) -> Caller:
        """Return the caller of a token that we signed, expired or not. Raise InvalidTokenError."""
        return self._verified(token).caller

    def _verify(self, token: str) -> AccessToken:
        try:
            claims = _Claims.model_validate_json(self._keys.verify(token))
        except ValidationError as error:
            raise InvalidTokenError from error
        if claims.iss != self._issuer or claims.aud != self._audience:
            raise InvalidTokenError
        caller = Caller(account_id=claims.account, user_id=claims.sub, session_id=claims.sid, role=claims.role)
        return AccessToken(caller, claims.iat, claims.nbf, claims.exp)
