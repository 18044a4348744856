"""Cookies that a sub-domain can set in a browser never count as ours, whose names begin with `__Host-`."""

import httpx
import pytest

from tests.factories.sessions import OWN_PAGE, PASSWORD, tokens_in_body
from tests.factories.users import Member

Headers = list[tuple[bytes, bytes]]
COOKIE, DEVICE = b"__Host-refresh", b"__Host-device"
ALIASES = [
    b"\xa0%s",  # Chromium keeps it for `Domain=example.com`, and sends it as it is
    b"\x85%s",
    b"\x1c%s",
    b"\x0b%s",
    b"%s\xa0",
    b"\xe2\x80\x80%s",
    b"=%s",
    b'"%s"',
]


def from_own_page(*cookies: bytes) -> Headers:
    """The headers of a request by one of our own pages, with a Cookie header for each of `cookies`."""
    page = [(name.encode(), value.encode()) for name, value in OWN_PAGE.items()]
    return [*page, *((b"Cookie", cookie) for cookie in cookies)]


async def tokens_of(browser: httpx.AsyncClient, member: Member) -> tuple[bytes, bytes]:
    """A refresh token and a device token that are good."""
    tokens = await tokens_in_body(browser, member)
    return tokens["refresh_token"].encode(), tokens["device_token"].encode()


class TestRefreshToken:
    @pytest.mark.parametrize("alias", ALIASES)
    async def test_another_name_is_no_cookie_of_ours(
        self, browser: httpx.AsyncClient, member: Member, alias: bytes
    ) -> None:
        token, _ = await tokens_of(browser, member)
        forged = from_own_page(alias % COOKIE + b"=" + token)
        response = await browser.post("/v1/sessions/refresh", headers=forged)
        assert (response.status_code, response.json()["code"]) == (401, "refresh_token_missing")
        good = from_own_page(b"theme=dark; " + COOKIE + b"=" + token + b"; lang=en")
        assert (await browser.post("/v1/sessions/refresh", headers=good)).status_code == 200

    @pytest.mark.parametrize("alias", ALIASES)
    async def test_another_name_does_not_replace_our_cookie(
        self, browser: httpx.AsyncClient, member: Member, alias: bytes
    ) -> None:
        token, _ = await tokens_of(browser, member)
        both = from_own_page(COOKIE + b"=" + token + b"; " + alias % COOKIE + b"=rt_of_an_attacker")
        response = await browser.post("/v1/sessions/refresh", headers=both)
        assert (response.status_code, response.json()["account_id"]) == (200, str(member.account_id))

    @pytest.mark.parametrize("separator", ["; ", None], ids=["one header", "two headers"])
    async def test_two_cookies_of_one_name_count_as_none(
        self, browser: httpx.AsyncClient, member: Member, separator: str | None
    ) -> None:
        token, _ = await tokens_of(browser, member)
        cookies = [COOKIE + b"=rt_of_an_attacker", COOKIE + b"=" + token]
        twice = from_own_page(*cookies) if separator is None else from_own_page(separator.encode().join(cookies))
        response = await browser.post("/v1/sessions/refresh", headers=twice)
        assert (response.status_code, response.json()["code"]) == (401, "refresh_token_missing")

    async def test_a_sign_out_ends_no_session_by_another_name(self, browser: httpx.AsyncClient, member: Member) -> None:
        token, _ = await tokens_of(browser, member)
        alias = from_own_page(b"\xa0" + COOKIE + b"=" + token)
        assert (await browser.delete("/v1/sessions/current", headers=alias)).status_code == 204
        good = from_own_page(COOKIE + b"=" + token)
        assert (await browser.post("/v1/sessions/refresh", headers=good)).status_code == 200


class TestDeviceToken:
    @pytest.mark.parametrize(
        ("cookies", "status"),
        [
            (b"%(name)s=%(token)s", 201),
            (b"\xa0%(name)s=%(token)s", 429),
            (b"%(name)s=%(token)s; %(name)s=%(token)s", 429),
        ],
        ids=["exact", "another name", "twice"],
    )
    async def test_only_the_exact_name_makes_a_device_known(
        self, browser: httpx.AsyncClient, member: Member, cookies: bytes, status: int
    ) -> None:
        """Strangers have used up all tries from unknown devices."""
        _, token = await tokens_of(browser, member)
        wrong = {"email": member.email, "password": "a quiet river at dusk"}
        assert [(await browser.post("/v1/sessions", json=wrong)).status_code for _ in range(11)][-1] == 429
        given = wrong | {"password": PASSWORD}
        headers: Headers = [(b"Cookie", cookies % {b"name": DEVICE, b"token": token})]
        assert (await browser.post("/v1/sessions", json=given, headers=headers)).status_code == status
