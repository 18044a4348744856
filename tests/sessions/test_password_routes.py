"""Setting a new password over HTTP."""

import httpx
import pytest

from tests.factories.sessions import PASSWORD, audit_of, sign_in
from tests.factories.users import Member, join, make_account
from tests.fixtures.services import Services
from tests.fixtures.signed_in import EnterAs, Portal

CHANGE = {"current_password": PASSWORD, "new_password": "another river at dusk"}


class TestChange:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.put("/v1/profile/password", json=CHANGE)).status_code == 401

    async def test_a_user_changes_only_their_own_password(
        self, browser: httpx.AsyncClient, member: Member, stranger: Portal
    ) -> None:
        """A stranger's change, with this user's password, reaches only the stranger's own."""
        assert (await stranger.put("/v1/profile/password", json=CHANGE)).status_code == 422
        assert (await sign_in(browser, member)).status_code == 201

    async def test_only_the_new_password_signs_in(
        self, browser: httpx.AsyncClient, member: Member, enter_as: EnterAs
    ) -> None:
        portal = await enter_as(member)
        assert (await portal.put("/v1/profile/password", json=CHANGE)).status_code == 204
        assert (await sign_in(browser, member)).status_code == 401
        assert (await sign_in(browser, member, password=CHANGE["new_password"])).status_code == 201

    async def test_the_other_sessions_end_at_once_on_every_account_and_this_one_goes_on(
        self, services: Services, member: Member, enter_as: EnterAs
    ) -> None:
        elsewhere = await make_account(services)
        await join(services, member, elsewhere)
        here, phone = await enter_as(member), await enter_as(member)
        there = await enter_as(Member(elsewhere, member.user_id, member.email, "viewer"))
        assert (await there.get("/v1/sessions")).status_code == 200
        assert (await here.put("/v1/profile/password", json=CHANGE)).status_code == 204
        assert [(await each.get("/v1/sessions")).status_code for each in (here, phone, there)] == [200, 401, 401]
        (entry,) = await audit_of(services, member.account_id, "password.changed")
        assert entry.detail == {"sessions_ended": 2}

    async def test_a_wrong_current_password_changes_nothing(
        self, browser: httpx.AsyncClient, member: Member, enter_as: EnterAs
    ) -> None:
        portal = await enter_as(member)
        wrong = CHANGE | {"current_password": "a quiet river at dusk"}
        response = await portal.put("/v1/profile/password", json=wrong)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/current_password")
        assert (await sign_in(browser, member)).status_code == 201

    async def test_guesses_of_the_current_password_are_throttled(self, member: Member, enter_as: EnterAs) -> None:
        portal = await enter_as(member)
        wrong = CHANGE | {"current_password": "a quiet river at dusk"}
        responses = [(await portal.put("/v1/profile/password", json=wrong)).status_code for _ in range(11)]
        assert responses == [422] * 10 + [429]

    async def test_changes_are_limited_since_each_costs_time(
        self, services: Services, member: Member, enter_as: EnterAs
    ) -> None:
        services.rates._windows.clear()
        portal = await enter_as(member)
        weak = CHANGE | {"new_password": "passwordpassword"}
        responses = [await portal.put("/v1/profile/password", json=weak) for _ in range(21)]
        assert [response.status_code for response in responses] == [422] * 20 + [429]
        assert responses[-1].json()["code"] == "too_many_requests"

    async def test_the_name_of_another_account_of_the_user_is_refused(
        self, services: Services, member: Member, enter_as: EnterAs
    ) -> None:
        elsewhere = await make_account(services, name="Hollow Oak Timber")
        await join(services, member, elsewhere)
        portal = await enter_as(member)
        new = CHANGE | {"new_password": "HollowOakTimber2026"}
        response = await portal.put("/v1/profile/password", json=new)
        assert response.json()["errors"][0]["code"] == "password_too_common"

    @pytest.mark.parametrize(
        "new", ["fourteen chars", "passwordpassword", "monkeydragon1234", "Sunny Side Ltd 2026", "PatExample1234567"]
    )
    async def test_a_new_password_that_anyone_would_guess_is_refused(
        self, member: Member, enter_as: EnterAs, new: str
    ) -> None:
        portal = await enter_as(member)
        response = await portal.put("/v1/profile/password", json=CHANGE | {"new_password": new})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/new_password")
        assert new not in response.text

    @pytest.mark.parametrize(
        ("field", "given"), [("new_password", "x"), ("current_password", ""), ("new_password", "x" * 300)]
    )
    async def test_a_password_has_characters(self, portal: Portal, field: str, given: str) -> None:
        """The error speaks of characters, not of items, and ends with one full stop."""
        response = await portal.put("/v1/profile/password", json=CHANGE | {field: given})
        [error] = response.json()["errors"]
        assert response.status_code == 422
        assert "character" in error["detail"]
        assert "item" not in response.text
        assert response.json()["detail"] == f"/{field}: {error['detail']}."

    async def test_the_users_address_is_refused_as_a_password(self, member: Member, enter_as: EnterAs) -> None:
        portal = await enter_as(member)
        response = await portal.put("/v1/profile/password", json=CHANGE | {"new_password": member.email})
        assert response.json()["errors"][0]["code"] == "password_too_common"
