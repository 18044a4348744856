"""Payments by cards that have expired, or will have on their day: banks renew cards, so some of them are made."""

from datetime import date
from uuid import UUID

from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, expire_card, expire_this_month, if_match, pay, store_bank_account, store_card
from tests.fixtures.clocked import ClockedWorker, in_days
from tests.fixtures.post import text_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC, of
from tests.payments.schedules import read, schedule

EXPIRED = (409, "payment_method_expired")


async def test_an_expired_card_is_tried_at_once_and_not_scheduled(
    services: Services, portal: Portal, card: Json, invoice: UUID, sql: Sql
) -> None:
    await expire_card(sql, card)
    refused = await schedule(portal, card, of(invoice))
    assert (refused.status_code, refused.json()["code"]) == EXPIRED
    assert refused.json()["expires_on"] == "2020-01-31"
    assert (await pay(portal, card, invoice)).status_code == 201


async def test_another_day_or_method_needs_a_card_that_is_good_and_other_changes_do_not(
    portal: Portal, card: Json, invoice: UUID, sql: Sql
) -> None:
    payment = (await schedule(portal, card, of(invoice))).json()
    path, other = f"/v1/payments/{payment['id']}", await store_card(portal)
    for one in (card, other):
        await expire_card(sql, one)
    for change in ({"scheduled_on": str(in_days(9))}, {"payment_method_id": other["id"]}):
        refused = await portal.patch(path, json=change, headers=if_match(payment))
        assert (refused.status_code, refused.json()["code"]) == EXPIRED
    changed = await portal.patch(path, json={"credits": AUTOMATIC}, headers=if_match(payment))
    assert (changed.status_code, changed.json()["schedule"]["card_expires_on"]) == (200, "2020-01-31")


async def test_a_card_that_expires_before_the_day_is_warned_of(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, sql: Sql
) -> None:
    """In the response and in the notice; its bank may have renewed it by then, so it is tried."""
    last_day = await expire_this_month(sql, card)
    scheduled = await schedule(portal, card, of(invoice), 40)
    payment = scheduled.json()
    assert (scheduled.status_code, payment["schedule"]["card_expires_on"]) == (201, str(last_day))
    assert (await read(portal, payment))["schedule"]["card_expires_on"] == str(last_day)
    assert f"good through {long(last_day)}" in await notice_of(portal, worker, sql, 38)
    await worker.run(40)
    paid = await read(portal, payment)
    assert (paid["status"], paid["schedule"]["card_expires_on"]) == ("succeeded", None)


async def test_a_card_that_was_renewed_and_a_bank_account_are_not_warned_of(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, sql: Sql
) -> None:
    await expire_this_month(sql, card)
    payment = (await schedule(portal, card, of(invoice), 40)).json()
    await sql.execute("UPDATE payment_methods SET next_check_at = '2020-01-01' WHERE id = $1", UUID(card["id"]))
    await services.check_methods.check_due(1000)
    assert (await read(portal, payment))["schedule"]["card_expires_on"] is None
    assert "good through" not in await notice_of(portal, worker, sql, 38)
    bank, more = await store_bank_account(portal), await post_invoice(services, portal.account_id)
    assert (await schedule(portal, bank, of(more), 40)).json()["schedule"]["card_expires_on"] is None


async def notice_of(portal: Portal, worker: ClockedWorker, sql: Sql, days: int) -> str:
    """The words of the notice that is sent on a day."""
    await worker.announce(days)
    owner = str(await sql.fetchval("SELECT email FROM user_emails WHERE user_id = $1", portal.user_id))
    _, mail = [mail for mail in await worker.post.to(owner) if "is scheduled for" in str(mail["Subject"])]
    return " ".join(text_of(mail).split())


def long(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
