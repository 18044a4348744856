"""Verifying bank accounts by micro-deposits, with a vendor who has chosen them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from billing_api.config import Settings
from billing_api.gateway_settings import AchVerification
from billing_api.main import create_app
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, if_match, pay, store_bank_account, store_card
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import EventsOf, MethodsOf

METHODS = "/v1/payment-methods"
NOWHERE = f"{METHODS}/01a203df-4cdb-7211-83aa-039c753394aa/verification"
RIGHT, WRONG = [17, 29], [1, 2]
ARRIVED, UNDER_WAY = "1000000000", "1000000001"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """A vendor who verifies by two small deposits."""
    return settings.model_copy(update={"gateway_ach_verification": AchVerification.MICRO_TRANSFERS})


@pytest.fixture(scope="module")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application of that vendor."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="module")
def services(app: FastAPI) -> Services:
    """The parts of that application."""
    services: Services = Services(app.state.parts)
    return services


@pytest.fixture
async def account(portal: Portal, sandbox: Sandbox) -> Json:
    """A bank account whose deposits have arrived."""
    return await store_bank_account(portal, sandbox.bank_nonce(ARRIVED))


async def verify(portal: Portal, account: Json, amounts: list[Any]) -> httpx.Response:
    return await portal.post(f"{METHODS}/{account['id']}/verification", json={"amounts": amounts})


async def read(portal: Portal, account: Json) -> Json:
    shown: Json = (await portal.get(f"{METHODS}/{account['id']}")).json()
    return shown


def steps(shown: Json) -> tuple[str, str, str | None, int | None]:
    """The method's status, the verification's, its next step and the tries left."""
    verification = shown["us_bank_account"]["verification"]
    return shown["status"], verification["status"], verification["next_step"], verification["tries_left"]


def wrong_tries(sandbox: Sandbox, verification_id: str | None) -> int:
    """Return the number of wrong tries at the gateway."""
    known = sandbox.control("GET", "/bank-verifications")["verifications"]
    return next(int(one["failed_attempts"]) for one in known if one["id"] == verification_id)


async def lose_answers(sandbox: Sandbox, methods_of: MethodsOf, portal: Portal, *, commit: bool, times: int = 1) -> str:
    """Let the responses to the account's next tries be lost."""
    (row,) = await methods_of(portal.account_id)
    return sandbox.fault("drop", commit=commit, times=times, match={"path": str(row.verification_id)})


class TestVerify:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(NOWHERE, json={"amounts": RIGHT})).status_code == 401

    async def test_a_viewer_may_not(self, viewer: Portal) -> None:
        assert (await viewer.post(NOWHERE, json={"amounts": RIGHT})).status_code == 403

    async def test_another_accounts_method_is_not_found(self, stranger: Portal, account: Json) -> None:
        assert (await verify(stranger, account, RIGHT)).status_code == 404

    @pytest.mark.parametrize("amounts", [RIGHT, RIGHT[::-1]])
    async def test_right_amounts_in_any_order_make_it_pay(
        self, services: Services, portal: Portal, account: Json, events_of: EventsOf, amounts: list[int]
    ) -> None:
        assert steps(account) == ("pending", "pending", "confirm_amounts", 5)
        response = await verify(portal, account, amounts)
        assert response.status_code == 200
        assert response.json() == await read(portal, account)
        assert response.headers["ETag"].startswith(f'"{response.json()["version"]}-')
        assert steps(response.json()) == ("active", "verified", None, None)
        assert response.json()["us_bank_account"]["verification"]["verified_at"]
        assert [kind for kind, _ in await events_of(UUID(account["id"]))][-1] == "verified"
        paid = await pay(portal, account, await post_invoice(services, portal.account_id))
        assert (paid.status_code, paid.json()["status"]) == (201, "processing")

    async def test_right_amounts_wait_for_their_deposits_to_settle(self, portal: Portal, sandbox: Sandbox) -> None:
        account = await store_bank_account(portal, sandbox.bank_nonce(UNDER_WAY))
        response = await verify(portal, account, RIGHT)
        assert (response.status_code, steps(response.json())) == (200, ("pending", "pending", "wait", None))
        again = await verify(portal, account, RIGHT)
        assert (again.status_code, again.json()["code"]) == (409, "verification_not_awaited")
        assert again.json()["next_step"] == "wait"
        assert await read(portal, account) == response.json()

    async def test_wrong_amounts_cost_a_try(self, portal: Portal, account: Json, sql: Sql) -> None:
        response = await verify(portal, account, WRONG)
        assert (response.status_code, response.json()["code"]) == (422, "amounts_do_not_match")
        assert [error["pointer"] for error in response.json()["errors"]] == ["/amounts"]
        assert response.json()["tries_left"] == 4
        shown = await read(portal, account)
        assert steps(shown) == ("pending", "pending", "confirm_amounts", 4)
        assert shown["version"] == account["version"] + 1
        noted = await sql.fetchval(
            "SELECT detail::text FROM audit_log WHERE subject_id = $1 AND action = 'payment_method.amounts_sent'",
            UUID(account["id"]),
        )
        assert noted == '{"tries_left": 4}'
        assert steps((await verify(portal, account, RIGHT)).json()) == ("active", "verified", None, None)

    async def test_the_fifth_wrong_amounts_lock_the_verification(
        self, portal: Portal, account: Json, events_of: EventsOf
    ) -> None:
        responses = [await verify(portal, account, WRONG) for _ in range(5)]
        assert [response.json().get("tries_left") for response in responses] == [4, 3, 2, 1, None]
        for response in (responses[-1], await verify(portal, account, RIGHT)):
            assert (response.status_code, response.json()["code"]) == (409, "verification_locked")
            assert response.json()["next_step"] == "add_again"
        shown = await read(portal, account)
        assert steps(shown) == ("verification_failed", "failed", "add_again", None)
        assert shown["us_bank_account"]["verification"]["decline_code"] == "too_many_tries"
        assert (account["default"], shown["default"]) == (True, False)
        kind, event = (await events_of(UUID(account["id"])))[-1]
        assert (kind, event["decline_code"], event["was_default"]) == ("verification_failed", "too_many_tries", True)

    async def test_an_account_with_a_locked_verification_can_be_added_again(
        self, portal: Portal, sandbox: Sandbox, account: Json
    ) -> None:
        for _ in range(5):
            await verify(portal, account, WRONG)
        again = await store_bank_account(portal, sandbox.bank_nonce(ARRIVED))
        assert steps(again) == ("pending", "pending", "confirm_amounts", 5)
        assert (await verify(portal, again, RIGHT)).json()["status"] == "active"

    async def test_only_a_bank_account_that_waits_for_amounts_takes_them(self, portal: Portal, account: Json) -> None:
        card = await store_card(portal)
        await verify(portal, account, RIGHT)
        for method in (card, account):
            response = await verify(portal, method, RIGHT)
            assert (response.status_code, response.json()["code"]) == (409, "verification_not_awaited")
            assert response.json()["next_step"] is None
        await portal.delete(f"{METHODS}/{card['id']}", headers=if_match(card))
        response = await verify(portal, card, RIGHT)
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_removed")

    @pytest.mark.parametrize(
        "amounts",
        [[], [17], [17, 29, 1], [0, 29], [17, 100], [-17, 29], ["17", 29], [17.0, 29], [True, 29], None, 1729],
    )
    async def test_invalid_amounts_are_refused_and_cost_no_try(
        self, portal: Portal, account: Json, amounts: object
    ) -> None:
        response = await portal.post(f"{METHODS}/{account['id']}/verification", json={"amounts": amounts})
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"].startswith("/amounts")
        assert await read(portal, account) == account

    async def test_other_fields_are_refused(self, portal: Portal, account: Json) -> None:
        body = {"amounts": RIGHT, "account_number": "1000000000"}
        response = await portal.post(f"{METHODS}/{account['id']}/verification", json=body)
        assert [error["pointer"] for error in response.json()["errors"]] == ["/account_number"]


class TestAtOnce:
    async def test_twelve_wrong_tries_at_once_count_as_five(
        self, portal: Portal, account: Json, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        responses = await asyncio.gather(*(verify(portal, account, WRONG) for _ in range(12)))
        codes = [response.json()["code"] for response in responses]
        assert set(codes) == {"amounts_do_not_match", "verification_locked"}
        assert codes.count("amounts_do_not_match") in {3, 4}  # the fifth may have overtaken another at the gateway
        (row,) = await methods_of(portal.account_id)
        assert (row.verification_tries, wrong_tries(sandbox, row.verification_id)) == (5, 5)
        assert row.status == "verification_failed"

    async def test_right_amounts_among_wrong_ones_count(self, portal: Portal, account: Json) -> None:
        responses = await asyncio.gather(*(verify(portal, account, amounts) for amounts in (WRONG, RIGHT, RIGHT)))
        assert responses[0].status_code in {200, 409, 422}
        assert 200 in {response.status_code for response in responses[1:]}
        assert steps(await read(portal, account)) == ("active", "verified", None, None)


class TestTrouble:
    @pytest.fixture(autouse=True)
    async def _nothing_else_is_due(self, sql: Sql) -> None:
        """Put off the checks that earlier tests have left, by a year."""
        await sql.execute("UPDATE payment_methods SET next_check_at = now() + interval '1 year'")

    async def test_a_gateway_that_does_not_listen_gives_the_try_back(
        self, portal: Portal, account: Json, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        (row,) = await methods_of(portal.account_id)
        sandbox.fault("status", status=429, match={"path": str(row.verification_id)})
        response = await verify(portal, account, RIGHT)
        assert (response.status_code, response.json()["code"]) == (503, "gateway_unavailable")
        assert steps(await read(portal, account)) == ("pending", "pending", "confirm_amounts", 5)

    async def test_a_lost_response_is_reported_and_counted(
        self, portal: Portal, account: Json, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        await lose_answers(sandbox, methods_of, portal, commit=False)
        response = await verify(portal, account, RIGHT)
        assert (response.status_code, response.json()["code"]) == (503, "gateway_answer_lost")
        assert steps(await read(portal, account)) == ("pending", "pending", "confirm_amounts", 4)
        assert (await verify(portal, account, RIGHT)).json()["status"] == "active"

    async def test_a_lost_try_is_looked_up_within_minutes(
        self, portal: Portal, account: Json, sandbox: Sandbox, methods_of: MethodsOf, later: Later
    ) -> None:
        await lose_answers(sandbox, methods_of, portal, commit=True)
        assert (await verify(portal, account, RIGHT)).status_code == 503
        assert await later.services.check_methods.check_due(10) == {}
        later.clock.forward(minutes=6)
        assert await later.services.check_methods.check_due(10) == {"checked": 1}
        assert steps(await read(portal, account)) == ("active", "verified", None, None)

    async def test_right_amounts_whose_response_was_lost_count_with_the_next_try(
        self, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        """The gateway does not show that it has received the amounts, but it takes no others."""
        account = await store_bank_account(portal, sandbox.bank_nonce(UNDER_WAY))
        await lose_answers(sandbox, methods_of, portal, commit=True)
        assert (await verify(portal, account, RIGHT)).status_code == 503
        assert steps(await read(portal, account)) == ("pending", "pending", "confirm_amounts", 4)
        response = await verify(portal, account, RIGHT)
        assert (response.status_code, steps(response.json())) == (200, ("pending", "pending", "wait", None))

    async def test_lost_tries_count(
        self, portal: Portal, account: Json, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        fault = await lose_answers(sandbox, methods_of, portal, commit=False, times=6)
        for _ in range(5):
            assert (await verify(portal, account, RIGHT)).status_code == 503
        response = await verify(portal, account, RIGHT)
        assert (response.status_code, response.json()["code"]) == (409, "verification_locked")
        assert sandbox.hits(fault) == 5
        assert steps(await read(portal, account)) == ("pending", "pending", "add_again", None)

    async def test_a_verification_that_ended_at_the_gateway_is_looked_up(
        self, portal: Portal, account: Json, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        (row,) = await methods_of(portal.account_id)
        for _ in range(5):
            sandbox.gateway().us_bank_account_verification.confirm_micro_transfer_amounts(row.verification_id, WRONG)
        response = await verify(portal, account, RIGHT)
        assert (response.status_code, response.json()["code"]) == (409, "verification_locked")
        assert steps(await read(portal, account)) == ("verification_failed", "failed", "add_again", None)

    async def test_an_account_that_is_gone_at_the_gateway_is_removed(
        self, portal: Portal, account: Json, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        (row,) = await methods_of(portal.account_id)
        sandbox.gateway().payment_method.delete(row.token)
        response = await verify(portal, account, RIGHT)
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_removed")
        assert (await read(portal, account))["status"] == "removed"

    async def test_a_failed_look_up_decides_nothing(
        self, portal: Portal, account: Json, sandbox: Sandbox, methods_of: MethodsOf
    ) -> None:
        (row,) = await methods_of(portal.account_id)
        for _ in range(5):
            sandbox.gateway().us_bank_account_verification.confirm_micro_transfer_amounts(row.verification_id, WRONG)
        sandbox.fault("status", status=503, match={"method": "GET", "path": row.token})
        response = await verify(portal, account, RIGHT)
        assert (response.status_code, response.json()["code"]) == (503, "gateway_unavailable")
        assert steps(await read(portal, account)) == ("pending", "pending", "confirm_amounts", 5)


class TestUntilThen:
    """The limits of an account that is not verified, and how it is shown."""

    async def test_a_pending_account_can_not_pay_and_the_error_says_what_to_do(
        self, services: Services, portal: Portal, sandbox: Sandbox, account: Json
    ) -> None:
        invoice = await post_invoice(services, portal.account_id)
        under_way = await store_bank_account(portal, sandbox.bank_nonce(UNDER_WAY))

        async def refused(method: Json) -> tuple[int, str, str]:
            response = await pay(portal, method, invoice)
            return response.status_code, response.json()["code"], response.json()["next_step"]

        code = "payment_method_not_verified"
        assert await refused(account) == (409, code, "confirm_amounts")
        await verify(portal, under_way, RIGHT)
        assert await refused(under_way) == (409, code, "wait")
        for _ in range(5):
            await verify(portal, account, WRONG)
        assert await refused(account) == (409, code, "add_again")

    async def test_an_account_that_failed_can_not_be_the_default(self, portal: Portal, account: Json) -> None:
        for _ in range(5):
            await verify(portal, account, WRONG)
        response = await portal.patch(f"{METHODS}/{account['id']}", json={"default": True}, headers={"If-Match": "*"})
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_not_verified")
        assert response.json()["next_step"] == "add_again"

    @pytest.mark.parametrize(
        ("sent", "status"), [([], "pending"), ([RIGHT], "verified"), ([WRONG] * 5, "failed")], ids=str
    )
    async def test_a_removed_account_keeps_its_verification(
        self, portal: Portal, account: Json, sent: list[list[int]], status: str
    ) -> None:
        for amounts in sent:
            await verify(portal, account, amounts)
        await portal.delete(f"{METHODS}/{account['id']}", headers={"If-Match": "*"})
        shown = await read(portal, account)
        assert steps(shown) == ("removed", status, None, None)
        assert (shown["us_bank_account"]["verification"]["verified_at"] is not None) is (status == "verified")
