"""Cards that expire: how they are shown, and the events for mails to their owners."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from billing_api.errors import InvalidInputError
from billing_api.payment_methods.create_schemas import CardCreate
from billing_api.payment_methods.reading import last_day
from braintree_sandbox.testing import Sandbox
from tests.factories.addresses import new_address
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, expire_card, if_match, pay, store_card
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import InGateway, MethodsOf

METHODS = "/v1/payment-methods"
EVERYTHING = 100_000
ExpiryEvents = Callable[[], Awaitable[list[tuple[str, Any]]]]


@pytest.fixture(autouse=True)
async def _nothing_else_ends(sql: Sql) -> None:
    """Mark the cards of other tests as announced."""
    await sql.execute("UPDATE payment_methods SET expiry_told = 'expired' WHERE kind = 'card'")


@pytest.fixture
async def card(portal: Portal, sandbox: Sandbox) -> Json:
    """A card that expires at the end of June 2031."""
    return await store_card(portal, sandbox.card_nonce(expiration_date="06/2031"))


@pytest.fixture
def expiry_events(portal: Portal, sql: Sql) -> ExpiryEvents:
    """The expiry events of the account's cards."""

    async def find() -> list[tuple[str, Any]]:
        rows = await sql.fetch(
            "SELECT kind, data->>'expires_on' AS ends FROM outbox_events WHERE account_id = $1 AND kind LIKE "
            "'payment\\_method.expire%' ORDER BY id",
            portal.account_id,
        )
        return [(row["kind"].removeprefix("payment_method."), row["ends"]) for row in rows]

    return find


def at(later: Later, day: str) -> None:
    """Set the clock to noon of that day."""
    later.clock.time = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


async def test_one_event_warns_and_one_reports_the_expiry(
    card: Json, later: Later, expiry_events: ExpiryEvents
) -> None:
    tell = later.services.card_expiry.announce_due
    expected: list[tuple[str, str]] = []
    for day, kind in (
        ("2031-05-30", None),
        ("2031-05-31", "expires_soon"),
        ("2031-06-15", None),
        ("2031-06-30", None),
        ("2031-07-01", "expired"),
        ("2032-01-01", None),
    ):
        at(later, day)
        expected += [(kind, "2031-06-30")] if kind else []
        assert await tell(EVERYTHING) == bool(kind), day
        assert await expiry_events() == expected, day


@pytest.mark.parametrize(
    ("day", "expired", "soon"),
    [
        ("2031-05-30", False, False),
        ("2031-05-31", False, True),
        ("2031-06-30", False, True),
        ("2031-07-01", True, False),
    ],
)
async def test_the_shown_expiry_follows_the_day(
    card: Json, later: Later, portal: Portal, day: str, expired: bool, soon: bool
) -> None:
    at(later, day)
    shown = await later.services.payment_methods.get(portal.account_id, card["id"])
    assert shown.card is not None
    assert (shown.card.expired, shown.card.expires_soon) == (expired, soon)


async def test_the_etag_changes_with_the_expiry(card: Json, later: Later, portal: Portal) -> None:
    first = await portal.get(f"{METHODS}/{card['id']}")
    at(later, "2031-06-01")
    await later.services.card_expiry.announce_due(EVERYTHING)
    response = await portal.get(f"{METHODS}/{card['id']}", headers={"If-None-Match": first.headers["ETag"]})
    assert response.status_code == 200


async def test_a_card_that_missed_its_warning_has_only_the_expiry_event(
    card: Json, later: Later, expiry_events: ExpiryEvents
) -> None:
    at(later, "2031-08-01")
    assert await later.services.card_expiry.announce_due(EVERYTHING) == 1
    assert await expiry_events() == [("expired", "2031-06-30")]


async def test_a_replaced_card_has_events_of_its_own(
    card: Json, later: Later, portal: Portal, sandbox: Sandbox, expiry_events: ExpiryEvents
) -> None:
    at(later, "2031-06-01")
    await later.services.card_expiry.announce_due(EVERYTHING)
    present = (await portal.get(f"{METHODS}/{card['id']}")).json()
    response = await portal.post(
        f"{METHODS}/{card['id']}/replacement",
        json={"nonce": sandbox.card_nonce(expiration_date="06/2035")},
        headers=if_match(present),
    )
    assert response.status_code == 200, response.text
    assert await later.services.card_expiry.announce_due(EVERYTHING) == 0
    at(later, "2035-06-01")
    await later.services.card_expiry.announce_due(EVERYTHING)
    assert await expiry_events() == [("expires_soon", "2031-06-30"), ("expires_soon", "2035-06-30")]


async def test_a_removed_card_has_no_more_events(
    card: Json, later: Later, portal: Portal, expiry_events: ExpiryEvents
) -> None:
    await portal.delete(f"{METHODS}/{card['id']}", headers=if_match(card))
    at(later, "2031-06-01")
    assert await later.services.card_expiry.announce_due(EVERYTHING) == 0
    assert await expiry_events() == []


async def test_two_batches_at_once_record_one_event(card: Json, later: Later, expiry_events: ExpiryEvents) -> None:
    at(later, "2031-06-01")
    passes = await asyncio.gather(*(later.services.card_expiry.announce_due(EVERYTHING) for _ in range(2)))
    assert sum(passes) == 1
    assert len(await expiry_events()) == 1


async def test_no_more_than_asked_for(portal: Portal, sandbox: Sandbox, later: Later) -> None:
    for number in ("4111111111111111", "4012888888881881", "5555555555554444"):
        await store_card(portal, sandbox.card_nonce(number, expiration_date="06/2031"))
    at(later, "2031-06-01")
    assert [await later.services.card_expiry.announce_due(2) for _ in range(3)] == [2, 1, 0]


class TestExpired:
    """A card is valid until the last day of its month, in the time zone of the books."""

    async def test_it_can_not_be_stored(
        self, portal: Portal, sandbox: Sandbox, later: Later, in_gateway: InGateway, methods_of: MethodsOf
    ) -> None:
        at(later, "2031-06-30")
        new = CardCreate(type="card", nonce=sandbox.card_nonce(expiration_date="06/2031"))
        good, _ = await later.services.store_method.store(portal.account_id, new)
        at(later, "2031-07-01")
        new = CardCreate(type="card", nonce=sandbox.card_nonce("5555555555554444", expiration_date="06/2031"))
        with pytest.raises(InvalidInputError) as refused:
            await later.services.store_method.store(portal.account_id, new)
        assert [(error.pointer, error.code) for error in refused.value.errors] == [("/nonce", "card_expired")]
        kept, gone = await methods_of(portal.account_id)
        assert (kept.id, gone.status) == (good.id, "refused")
        assert await in_gateway(portal.account_id) == {kept.token}

    async def test_the_refusal_over_http(self, portal: Portal, sandbox: Sandbox) -> None:
        body = {"type": "card", "nonce": sandbox.card_nonce(expiration_date="01/2020")}
        response = await portal.post(METHODS, json=body)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/nonce")
        assert "2020-01-31" in response.json()["errors"][0]["detail"]

    async def test_an_expired_card_can_not_become_the_default(self, card: Json, portal: Portal, sql: Sql) -> None:
        other = await store_card(portal)
        await expire_card(sql, other)
        response = await portal.patch(f"{METHODS}/{other['id']}", json={"default": True}, headers=if_match(other))
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_expired")
        assert response.json()["expires_on"] == "2020-01-31"
        assert (await portal.get(f"{METHODS}/{card['id']}")).json() == card

    async def test_a_refused_default_leaves_the_address_unchanged(
        self, card: Json, portal: Portal, sql: Sql, methods_of: MethodsOf
    ) -> None:
        other = await store_card(portal)
        await expire_card(sql, other)
        change = {"default": True, "billing_address": new_address()}
        response = await portal.patch(f"{METHODS}/{other['id']}", json=change, headers=if_match(other))
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_expired")
        assert [row.billing_address for row in await methods_of(portal.account_id)] == [None, None]

    async def test_an_expired_default_stays_and_can_lose_the_flag(self, card: Json, portal: Portal, sql: Sql) -> None:
        await expire_card(sql, card)
        path = f"{METHODS}/{card['id']}"
        kept = await portal.patch(path, json={"default": True}, headers=if_match(card))
        assert (kept.status_code, kept.json()["default"]) == (200, True)
        lost = await portal.patch(path, json={"default": False}, headers=if_match(kept.json()))
        assert (lost.status_code, lost.json()["default"]) == (200, False)

    async def test_a_payment_with_an_expired_card_is_tried(
        self, card: Json, portal: Portal, sql: Sql, services: Services, sandbox: Sandbox
    ) -> None:
        """Banks renew cards, and accept the old date."""
        await expire_card(sql, card)
        invoice = await post_invoice(services, portal.account_id, 10_000)
        assert (await pay(portal, card, invoice)).status_code == 201
        assert (await portal.get(f"/v1/invoices/{invoice}")).json()["status"] == "paid"


def test_a_months_last_day() -> None:
    assert [last_day(2028, 2), last_day(2030, 12)] == [date(2028, 2, 29), date(2030, 12, 31)]
