"""The access tokens of partners' clients: signed by the same keys as those of users, and never taken for one.

They have a type and an audience of their own, and each is enough to tell them apart (RFC 8725, 3.11 and 3.9).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from billing_api.auth.caller import Client
from billing_api.auth.errors import InvalidTokenError
from billing_api.auth.keys import KeyRing
from billing_api.auth.scopes import SCOPES, Scope
from billing_api.auth.tokens import require_current, times_of_token
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id

PARTNER_TOKEN_TYPE = "client-at+jwt"  # noqa: S105 - the name of a type
_OF_PARTNERS = "/partners"  # behind the audience of users' tokens
_CACHED_TOKENS = 512


class _Claims(BaseModel):
    """The claims of every token of a client; strict, so that no value is taken for another."""

    model_config = ConfigDict(strict=True)

    iss: str
    aud: str
    sub: UUID
    exp: int
    nbf: int
    iat: float
    jti: UUID
    scope: str


@dataclass(frozen=True, slots=True)
class PartnerToken:
    """A verified token; times are seconds since the epoch."""

    client: Client
    issued_at: float
    not_before: int
    expires_at: int

    @property
    def family_id(self) -> UUID:
        """The token itself, which can be revoked alone."""
        return self.client.token_id

    @property
    def holder_id(self) -> UUID:
        """The client, whose earlier tokens a revocation ends."""
        return self.client.client_id


class PartnerTokens:
    """Issue the tokens of clients and verify them."""

    def __init__(self, keys: KeyRing, clock: Clock, *, issuer: str, audience: str, lifetime: timedelta) -> None:
        """Take the audience of users' tokens."""
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._audience = audience + _OF_PARTNERS
        self.lifetime = lifetime
        # A refused token is not remembered: lru_cache keeps no exceptions.
        self._verified: Callable[[str], PartnerToken] = lru_cache(_CACHED_TOKENS)(self._verify)

    def issue(self, client_id: UUID, scopes: frozenset[Scope]) -> str:
        """Return a token of a client with these scopes."""
        now = self._clock.now()
        return self._keys.sign(
            {
                "iss": self._issuer,
                "aud": self._audience,
                "sub": str(client_id),
                **times_of_token(now, now + self.lifetime),
                "jti": str(new_id()),
                "client_id": str(client_id),  # RFC 9068, 2.2
                "scope": words_of(scopes),
            },
            token_type=PARTNER_TOKEN_TYPE,
        )

    def verify(self, token: str) -> PartnerToken:
        """Return the claims of a token that holds now, revoked or not. Raise InvalidTokenError, TokenExpiredError."""
        access = self._verified(token)
        require_current(self._clock.now(), access.not_before, access.expires_at, self.lifetime)
        return access

    def identify(self, token: str) -> PartnerToken:
        """Return the claims of a token that we signed, expired or not. Raise InvalidTokenError."""
        return self._verified(token)

    def _verify(self, token: str) -> PartnerToken:
        try:
            claims = _Claims.model_validate_json(self._keys.verify(token, token_type=PARTNER_TOKEN_TYPE))
        except ValidationError as error:
            raise InvalidTokenError from error
        if claims.iss != self._issuer or claims.aud != self._audience:
            raise InvalidTokenError
        client = Client(client_id=claims.sub, token_id=claims.jti, scopes=scopes_in(claims.scope))
        return PartnerToken(client, claims.iat, claims.nbf, claims.exp)


def words_of(scopes: frozenset[Scope]) -> str:
    """Return scopes as RFC 6749, 3.3 writes them: with spaces between them, in the order of the documentation."""
    return " ".join(scope for scope in SCOPES if scope in scopes)


def scopes_in(words: str) -> frozenset[Scope]:
    """Return those of the words that are scopes; one that a release took away allows nothing."""
    given = set(words.split(" "))
    return frozenset(scope for scope in SCOPES if scope in given)
