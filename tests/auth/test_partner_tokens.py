"""Tokens of partners' clients: those that are accepted, and that a user's token is never taken for one, nor back."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from billing_api.auth.caller import Caller
from billing_api.auth.errors import InvalidTokenError, TokenExpiredError
from billing_api.auth.keys import KeyRing, new_keys
from billing_api.auth.partner_tokens import PARTNER_TOKEN_TYPE, PartnerTokens, scopes_in, words_of
from billing_api.auth.tokens import TOKEN_TYPE, AccessTokens
from tests.factories.clock import MovableClock
from tests.factories.tokens import es256, hs256, private_key, token, unsigned

KEYS = new_keys()
ISSUER, AUDIENCE = "https://billing.example.com", "billing-api"
CLIENT_ID = uuid4()
SCOPES = scopes_in("payments:read payments:write")
SIGNING_JWK: dict[str, str] = json.loads(KEYS)[0]
GENUINE = es256(private_key(SIGNING_JWK))
HEADER = {"alg": "ES256", "typ": PARTNER_TOKEN_TYPE, "kid": SIGNING_JWK["kid"]}
CALLER = Caller(account_id=uuid4(), user_id=uuid4(), session_id=uuid4(), role="owner")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def tokens(clock: MovableClock) -> PartnerTokens:
    return PartnerTokens(KeyRing(KEYS), clock, issuer=ISSUER, audience=AUDIENCE, lifetime=timedelta(minutes=15))


@pytest.fixture
def of_users(clock: MovableClock) -> AccessTokens:
    return AccessTokens(KeyRing(KEYS), clock, issuer=ISSUER, audience=AUDIENCE, lifetime=timedelta(minutes=15))


@pytest.fixture
def claims(clock: MovableClock) -> dict[str, Any]:
    """The claims of a token that is accepted."""
    now = int(clock.now().timestamp())
    return {
        "iss": ISSUER,
        "aud": f"{AUDIENCE}/partners",
        "sub": str(CLIENT_ID),
        "exp": now + 900,
        "nbf": now,
        "iat": now,
        "jti": str(uuid4()),
        "client_id": str(CLIENT_ID),
        "scope": "payments:read",
    }


def test_a_token_names_its_client_and_scopes(tokens: PartnerTokens) -> None:
    client = tokens.verify(tokens.issue(CLIENT_ID, SCOPES)).client
    assert (client.client_id, client.scopes) == (CLIENT_ID, SCOPES)


def test_a_hand_made_token_is_accepted(tokens: PartnerTokens, claims: dict[str, Any]) -> None:
    """The control: each refusal below differs from this token in one thing."""
    assert tokens.verify(token(HEADER, claims, GENUINE)).client.scopes == {"payments:read"}


def test_it_ends_after_fifteen_minutes(tokens: PartnerTokens, clock: MovableClock) -> None:
    issued = tokens.issue(CLIENT_ID, SCOPES)
    clock.forward(minutes=14, seconds=58)
    tokens.verify(issued)
    clock.forward(seconds=2)
    with pytest.raises(TokenExpiredError):
        tokens.verify(issued)


def test_a_users_token_is_none(tokens: PartnerTokens, of_users: AccessTokens) -> None:
    with pytest.raises(InvalidTokenError):
        tokens.verify(of_users.issue(CALLER))


def test_it_is_no_users_token(tokens: PartnerTokens, of_users: AccessTokens) -> None:
    with pytest.raises(InvalidTokenError):
        of_users.verify(tokens.issue(CLIENT_ID, SCOPES))


def test_the_type_alone_tells_them_apart(tokens: PartnerTokens, of_users: AccessTokens, claims: dict[str, Any]) -> None:
    """Each with all claims of both: the type in the head decides."""
    both = claims | {"account": str(uuid4()), "sid": str(uuid4()), "role": "owner"}
    with pytest.raises(InvalidTokenError):
        tokens.verify(token(HEADER | {"typ": TOKEN_TYPE}, both, GENUINE))
    with pytest.raises(InvalidTokenError):
        of_users.verify(token(HEADER, both | {"aud": AUDIENCE}, GENUINE))


def test_the_audience_alone_tells_them_apart(
    tokens: PartnerTokens, of_users: AccessTokens, claims: dict[str, Any]
) -> None:
    both = claims | {"account": str(uuid4()), "sid": str(uuid4()), "role": "owner"}
    with pytest.raises(InvalidTokenError):
        tokens.verify(token(HEADER, both | {"aud": AUDIENCE}, GENUINE))
    with pytest.raises(InvalidTokenError):
        of_users.verify(token(HEADER | {"typ": TOKEN_TYPE}, both, GENUINE))


@pytest.mark.parametrize("absent", ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "scope"])
def test_an_absent_claim(tokens: PartnerTokens, claims: dict[str, Any], absent: str) -> None:
    del claims[absent]
    with pytest.raises(InvalidTokenError):
        tokens.verify(token(HEADER, claims, GENUINE))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://evil.example.com"),
        ("aud", ["billing-api/partners"]),
        ("sub", "erp"),
        ("scope", ["payments:write"]),
        ("scope", None),
        ("jti", 1),
        ("exp", "2099-01-01"),
        ("exp", 99_999_999_999),
        ("nbf", 99_999_999_999),
    ],
)
def test_a_wrong_claim(tokens: PartnerTokens, claims: dict[str, Any], claim: str, value: object) -> None:
    with pytest.raises(InvalidTokenError):
        tokens.verify(token(HEADER, claims | {claim: value}, GENUINE))


def test_another_signature(tokens: PartnerTokens, claims: dict[str, Any]) -> None:
    for sign in (es256(ec.generate_private_key(ec.SECP256R1())), unsigned, hs256(b"")):
        with pytest.raises(InvalidTokenError):
            tokens.verify(token(HEADER, claims, sign))


def test_an_unknown_scope_allows_nothing(tokens: PartnerTokens, claims: dict[str, Any]) -> None:
    """Such as one that a later release has, after a rollback."""
    signed = token(HEADER, claims | {"scope": "payments:read everything payments:* PAYMENTS:WRITE"}, GENUINE)
    assert tokens.verify(signed).client.scopes == {"payments:read"}


def test_scopes_are_written_in_one_order() -> None:
    assert words_of(scopes_in("payments:write invoices:read")) == "invoices:read payments:write"
    assert words_of(frozenset()) == ""
