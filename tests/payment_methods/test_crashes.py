"""The API is killed in the middle of changes; the next check brings rows and vault together again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, if_match, store_card
from tests.factories.users import Member
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.served import Served
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import InGateway, MethodsOf

pytestmark = pytest.mark.slow

METHODS = "/v1/payment-methods"
OLD, NEW = "4111111111111111", "5555555555554444"
EVERYTHING = 1_000

Ask = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Killing:
    """Sends a request of the account's owner to a process of its own, and kills it during the call to the gateway."""

    served: Served
    sandbox: Sandbox
    portal: Portal
    until_the_end: AsyncExitStack

    async def while_held(self, ask: Ask, *, commit: bool, **match: str) -> None:
        """`commit`: what was asked of the gateway is done, and its response never seen; else it has only begun."""
        # Not released before the test ends: what has only begun must not be done after all.
        held = await self.until_the_end.enter_async_context(holding(self.sandbox, commit=commit, **match))
        owner = Member(self.portal.account_id, self.portal.user_id, "", "owner")
        request = asyncio.ensure_future(ask(await self.served.sign_in(owner)))
        await held.by(request)
        self.served.kill()
        with pytest.raises(httpx.TransportError):
            await request


@pytest.fixture
async def killing(served: Served, sandbox: Sandbox, portal: Portal) -> AsyncIterator[Killing]:
    """The API as a process that the test kills."""
    async with AsyncExitStack() as until_the_end:
        yield Killing(served, sandbox, portal, until_the_end)


@pytest.fixture
async def card(portal: Portal, sandbox: Sandbox) -> Json:
    """A card of OLD, the account's default."""
    return await store_card(portal, sandbox.card_nonce(OLD))


async def ten_minutes_later(later: Later) -> None:
    later.clock.forward(minutes=10)
    await later.services.check_methods.check_due(EVERYTHING)


async def test_a_card_that_was_stored_but_not_recorded_is_kept(
    killing: Killing,
    portal: Portal,
    sandbox: Sandbox,
    card: Json,
    methods_of: MethodsOf,
    in_gateway: InGateway,
    later: Later,
) -> None:
    """The method is kept with the fields of its request."""
    nonce = sandbox.card_nonce(NEW)
    body = {"type": "card", "nonce": nonce, "default": True}
    await killing.while_held(
        lambda client: client.post(METHODS, json=body), commit=True, path="^/payment_methods$", body=nonce
    )
    known, intent = await methods_of(portal.account_id)
    assert intent.status == "vaulting"
    assert await in_gateway(portal.account_id) == {known.token, intent.token}
    assert [one["id"] for one in (await portal.get(METHODS)).json()["data"]] == [card["id"]]

    await ten_minutes_later(later)
    first, second = (await portal.get(METHODS)).json()["data"]
    assert (second["id"], second["status"], second["last4"]) == (str(intent.id), "active", "4444")
    assert (first["default"], second["default"]) == (False, True)
    assert await in_gateway(portal.account_id) == {known.token, intent.token}


async def test_a_duplicate_that_was_stored_but_not_recorded_updates_the_existing_card(
    killing: Killing,
    portal: Portal,
    sandbox: Sandbox,
    card: Json,
    methods_of: MethodsOf,
    in_gateway: InGateway,
    later: Later,
) -> None:
    """The existing card gets the new details, as its request said, and no leftover stays."""
    nonce = sandbox.card_nonce(OLD, expiration_date="05/2035")
    body = {"type": "card", "nonce": nonce, "on_duplicate": "use_existing"}
    await killing.while_held(
        lambda client: client.post(METHODS, json=body), commit=True, path="^/payment_methods$", body=nonce
    )
    assert len(await in_gateway(portal.account_id)) == 2
    await ten_minutes_later(later)
    (only,) = (await portal.get(METHODS)).json()["data"]
    assert (only["id"], only["default"], only["card"]["expiration_year"]) == (card["id"], True, 2035)
    kept, _ = await methods_of(portal.account_id)
    assert await in_gateway(portal.account_id) == {kept.token}


async def test_a_card_that_was_not_sent_is_given_up(
    killing: Killing, portal: Portal, sandbox: Sandbox, methods_of: MethodsOf, later: Later, in_gateway: InGateway
) -> None:
    """The process is killed while its customer is made, before the card."""
    body = {"type": "card", "nonce": sandbox.card_nonce()}
    await killing.while_held(
        lambda client: client.post(METHODS, json=body), commit=True, method="POST", path="^/customers$"
    )
    assert [row.status for row in await methods_of(portal.account_id)] == ["vaulting"]
    await ten_minutes_later(later)
    assert [row.status for row in await methods_of(portal.account_id)] == ["refused"]
    assert await in_gateway(portal.account_id) == set()
    assert (await portal.get(METHODS)).json()["data"] == []


async def test_a_removal_that_was_not_recorded_is_completed(
    killing: Killing, portal: Portal, card: Json, methods_of: MethodsOf, in_gateway: InGateway, later: Later
) -> None:
    """The gateway has removed it, so the check removes it here."""
    (row,) = await methods_of(portal.account_id)
    path = f"{METHODS}/{card['id']}"
    await killing.while_held(
        lambda client: client.delete(path, headers=if_match(card)), commit=True, method="DELETE", path=row.token
    )
    assert (await portal.get(path)).json()["status"] == "removing"
    assert await in_gateway(portal.account_id) == set()
    await ten_minutes_later(later)
    assert (await portal.get(path)).json()["status"] == "removed"


@pytest.mark.parametrize("swapped", [False, True])
async def test_a_replacement_that_was_interrupted_is_completed(
    killing: Killing,
    portal: Portal,
    sandbox: Sandbox,
    card: Json,
    methods_of: MethodsOf,
    in_gateway: InGateway,
    later: Later,
    swapped: bool,
) -> None:
    """The process is killed before the new card is recorded, or before the old one is removed from the gateway."""
    nonce = sandbox.card_nonce(NEW)
    (before,) = await methods_of(portal.account_id)
    path = f"{METHODS}/{card['id']}"
    match = {"method": "DELETE", "path": before.token} if swapped else {"path": "^/payment_methods$", "body": nonce}
    await killing.while_held(
        lambda client: client.post(f"{path}/replacement", json={"nonce": nonce}, headers=if_match(card)),
        commit=not swapped,
        **match,
    )
    kept, other = await methods_of(portal.account_id)
    assert (kept.last4, other.status) == (("4444", "discarding") if swapped else ("1111", "vaulting"))
    assert await in_gateway(portal.account_id) == {kept.token, other.token}

    await ten_minutes_later(later)
    (shown,) = (await portal.get(METHODS)).json()["data"]
    assert (shown["id"], shown["last4"], shown["default"]) == (card["id"], "4444", True)
    kept, _ = await methods_of(portal.account_id)
    assert kept.token != before.token
    assert await in_gateway(portal.account_id) == {kept.token}
