"""Operations that cost money or time are throttled: declined cards, verifications, client tokens, quotes, searches."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address
from random import randrange
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from billing_api.config import Settings
from billing_api.main import create_app
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import new_key, of_invoices, pay, store_card
from tests.factories.users import Member, make_account, make_member, open_session
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import problem

DECLINED = {"type": "card", "nonce": "fake-processor-declined-visa-nonce"}
GOOD = {"type": "card", "nonce": "fake-valid-nonce", "on_duplicate": "store_again"}
METHODS, QUOTE, TOKEN = "/v1/payment-methods", "/v1/payments/quote", "/v1/payment-methods/client-token"


@dataclass
class Strict:
    """A process with low limits, whose clock stands still."""

    app: FastAPI
    clock: MovableClock
    clients: AsyncExitStack

    @property
    def services(self) -> Services:
        services: Services = Services(self.app.state.parts)
        return services

    async def enter(self, account_id: UUID | None = None, *, ip: str | None = None) -> Portal:
        """Sign in a new user of the account, or of a fresh one, from a network of their own."""
        return await self.enter_as(await make_member(self.services, account_id), ip=ip)

    async def enter_as(self, member: Member, *, ip: str | None = None) -> Portal:
        """Sign in an existing user."""
        grant = await open_session(self.services, member)
        portal = Portal(self.app, grant.caller, grant.access_token)
        address = ip or str(IPv4Address(randrange(2**32)))
        portal._transport = httpx.ASGITransport(app=self.app, client=(address, 50000))
        return await self.clients.enter_async_context(portal)


@pytest.fixture
async def strict(settings: Settings) -> AsyncIterator[Strict]:
    limits = {
        "card_declines_per_account": "3 per hour",
        "card_declines_per_ip": "5 per hour",
        "methods_verified_per_account": "7 per hour",
        "client_tokens_per_user": "2 per minute",
        "quotes_per_user": "2 per minute",
        "searches_per_user": "2 per minute",
    }
    clock = MovableClock()
    app = create_app(settings.model_copy(update=limits), clock)
    async with app.router.lifespan_context(app), AsyncExitStack() as clients:
        yield Strict(app, clock, clients)


def words_of(seconds: int) -> str:
    """Return the time as details say it: in minutes where there is a whole one."""
    return f"{seconds} seconds." if seconds < 60 else f"{-(-seconds // 60)} minute"


def refused(response: httpx.Response, code: str, policy: str, quota: int, seconds: int) -> None:
    """The response is a 429 with all that a client needs to wait rightly."""
    problem(response, 429, code)
    assert response.headers["Retry-After"] == str(seconds)
    assert response.headers["RateLimit"] == f'"{policy}";r=0;t={seconds}'
    assert response.headers["RateLimit-Policy"] == f'"{policy}";q={quota};w={seconds}'
    assert words_of(seconds) in response.json()["detail"]


class TestDeclines:
    async def test_a_tester_of_stolen_cards_gets_a_few_responses(self, strict: Strict) -> None:
        portal = await strict.enter()
        responses = [await portal.post(METHODS, json=DECLINED) for _ in range(6)]
        assert [response.status_code for response in responses] == [402] * 3 + [429] * 3
        refused(responses[-1], "too_many_declines", "declines-account", 3, 3600)
        problem(await portal.post(METHODS, json=GOOD), 429, "too_many_declines")

    async def test_a_colleague_does_not_get_more(self, strict: Strict) -> None:
        account_id = await make_account(strict.services)
        for _ in range(3):
            await (await strict.enter(account_id)).post(METHODS, json=DECLINED)
        problem(await (await strict.enter(account_id)).post(METHODS, json=DECLINED), 429, "too_many_declines")

    async def test_another_process_shares_the_count(self, strict: Strict, settings: Settings) -> None:
        portal = await strict.enter()
        for _ in range(3):
            await portal.post(METHODS, json=DECLINED)
        other = create_app(settings.model_copy(update={"card_declines_per_account": "3 per hour"}), strict.clock)
        async with other.router.lifespan_context(other):
            elsewhere = Strict(other, strict.clock, strict.clients)
            problem(await (await elsewhere.enter(portal.account_id)).post(METHODS, json=GOOD), 429, "too_many_declines")

    async def test_a_network_is_counted_over_its_accounts(self, strict: Strict) -> None:
        ip = str(IPv4Address(randrange(2**32)))
        for tries in (3, 2):
            portal = await strict.enter(ip=ip)
            for _ in range(tries):
                problem(await portal.post(METHODS, json=DECLINED), 402, "payment_method_declined")
        third = await strict.enter(ip=ip)
        refused(await third.post(METHODS, json=DECLINED), "too_many_declines", "declines-network", 5, 3600)
        elsewhere = await strict.enter(third.account_id)
        assert (await elsewhere.post(METHODS, json=GOOD)).status_code == 201

    async def test_many_at_once_outrun_the_count_by_a_few_at_most(self, strict: Strict) -> None:
        portal = await strict.enter()
        responses = await asyncio.gather(*(portal.post(METHODS, json=DECLINED) for _ in range(20)))
        declined = [response.status_code for response in responses].count(402)
        assert 3 <= declined <= 3 + 3

    async def test_declined_payments_and_replacements_add_up_with_them(self, strict: Strict) -> None:
        portal = await strict.enter()
        card = await store_card(portal)
        invoice = await post_invoice(strict.services, portal.account_id, 500_000)
        problem(await pay(portal, card, (invoice, 200_000)), 402, "payment_declined")
        replaced = await portal.post(
            f"{METHODS}/{card['id']}/replacement", json={"nonce": DECLINED["nonce"]}, headers={"If-Match": "*"}
        )
        problem(replaced, 402, "payment_method_declined")
        problem(await portal.post(METHODS, json=DECLINED), 402, "payment_method_declined")
        refused(await pay(portal, card, (invoice, 100)), "too_many_declines", "declines-account", 3, 3600)

    async def test_a_throttle_does_not_refuse_a_replay(self, strict: Strict) -> None:
        """A repeat charges nothing, so that no throttle may hide its response."""
        portal = await strict.enter()
        card = await store_card(portal)
        invoice, key = await post_invoice(strict.services, portal.account_id, 500_000), new_key()
        first = await pay(portal, card, (invoice, 200_000), key=key)
        for _ in range(2):
            await portal.post(METHODS, json=DECLINED)
        again = await pay(portal, card, (invoice, 200_000), key=key)
        assert (again.status_code, again.headers["Idempotent-Replayed"]) == (402, "true")
        assert again.json() == first.json()

    async def test_a_refused_payment_leaves_nothing(self, strict: Strict) -> None:
        """Its key is free, and the same request pays when the window has ended."""
        member = await make_member(strict.services)
        portal = await strict.enter_as(member)
        card = await store_card(portal)
        invoice, key = await post_invoice(strict.services, portal.account_id, 500), new_key()
        for _ in range(3):
            await portal.post(METHODS, json=DECLINED)
        problem(await pay(portal, card, invoice, key=key), 429, "too_many_declines")
        assert (await portal.get("/v1/payments")).json()["data"] == []
        strict.clock.forward(hours=1)
        later = await strict.enter_as(member)
        assert (await pay(later, card, invoice, key=key)).status_code == 201

    async def test_it_is_recorded(self, strict: Strict, sql: Sql) -> None:
        portal = await strict.enter()
        for _ in range(5):
            await portal.post(METHODS, json=DECLINED)
        (row,) = await sql.fetch("SELECT * FROM security_log WHERE account_id = $1", portal.account_id)
        assert (row["action"], row["detail"]) == ("throttle.refused", '{"policy": "declines-account"}')
        assert (row["actor_id"], row["ip"]) == (str(portal.user_id), portal._transport.client[0])  # type: ignore[attr-defined]


class TestVerifications:
    async def test_verifications_that_succeed_or_are_duplicates_count(self, strict: Strict) -> None:
        portal = await strict.enter()
        codes = [(await portal.post(METHODS, json=GOOD)).status_code for _ in range(6)]
        codes.append((await portal.post(METHODS, json=GOOD | {"on_duplicate": "reject"})).status_code)
        assert codes == [201] * 6 + [409]
        refused(await portal.post(METHODS, json=GOOD), "too_many_requests", "verifications", 7, 3600)

    async def test_methods_without_a_verification_are_not_counted(self, strict: Strict) -> None:
        portal = await strict.enter()
        for _ in range(8):
            problem(await portal.post(METHODS, json=GOOD | {"nonce": "no-such-nonce"}), 422, "validation_failed")
        assert (await portal.post(METHODS, json=GOOD)).status_code == 201


class TestRates:
    """Each user has limits of reads of their own, in each process."""

    async def ask(self, portal: Portal, policy: str) -> httpx.Response:
        if policy == "client-tokens":
            return await portal.post(TOKEN)
        if policy == "quotes":
            body: dict[str, Any] = {"currency": "USD", "pay": of_invoices({"invoice_id": str(portal.account_id)})}
            return await portal.post(QUOTE, json=body)
        return await portal.get("/v1/invoices?q=1")

    @pytest.mark.parametrize(("policy", "otherwise"), [("client-tokens", 201), ("quotes", 404), ("searches", 200)])
    async def test_each_has_its_own_window(self, strict: Strict, policy: str, otherwise: int) -> None:
        portal = await strict.enter()
        responses = [await self.ask(portal, policy) for _ in range(3)]
        assert [response.status_code for response in responses] == [otherwise, otherwise, 429]
        refused(responses[-1], "too_many_requests", policy, 2, 60)
        colleague = await strict.enter(portal.account_id)
        assert (await self.ask(colleague, policy)).status_code == otherwise
        strict.clock.forward(seconds=60)
        assert (await self.ask(portal, policy)).status_code == otherwise

    async def test_searches_are_one_policy_and_plain_lists_are_none(self, strict: Strict) -> None:
        portal = await strict.enter()
        for path in ("/v1/invoices?q=1", "/v1/transactions?q=1"):
            assert (await portal.get(path)).status_code == 200
        for path in ("/v1/invoices?q=1", "/v1/transactions?q=1"):
            problem(await portal.get(path), 429, "too_many_requests")
        for path in ("/v1/invoices", "/v1/transactions", "/v1/payments"):
            assert [(await portal.get(path)).status_code for _ in range(4)] == [200] * 4

    async def test_windows_that_have_ended_are_forgotten(self, strict: Strict, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("billing_api.auth.rates._MOST_REMEMBERED", 2)
        for _ in range(2):
            await self.ask(await strict.enter(), "searches")
        strict.clock.forward(minutes=1)
        await self.ask(await strict.enter(), "searches")
        assert len(strict.services.rates._windows) == 1
