"""Device tokens: the users that they know, and the forged ones that are refused."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing_api.auth.caller import Caller
from billing_api.auth.devices import Devices
from billing_api.auth.errors import InvalidTokenError
from billing_api.auth.keys import KeyRing, new_keys
from billing_api.auth.tokens import AccessTokens
from tests.factories.clock import MovableClock
from tests.factories.tokens import es256, private_key, token

KEYS = new_keys()
JWK: dict[str, str] = json.loads(KEYS)[0]
ISSUER = "https://billing.example.com"
PAT, LEE = "pat@example.com", "lee@example.com"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def devices(clock: MovableClock) -> Devices:
    return Devices(KeyRing(KEYS), clock, ISSUER)


def recognised(devices: Devices, given: str | None, address: str, *, version: int = 1, kept: UUID | None = None) -> Any:
    return devices.recognise(given, address, version=version, kept=kept)


def remembered(devices: Devices, given: str | None, address: str, *, version: int = 1) -> str:
    return devices.remember(given, address, version=version).token


def test_it_knows_the_user_who_has_signed_in_and_no_other(devices: Devices) -> None:
    given = remembered(devices, None, PAT)
    assert recognised(devices, given, PAT) is not None
    assert recognised(devices, given, LEE) is None


def test_a_shared_device_knows_each(devices: Devices) -> None:
    given = remembered(devices, remembered(devices, None, PAT), LEE)
    assert recognised(devices, given, PAT) == recognised(devices, given, LEE) is not None


def test_it_stays_the_same_device_and_its_token_short(devices: Devices) -> None:
    given = first = remembered(devices, None, PAT)
    for n in range(20):
        given = remembered(devices, given, f"{n}@example.com")
        given = remembered(devices, given, PAT)
    assert recognised(devices, given, PAT) == recognised(devices, first, PAT)
    assert recognised(devices, given, "0@example.com") is None
    assert len(given) < 600


def test_it_knows_the_five_that_signed_in_last(devices: Devices) -> None:
    addresses = [f"{n}@example.com" for n in range(6)]
    given = None
    for address in addresses:
        given = remembered(devices, given, address)
    assert [address for address in addresses if recognised(devices, given, address)] == addresses[1:]


def test_its_token_is_not_in_its_repr(devices: Devices) -> None:
    device = devices.remember(None, PAT, version=1)
    assert device.token not in repr(device)


def test_it_ends_a_year_after_the_last_sign_in(devices: Devices, clock: MovableClock) -> None:
    clock.time = clock.time.replace(microsecond=0)  # as `exp` is: the year ends at this very moment
    given = remembered(devices, None, PAT)
    clock.forward(days=364, hours=23)
    assert recognised(devices, given, PAT) is not None
    later = remembered(devices, given, PAT)
    clock.forward(hours=1)
    assert recognised(devices, given, PAT) is None
    assert recognised(devices, later, PAT) is not None


def test_another_password_makes_it_unknown(devices: Devices) -> None:
    """A token that a thief made while the password was known does not count afterwards."""
    given = remembered(devices, remembered(devices, None, LEE), PAT)
    assert recognised(devices, given, PAT, version=2) is None
    assert recognised(devices, given, LEE) is not None
    again = remembered(devices, given, PAT, version=2)
    assert recognised(devices, again, PAT, version=2) == recognised(devices, given, PAT)


def test_the_device_of_the_change_is_still_known(devices: Devices) -> None:
    """It is known for the users who have signed in from it, and for no other."""
    device = devices.remember(None, PAT, version=1)
    assert recognised(devices, device.token, PAT, version=2, kept=device.id) == device.id
    assert recognised(devices, device.token, LEE, version=2, kept=device.id) is None


def test_it_outlives_a_rotation_of_the_keys(clock: MovableClock, devices: Devices) -> None:
    given = remembered(devices, None, PAT)
    assert recognised(Devices(KeyRing(new_keys(KEYS)), clock, ISSUER), given, PAT) is not None


def test_a_device_token_does_not_show_the_address(devices: Devices) -> None:
    assert PAT not in remembered(devices, None, PAT)


class TestForged:
    @pytest.fixture
    def claims(self, devices: Devices) -> dict[str, Any]:
        payload = devices.keys.verify(remembered(devices, None, PAT), token_type="device+jwt")
        claims: dict[str, Any] = json.loads(payload)
        return claims

    def recognises(self, devices: Devices, claims: dict[str, Any], *, typ: str = "device+jwt", key: str = "") -> bool:
        sign = es256(private_key(json.loads(key)[0] if key else JWK))
        forged = token({"alg": "ES256", "typ": typ, "kid": JWK["kid"]}, claims, sign)
        return recognised(devices, forged, PAT) is not None

    def test_a_true_token_is_recognised(self, devices: Devices, claims: dict[str, Any]) -> None:
        assert self.recognises(devices, claims)

    def test_another_key_type_or_issuer_is_not_recognised(self, devices: Devices, claims: dict[str, Any]) -> None:
        assert not self.recognises(devices, claims, key=new_keys())
        assert not self.recognises(devices, claims, typ="at+jwt")
        assert not self.recognises(devices, claims | {"iss": "https://evil.example.com"})

    @pytest.mark.parametrize(
        "wrong", [{"exp": None}, {"jti": 1}, {"addresses": "x"}, {"addresses": {"x": "1"}}, {"addresses": ["x"]}]
    )
    def test_wrong_claims_are_not_recognised(
        self, devices: Devices, claims: dict[str, Any], wrong: dict[str, Any]
    ) -> None:
        assert not self.recognises(devices, claims | wrong)

    def test_a_number_as_text_is_not_recognised(self, devices: Devices, claims: dict[str, Any]) -> None:
        versions = {digest: str(version) for digest, version in claims["addresses"].items()}
        assert not self.recognises(devices, claims | {"addresses": versions})
        assert not self.recognises(devices, claims | {"exp": str(claims["exp"])})

    @pytest.mark.parametrize("garbage", [None, "", "x", "a.b.c", "\u00e9.\u00e9.\u00e9", "A" * 5000])
    def test_another_text_is_an_unknown_device(self, devices: Devices, garbage: str | None) -> None:
        assert recognised(devices, garbage, PAT) is None
        assert recognised(devices, remembered(devices, garbage, PAT), PAT) is not None

    def test_neither_token_is_good_for_the_other(self, devices: Devices, clock: MovableClock) -> None:
        tokens = AccessTokens(
            KeyRing(KEYS), clock, issuer=ISSUER, audience="billing-api", lifetime=timedelta(minutes=15)
        )
        access = tokens.issue(Caller(account_id=uuid4(), user_id=uuid4(), session_id=uuid4(), role="owner"))
        assert recognised(devices, access, PAT) is None
        with pytest.raises(InvalidTokenError):
            tokens.verify(remembered(devices, None, PAT))
