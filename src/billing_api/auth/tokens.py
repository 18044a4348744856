"""Access tokens: JWTs of at most fifteen minutes (RFC 9068), signed by ES256 and by nothing else.

The rules of refusal are those of RFC 8725; tests/auth/test_tokens.py tries each of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from billing_api.auth.caller import Caller, Role
from billing_api.auth.errors import InvalidTokenError, TokenExpiredError
from billing_api.auth.keys import KeyRing
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id

TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068's name of the type

_CLOCK_SKEW_SECONDS = 5  # between the machines that issue and the machines that verify
_CACHED_TOKENS = 4096


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
            },
            token_type=TOKEN_TYPE,
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
            claims = _Claims.model_validate_json(self._keys.verify(token, token_type=TOKEN_TYPE))
        except ValidationError as error:
            raise InvalidTokenError from error
        if claims.iss != self._issuer or claims.aud != self._audience:
            raise InvalidTokenError
        caller = Caller(account_id=claims.account, user_id=claims.sub, session_id=claims.sid, role=claims.role)
        return AccessToken(caller, claims.iat, claims.nbf, claims.exp)
