"""A known device signs in while tries are used up elsewhere."""

import httpx

from billing_api.auth.passwords import StoredPassword
from tests.factories.sessions import OWN_PAGE, PASSWORD, bearer, sign_in, tokens_in_body
from tests.factories.users import Member, make_member
from tests.fixtures.services import Services

NEW = "another river at dusk"
DEVICE = "__Host-device"


class TestKnownDevice:
    """A stranger has used up all tries for the same address and network."""

    async def fail_everywhere(self, browser: httpx.AsyncClient, member: Member) -> None:
        wrong = {"email": member.email, "password": "a quiet river at dusk"}
        stranger = httpx.AsyncClient(transport=browser._transport, base_url=browser.base_url)
        codes = [(await stranger.post("/v1/sessions", json=wrong)).status_code for _ in range(11)]
        assert codes == [401] * 10 + [429]
        assert (await stranger.post("/v1/sessions", json=wrong | {"password": PASSWORD})).status_code == 429

    async def test_its_cookie_lets_the_owner_in(self, browser: httpx.AsyncClient, member: Member) -> None:
        await sign_in(browser, member)
        await browser.delete("/v1/sessions/current", headers=OWN_PAGE)
        assert DEVICE in browser.cookies
        await self.fail_everywhere(browser, member)
        assert (await sign_in(browser, member)).status_code == 201

    async def test_its_token_in_the_body_lets_the_owner_in(self, browser: httpx.AsyncClient, member: Member) -> None:
        """For a portal on another site, which no cookie of ours reaches."""
        device_token = (await tokens_in_body(browser, member))["device_token"]
        await self.fail_everywhere(browser, member)
        assert (await sign_in(browser, member, refresh_token_in="body")).status_code == 429
        again = await sign_in(browser, member, refresh_token_in="body", device_token=device_token)
        assert again.status_code == 201
        assert again.json()["device_token"]

    async def test_a_new_password_forgets_all_but_the_one_that_it_was_changed_from(
        self, browser: httpx.AsyncClient, member: Member
    ) -> None:
        """An attacker who knew the old password may have collected devices with it."""
        collected = (await tokens_in_body(browser, member))["device_token"]
        own = await tokens_in_body(browser, member)
        changed = {"current_password": PASSWORD, "new_password": NEW}
        response = await browser.put("/v1/profile/password", json=changed, headers=bearer(own))
        assert response.status_code == 204
        await self.fail_everywhere(browser, member)
        for device_token, status in ((collected, 429), (own["device_token"], 201)):
            response = await sign_in(browser, member, password=NEW, refresh_token_in="body", device_token=device_token)
            assert response.status_code == status

    async def test_a_password_set_by_an_operator_forgets_every_one(
        self, browser: httpx.AsyncClient, services: Services, member: Member, stored: StoredPassword
    ) -> None:
        await sign_in(browser, member)
        await services.members.set_password(member.email, stored)
        await self.fail_everywhere(browser, member)
        assert (await sign_in(browser, member)).status_code == 429
        assert DEVICE in browser.cookies

    async def test_a_known_device_has_as_many_tries_as_others(self, browser: httpx.AsyncClient, member: Member) -> None:
        await sign_in(browser, member)
        codes = [(await sign_in(browser, member, password="a quiet river at dusk")).status_code for _ in range(11)]
        assert codes == [401] * 10 + [429]

    async def test_another_users_device_is_unknown(
        self, browser: httpx.AsyncClient, services: Services, stored: StoredPassword, member: Member
    ) -> None:
        await sign_in(browser, await make_member(services, password=stored))
        await self.fail_everywhere(browser, member)
        assert (await sign_in(browser, member)).status_code == 429
