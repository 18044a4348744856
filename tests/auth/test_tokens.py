"""Access tokens: which are issued, which are refused, and how the keys are rotated."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from billing_api.auth.caller import Caller
from billing_api.auth.errors import InvalidTokenError, TokenExpiredError
from billing_api.auth.keys import KeyRing, SigningKeysError, new_keys
from billing_api.auth.tokens import TOKEN_TYPE, AccessTokens
from tests.factories.clock import MovableClock
from tests.factories.tokens import Sign, es256, hs256, private_key, token, unsigned

KEYS = new_keys()
ISSUER, AUDIENCE = "https://billing.example.com", "billing-api"
CALLER = Caller(account_id=uuid4(), user_id=uuid4(), session_id=uuid4(), role="payer")
SIGNING_JWK: dict[str, str] = json.loads(KEYS)[0]
SIGNING_KEY = private_key(SIGNING_JWK)
GENUINE = es256(SIGNING_KEY)
PUBLIC_FORMS = {
    "pem": SIGNING_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "der": SIGNING_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "jwk": json.dumps({name: SIGNING_JWK[name] for name in ("kty", "crv", "x", "y")}).encode(),
    "published jwk": json.dumps(KeyRing(KEYS).published()[0]).encode(),
}


def tokens_of(keys: str, clock: MovableClock) -> AccessTokens:
    return AccessTokens(KeyRing(keys), clock, issuer=ISSUER, audience=AUDIENCE, lifetime=timedelta(minutes=15))


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def tokens(clock: MovableClock) -> AccessTokens:
    return tokens_of(KEYS, clock)


@pytest.fixture
def claims(clock: MovableClock) -> dict[str, Any]:
    """The claims of a token that is accepted."""
    now = int(clock.now().timestamp())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(CALLER.user_id),
        "exp": now + 900,
        "nbf": now,
        "iat": now,
        "jti": str(uuid4()),
        "account": str(CALLER.account_id),
        "sid": str(CALLER.session_id),
        "role": CALLER.role,
    }


HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": SIGNING_JWK["kid"]}


class TestIssued:
    def test_a_token_names_its_caller(self, tokens: AccessTokens) -> None:
        assert tokens.verify(tokens.issue(CALLER)).caller == CALLER

    def test_it_names_the_millisecond_of_its_issue(self, tokens: AccessTokens, clock: MovableClock) -> None:
        """Rounded down, so that no revocation that follows seems to be earlier."""
        for microsecond, floor in ((123_000, 123_000), (123_999, 123_000), (999_999, 999_000), (999, 0)):
            clock.time = clock.time.replace(microsecond=microsecond)
            issued_at = datetime.fromtimestamp(tokens.verify(tokens.issue(CALLER)).issued_at, UTC)
            assert issued_at == clock.time.replace(microsecond=floor)

    def test_no_two_are_the_same(self, tokens: AccessTokens) -> None:
        assert tokens.issue(CALLER) != tokens.issue(CALLER)

    def test_a_hand_made_token_is_accepted(self, tokens: AccessTokens, claims: dict[str, Any]) -> None:
        """The control: each refusal below differs from this token in one thing."""
        assert tokens.verify(token(HEADER, claims, GENUINE)).caller == CALLER

    def test_it_ends_after_fifteen_minutes_though_it_was_verified_before(
        self, tokens: AccessTokens, clock: MovableClock
    ) -> None:
        issued = tokens.issue(CALLER)
        clock.forward(minutes=14, seconds=58)
        tokens.verify(issued)
        clock.forward(seconds=2)
        with pytest.raises(TokenExpiredError):
            tokens.verify(issued)

    def test_it_does_not_outlive_its_session(self, tokens: AccessTokens, clock: MovableClock) -> None:
        issued = tokens.issue(CALLER, session_end=clock.now() + timedelta(minutes=5))
        clock.forward(minutes=4, seconds=58)
        tokens.verify(issued)
        clock.forward(seconds=2)
        with pytest.raises(TokenExpiredError):
            tokens.verify(issued)
        assert tokens.identify(issued) == CALLER

    def test_its_signature_is_verified_once(self, clock: MovableClock) -> None:
        class CountingRing(KeyRing):
            verified = 0

            def verify(self, token: str, *, token_type: str = TOKEN_TYPE) -> bytes:
                self.verified += 1
                return super().verify(token, token_type=token_type)

        ring = CountingRing(KEYS)
        tokens = AccessTokens(ring, clock, issuer=ISSUER, audience=AUDIENCE, lifetime=timedelta(minutes=15))
        issued = tokens.issue(CALLER)
        for _ in range(3):
            tokens.verify(issued)
        assert ring.verified == 1


class TestRefused:
    @pytest.mark.parametrize("alg", ["none", "None", "NONE"])
    @pytest.mark.parametrize("sign", [unsigned, GENUINE, hs256(b"")])
    def test_no_algorithm(self, tokens: AccessTokens, claims: dict[str, Any], alg: str, sign: Sign) -> None:
        with pytest.raises(InvalidTokenError):
            tokens.verify(token(HEADER | {"alg": alg}, claims, sign))

    @pytest.mark.parametrize("form", PUBLIC_FORMS)
    def test_an_hmac_keyed_with_the_public_key(self, tokens: AccessTokens, claims: dict[str, Any], form: str) -> None:
        """The public key is no secret, so it must not verify an HMAC."""
        for header in (HEADER | {"alg": "HS256"}, HEADER):
            with pytest.raises(InvalidTokenError):
                tokens.verify(token(header, claims, hs256(PUBLIC_FORMS[form])))

    @pytest.mark.parametrize("alg", ["ES384", "ES512", "RS256", "PS256", "EdDSA", "es256", "", None, 1, ["ES256"]])
    def test_another_algorithm(self, tokens: AccessTokens, claims: dict[str, Any], alg: object) -> None:
        with pytest.raises(InvalidTokenError):
            tokens.verify(token(HEADER | {"alg": alg}, claims, GENUINE))

    def test_another_key_under_a_known_kid(self, tokens: AccessTokens, claims: dict[str, Any]) -> None:
        with pytest.raises(InvalidTokenError):
            tokens.verify(token(HEADER, claims, es256(ec.generate_private_key(ec.SECP256R1()))))

    @pytest.mark.parametrize("kid", ["another", "", None, 1, ["x"], {"x": 1}])
    def test_an_unknown_kid(self, tokens: AccessTokens, claims: dict[str, Any], kid: object) -> None:
        with pytest.raises(InvalidTokenError):
            tokens.verify(token(HEADER | {"kid": kid}, claims, GENUINE))

    @pytest.mark.parametrize("absent", ["alg", "typ", "kid"])
    def test_an_absent_header(self, tokens: AccessTokens, claims: dict[str, Any], absent: str) -> None:
        header = {name: value for name, value in HEADER.items() if name != absent}
        with pytest.raises(InvalidTokenError):
            tokens.verify(token(header, claims, GENUINE))

    @pytest.mark.parametrize(
        "brought",
        [
            {"jku": "https://evil.example.com/jwks.json"},
            {"x5u": "https://evil.example.com/cert.pem"},
            {"x5c": ["MIIB"]},
            {"jwk": {name: SIGNING_JWK[name] for name in ("kty", "crv", "x", "y")}},
            {"crit": ["exp"]},
            {"b64": False},
        ],
    )
    def test_a_header_that_brings_its_own_key_or_rules(
        self, tokens: AccessTokens, claims: dict[str, Any], brought: Mapping[str, Any]
    ) -> None:
        """Refused though the signature is genuine: such a header has no honest use here."""
        with pytest.raises(InvalidTokenError):
            tokens.verify(token({**HEADER, **brought}, claims, GENUINE))

    @pytest.mark.parametrize("typ", ["JWT", "jwt", "AT+JWT", "rt+jwt", "", None])
    def test_another_type(self, tokens: AccessTokens, claims: dict[str, Any], typ: object) -> None:
        with pytest.raises(InvalidTokenError):
            tokens.verify(token(HEADER | {"typ": typ}, claims, GENUINE))

    @pytest.mark.parametrize("absent", ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "account", "sid", "role"])
    def test_an_absent_claim(self, tokens: AccessTokens, claims: dict[str, Any], absent: str) -> None:
        del claims[absent]
        with pytest.raises(InvalidTokenError):
            tokens.verify(token(HEADER, claims, GENUINE))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"iss": "https://evil.example.com"},
            {"iss": [ISSUER]},
            {"aud": "another-api"},
            {"aud": [AUDIENCE]},
            {"sub": "root"},
            {"sub": None},
            {"exp": "9999999999"},
            {"exp": 9999999999.5},
            {"exp": True},
            {"nbf": None},
            {"account": 1},
            {"sid": ""},
            {"role": "admin"},
            {"role": ["owner"]},
        ],
    )
    def test_a_wrong_claim(self, tokens: AccessTokens, claims: dict[str, Any], wrong: dict[str, Any]) -> None:
        with pytest.raises(InvalidTokenError):
            tokens.verify(token(HEADER, claims | wrong, GENUINE))

    def test_an_expired_token(self, tokens: AccessTokens, claims: dict[str, Any], clock: MovableClock) -> None:
        """From the very second of `exp` (RFC 7519, 4.1.4), and not a moment before."""
        given = token(HEADER, claims, GENUINE)
        end = datetime.fromtimestamp(claims["exp"], UTC)
        clock.time = end - timedelta(microseconds=1)
        tokens.verify(given)
        clock.time = end
        with pytest.raises(TokenExpiredError):
            tokens.verify(given)

    def test_a_token_of_the_future(self, tokens: AccessTokens, claims: dict[str, Any], clock: MovableClock) -> None:
        """Five seconds are allowed, by which the machines' clocks may differ."""
        clock.time = datetime.fromtimestamp(claims["nbf"], UTC)
        tokens.verify(token(HEADER, claims | {"nbf": claims["nbf"] + 5}, GENUINE))
        with pytest.raises(InvalidTokenError):
            tokens.verify(token(HEADER, claims | {"nbf": claims["nbf"] + 6}, GENUINE))

    def test_a_token_that_ends_too_late(
        self, tokens: AccessTokens, claims: dict[str, Any], clock: MovableClock
    ) -> None:
        """A leaked key must not give access for years, nor for longer than revocations are kept."""
        clock.time = datetime.fromtimestamp(claims["nbf"], UTC)
        tokens.verify(token(HEADER, claims | {"exp": claims["nbf"] + 905}, GENUINE))
        for later in (906, 10**6, 10**12):
            with pytest.raises(InvalidTokenError):
                tokens.verify(token(HEADER, claims | {"exp": claims["nbf"] + later}, GENUINE))

    def test_changed_claims(self, tokens: AccessTokens, claims: dict[str, Any]) -> None:
        header, _, signature = tokens.issue(CALLER).split(".")
        payload = token(HEADER, claims | {"role": "owner"}, unsigned).split(".")[1]
        with pytest.raises(InvalidTokenError):
            tokens.verify(f"{header}.{payload}.{signature}")

    @pytest.mark.parametrize(
        "garbage",
        [
            "",
            "x",
            "a.b",
            "a.b.c",
            "...",
            "a.b.c.d.e",
            "rt_V2hhdCBhIHJlZnJlc2ggdG9rZW4gbG9va3MgbGlrZQ",
            "e30.e30.e30",
            "bnVsbA.bnVsbA.bnVsbA",
            f"{'W1tb' * 450}.e30.e30",
            "é.é.é",
            "a b.c.d",
            "A" * 3000,
        ],
    )
    def test_a_text_that_is_no_token(self, tokens: AccessTokens, garbage: str) -> None:
        with pytest.raises(InvalidTokenError):
            tokens.verify(garbage)

    def test_a_token_that_is_too_long(self, tokens: AccessTokens, claims: dict[str, Any]) -> None:
        """2,048 characters at most, however genuine it is."""
        made = [token(HEADER, claims | {"more": "x" * count}, GENUINE) for count in range(1_000, 1_400)]
        assert tokens.verify(max((one for one in made if len(one) <= 2048), key=len)).caller == CALLER
        with pytest.raises(InvalidTokenError):
            tokens.verify(min((one for one in made if len(one) > 2048), key=len))

    def test_a_payload_that_is_no_object(self, tokens: AccessTokens) -> None:
        not_objects: list[Any] = [[], "text", 1, None]
        for payload in not_objects:
            with pytest.raises(InvalidTokenError):
                tokens.verify(token(HEADER, payload, GENUINE))


class TestRotation:
    def test_no_token_is_refused_while_processes_restart_one_by_one(self, clock: MovableClock) -> None:
        old = tokens_of(KEYS, clock)
        moved_on = new_keys(KEYS)
        new = tokens_of(moved_on, clock)
        assert new.verify(old.issue(CALLER)).caller == CALLER
        assert old.verify(new.issue(CALLER)).caller == CALLER
        newer = tokens_of(new_keys(moved_on), clock)
        assert newer.verify(new.issue(CALLER)).caller == CALLER
        assert new.verify(newer.issue(CALLER)).caller == CALLER

    def test_a_retired_key_is_good_for_nothing(self, clock: MovableClock) -> None:
        retired = tokens_of(KEYS, clock)
        twice = tokens_of(new_keys(new_keys(KEYS)), clock)
        with pytest.raises(InvalidTokenError):
            twice.verify(retired.issue(CALLER))

    def test_the_next_key_is_published_before_it_signs(self) -> None:
        published = {key["kid"] for key in KeyRing(KEYS).published()}
        assert KeyRing(new_keys(KEYS)).published()[0]["kid"] in published

    def test_nothing_private_is_published(self) -> None:
        assert len(KeyRing(KEYS).published()) == 2
        for key in KeyRing(KEYS).published():
            assert key.keys() == {"kty", "crv", "x", "y", "alg", "use", "kid"}


FIRST, SECOND = json.loads(KEYS)
NOT_PRIVATE, DAMAGED = "must be a private P-256 JWK", "the key 2 of SIGNING_KEYS is damaged"


class TestSettings:
    @pytest.mark.parametrize(
        ("keys", "message"),
        [
            ("not JSON", "is not JSON"),
            ("[" * 100_000, "is not JSON"),
            ("{}", "is not a JSON list"),
            ("[1, 2]", "is not a JSON list"),
            (json.dumps([FIRST]), "two keys at least"),
            (json.dumps([FIRST, FIRST]), "same `kid`"),
            (json.dumps([FIRST, FIRST | {"kid": "another"}]), "same key twice"),
            (json.dumps(KeyRing(KEYS).published()), NOT_PRIVATE),
            *(
                (json.dumps([FIRST, SECOND | wrong]), message)
                for wrong, message in (
                    *(({name: 5}, NOT_PRIVATE) for name in ("kid", "kty", "crv", "x", "y", "d")),
                    *(({"kid": kid}, NOT_PRIVATE) for kid in ("", None)),
                    *(({"crv": curve}, NOT_PRIVATE) for curve in ("P-384", "another")),
                    ({"kty": "RSA"}, DAMAGED),
                    ({"x": SECOND["y"]}, DAMAGED),
                    ({"d": "A"}, DAMAGED),
                )
            ),
        ],
    )
    def test_keys_that_can_not_be_used_stop_the_start_without_being_shown(self, keys: str, message: str) -> None:
        for use in (KeyRing, new_keys):
            with pytest.raises(SigningKeysError, match=message) as refusal:
                use(keys)
            assert not any(key["d"] in str(refusal.value) for key in (FIRST, SECOND))


def test_two_different_keys_of_one_kid_are_refused() -> None:
    """A token names its key by the `kid` alone: the second would hide the first."""
    first, second, *_ = json.loads(new_keys())
    with pytest.raises(SigningKeysError, match="same `kid`"):
        KeyRing(json.dumps([first, second | {"kid": first["kid"]}]))
