"""The choice of autopay over HTTP."""

from uuid import UUID, uuid4

import httpx
import pytest

from billing_api.autopay.schemas import AutopayUpdate
from billing_api.kit.version import ANY_VERSION
from tests.autopay.conftest import PATH, Customer, choose
from tests.factories.payments import (
    MANDATE,
    Json,
    expire_card,
    expire_this_month,
    if_match,
    store_bank_account,
    store_card,
)
from tests.factories.sessions import audit_of
from tests.fixtures.clocked import ClockedWorker, in_days
from tests.fixtures.post import text_of
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import Portal

CONSENT = {"text": "I authorize Example Vendor to debit this account.", "accepted_at": "2026-11-02T09:30:00Z"}


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH)).status_code == 401
    assert (await client.get(f"{PATH}/upcoming")).status_code == 401
    assert (await client.put(PATH, json={"enabled": False}, headers={"If-Match": "*"})).status_code == 401


async def test_at_first_it_is_off(portal: Portal, viewer: Portal) -> None:
    for one in (portal, viewer):
        body = (await one.get(PATH)).json()
        assert (body["enabled"], body["payment_method_id"], body["pays_from"], body["version"]) == (
            False,
            None,
            None,
            1,
        )
        assert (body["currency"], body["limit"], body["retry_days"]) == ("USD", None, [1, 3, 5])
        assert (body["consent"], body["switched_off"], body["updated_at"]) == (None, None, None)
    assert (await portal.get(f"{PATH}/upcoming")).json() == {"data": [], "has_more": False}
    assert (await viewer.put(PATH, json={"enabled": False}, headers={"If-Match": '"1"'})).status_code == 403


async def test_it_is_switched_on_and_off(portal: Portal, card: Json, stranger: Portal, customer: Customer) -> None:
    on = await choose(portal, payment_method_id=card["id"], limit=50_000, use_credits=True)
    body = on.json()
    assert (on.status_code, body["enabled"], body["payment_method_id"], body["limit"]) == (
        200,
        True,
        card["id"],
        50_000,
    )
    assert (body["use_credits"], body["pays_from"], body["version"]) == (True, str(in_days(0)), 2)
    assert (await portal.get(PATH)).json() == body
    same = await choose(portal, payment_method_id=card["id"], limit=50_000, use_credits=True)
    assert same.json() == body
    stale = await portal.put(PATH, json={"enabled": False}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert (await portal.put(PATH, json={"enabled": False})).status_code == 428
    off = (await choose(portal, enabled=False, payment_method_id=card["id"])).json()
    assert (off["enabled"], off["pays_from"], off["limit"], off["switched_off"]) == (False, None, None, None)
    assert (await stranger.get(PATH)).json()["version"] == 1
    entries = await audit_of(customer.services, portal.account_id, "autopay.updated")
    assert [entry.detail["enabled"] for entry in entries] == [True, False]


async def test_it_needs_a_method_that_can_pay(portal: Portal, stranger: Portal) -> None:
    missing = await choose(portal)
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/payment_method_id")
    for method_id in (str(uuid4()), (await store_card(stranger))["id"]):
        assert (await choose(portal, payment_method_id=method_id)).json()["code"] == "payment_method_not_found"
        off = await choose(portal, enabled=False, payment_method_id=method_id)
        assert off.json()["code"] == "payment_method_not_found"
    removed = await store_card(portal)
    assert (await portal.delete(f"/v1/payment-methods/{removed['id']}", headers=if_match(removed))).is_success
    assert (await choose(portal, payment_method_id=removed["id"])).json()["code"] == "payment_method_removed"


async def test_a_bank_account_needs_the_customers_permission(portal: Portal) -> None:
    """Whenever it is switched on, or another one is chosen; text and time are kept."""
    bank, other = [await store_bank_account(portal, mandate=MANDATE) for _ in range(2)]
    refused = await choose(portal, payment_method_id=bank["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "autopay_consent_required")
    allowed = await choose(portal, payment_method_id=bank["id"], consent=CONSENT)
    assert allowed.json()["consent"] == CONSENT
    kept = await choose(portal, payment_method_id=bank["id"], limit=100)
    assert (kept.json()["consent"], kept.json()["limit"]) == (CONSENT, 100)
    assert (await choose(portal, payment_method_id=other["id"])).json()["code"] == "autopay_consent_required"
    assert (await choose(portal, enabled=False, payment_method_id=bank["id"])).status_code == 200
    assert (await choose(portal, payment_method_id=bank["id"])).json()["code"] == "autopay_consent_required"


@pytest.mark.parametrize("accepted_at", ["2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
async def test_a_permission_of_an_impossible_time_is_refused(portal: Portal, accepted_at: str) -> None:
    bank = await store_bank_account(portal, mandate=MANDATE)
    refused = await choose(portal, payment_method_id=bank["id"], consent=CONSENT | {"accepted_at": accepted_at})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/consent/accepted_at")
    assert (await portal.get(PATH)).json()["enabled"] is False


async def test_each_agreement_is_confirmed_by_mail(customer: Customer, card: Json, worker: ClockedWorker) -> None:
    """With the method and the permission; a change of the limit is no new one."""
    await customer.enable(card)
    await worker.follow()
    await customer.enable(card, limit=5_000)
    await worker.follow()
    [first] = await worker.post.to(customer.email)
    assert first["Subject"] == "Autopay for Example Vendor is on"
    assert "Card: Visa •••• 1881" in text_of(first)
    bank = await store_bank_account(customer.portal, mandate=MANDATE)
    await customer.enable(bank, limit=5_000, consent=CONSENT)
    await worker.follow()
    confirmed = text_of((await worker.post.to(customer.email))[-1])
    assert f"Your permission: {CONSENT['text']}" in confirmed
    assert "Limit of a payment: $50.00" in confirmed


async def test_it_needs_a_card_that_is_good(portal: Portal, card: Json, sql: Sql) -> None:
    """One that has expired later is tried: its bank may have renewed it."""
    await expire_card(sql, card)
    refused = await choose(portal, payment_method_id=card["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_method_expired")
    good = await store_card(portal)
    assert (await choose(portal, payment_method_id=good["id"])).status_code == 200
    await expire_card(sql, good)
    changed = await choose(portal, payment_method_id=good["id"], limit=5_000)
    assert (changed.status_code, changed.json()["card_expires_on"]) == (200, "2020-01-31")


async def test_a_card_that_expires_soon_is_warned_of(
    customer: Customer, card: Json, worker: ClockedWorker, sql: Sql
) -> None:
    last_day = await expire_this_month(sql, card)
    assert (await customer.autopay())["card_expires_on"] is None
    assert (await customer.enable(card))["card_expires_on"] == str(last_day)
    await worker.follow()
    [mail] = await worker.post.to(customer.email)
    assert f"It can pay until {last_day:%B} {last_day.day}, {last_day.year}." in " ".join(text_of(mail).split())


async def test_one_that_is_switched_off_at_once_is_not_confirmed(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    await customer.enable(card)
    assert (await choose(customer.portal, enabled=False, payment_method_id=card["id"])).status_code == 200
    await worker.follow()
    assert customer.subjects() == []


async def test_to_switch_it_off_cancels_what_waits_after_its_cut_off(
    portal: Portal, card: Json, customer: Customer
) -> None:
    """The gateway is away, so nothing was sent yet. A change of the limit leaves it: it is about to be paid."""
    await customer.enable(card)
    await customer.owes(1_000, 5)
    worker = customer.worker
    await worker.plan(0)
    worker.move_to(5)
    autopay = worker.services.autopay
    for enabled, status in ((True, "scheduled"), (False, "cancelled")):
        change = AutopayUpdate(enabled=enabled, payment_method_id=UUID(card["id"]), limit=5_000)
        await autopay.update(portal.account_id, change, ANY_VERSION)
        assert [one["status"] for one in await customer.payments()] == [status]
