"""Two customers use the same browser one after the other, and neither sees cached data of the other."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Api, Heard

PROFILE = "/v1/profile"
Look = Callable[[str], Awaitable[str]]


@pytest.fixture
def look(page: Page, api: Api) -> Look:
    """Return a function that reads the profile from the page with an access token."""
    api.heard.clear()

    async def company(access_token: str) -> str:
        argument = {"api": api.url, "path": PROFILE, "accessToken": access_token}
        profile: dict[str, Any] = await page.evaluate("read", argument)
        return str(profile["company_name"])

    return company


@pytest.fixture
async def first(api: Api) -> str:
    """The first customer's access token."""
    return await api.access_token(company="First Ltd")


@pytest.fixture
async def second(api: Api) -> str:
    """The second's."""
    return await api.access_token(company="Second Ltd")


async def test_the_next_customer_sees_their_own_profile(look: Look, api: Api, first: str, second: str) -> None:
    """The browser asks for it by the ETag of the first one's, which is what it has for this address."""
    assert [await look(first), await look(first), await look(second)] == ["First Ltd", "First Ltd", "Second Ltd"]
    fresh, kept, others = api.heard
    assert (fresh.if_none_match, fresh.status) == (None, 200)
    assert (kept.if_none_match, kept.status) == (others.if_none_match, 304)
    assert others.status == 200


async def test_a_sign_out_leaves_nothing_in_the_browser(
    look: Look, page: Page, api: Api, first: str, second: str
) -> None:
    """The next customer's request has no trace of the earlier one."""
    assert await look(first) == "First Ltd"
    assert await page.evaluate("signOut", {"api": api.url, "accessToken": first}) == 204
    assert await look(second) == "Second Ltd"
    assert api.heard == [Heard(PROFILE, None, 200)] * 2
