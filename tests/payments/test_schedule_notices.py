"""Mails about scheduled payments: before their day, and when they can't be made."""

from uuid import UUID

import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice, void_invoice
from tests.factories.payments import Json, if_match, of_invoices
from tests.fixtures.clocked import ClockedWorker, in_days
from tests.fixtures.post import text_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import EVERYTHING, of
from tests.payments.conftest import EndsOf
from tests.payments.schedules import begin_removal, read, schedule


@pytest.fixture
async def owner(portal: Portal, sql: Sql) -> str:
    """The address of the account's owner."""
    return str(await sql.fetchval("SELECT email FROM user_emails WHERE user_id = $1", portal.user_id))


def day_of(days: int) -> str:
    return f"{in_days(days):%B} {in_days(days).day}, {in_days(days).year}"


async def test_it_is_announced_once_with_the_figures_of_that_time(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, owner: str, ends_of: EndsOf
) -> None:
    payment = (await schedule(portal, card, EVERYTHING, 7)).json()
    more = await post_invoice(services, portal.account_id, 2_000, number="INV-MORE")
    dispute = {"reason": "wrong_price", "text": "We agreed on less.", "amount": 500}
    assert (await portal.post(f"/v1/invoices/{more}/disputes", json=dispute)).status_code == 201
    await worker.announce(3)
    confirmed = f"Your payment of $100.00 is scheduled for {day_of(7)}"
    assert worker.post.subjects(owner) == [confirmed]
    for _ in range(2):
        await worker.announce(4)
    subject = f"Your payment of $115.00 is scheduled for {day_of(7)}"
    assert worker.post.subjects(owner) == [confirmed, subject]
    _, mail = await worker.post.to(owner)
    words = " ".join(text_of(mail).split())
    assert "INV-MORE, $15.00" in words
    assert "You contest a part of INV-MORE, which is left out." in words
    assert "pays all the same" not in words
    assert "6:00:00" in words
    after = await read(portal, payment)
    assert (after["amount"], after["status"], after["version"]) == (11_500, "scheduled", 2)
    lines = [(one["contested"], one["contested_left_out"]) for one in after["schedule"]["invoices"]]
    assert lines == [(False, 0), (False, 500)]
    assert await ends_of(UUID(payment["id"])) == ["payment.scheduled", "payment.upcoming"]


@pytest.mark.parametrize(("amount", "paid", "left_out"), [(None, True, 0), (9_700, True, 300), (9_500, False, 500)])
async def test_it_warns_of_the_contested_part_that_a_named_invoice_pays(
    portal: Portal,
    card: Json,
    invoice: UUID,
    worker: ClockedWorker,
    owner: str,
    amount: int | None,
    paid: bool,
    left_out: int,
) -> None:
    payment = (await schedule(portal, card, of_invoices({"invoice_id": str(invoice), "amount": amount}))).json()
    dispute = {"reason": "wrong_price", "text": "We agreed on less.", "amount": 500}
    assert (await portal.post(f"/v1/invoices/{invoice}/disputes", json=dispute)).status_code == 201
    await worker.announce(5)
    [line] = (await read(portal, payment))["schedule"]["invoices"]
    assert (line["contested"], line["contested_left_out"]) == (paid, left_out)
    mail = next(one for one in await worker.post.to(owner) if "Your upcoming payment" in text_of(one))
    words = " ".join(text_of(mail).split())
    assert (f"You contest {line['invoice_number']}, which this payment pays all the same." in words) is paid
    assert (f"You contest a part of {line['invoice_number']}, which is left out." in words) is not paid


async def test_one_whose_day_is_near_when_it_is_made_has_its_confirmation_alone(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, owner: str
) -> None:
    """Moved to a later day it is announced then."""
    payment = (await schedule(portal, card, of(invoice), 3)).json()
    await worker.announce(1)
    [mail] = await worker.post.to(owner)
    assert mail["Subject"] == f"Your payment of $100.00 is scheduled for {day_of(3)}"
    assert "Your payment is scheduled" in text_of(mail)
    assert "You can change or cancel it until" in text_of(mail)
    later = {"scheduled_on": str(in_days(9))}
    moved = await portal.patch(f"/v1/payments/{payment['id']}", json=later, headers=if_match(payment))
    assert moved.status_code == 200
    await worker.announce(2)
    later_day = f"Your payment of $100.00 is scheduled for {day_of(9)}"
    assert worker.post.subjects(owner)[1:] == [later_day]  # the change is confirmed
    await worker.announce(6)
    assert worker.post.subjects(owner)[1:] == [later_day, later_day]
    assert "Your upcoming payment" in text_of((await worker.post.to(owner))[-1])


async def test_one_that_was_not_needed_is_told_and_its_cancellation_by_the_customer_is_not(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, owner: str
) -> None:
    assert (await schedule(portal, card, of(invoice), 2)).status_code == 201
    unwanted = (await schedule(portal, card, of(invoice), 2)).json()
    assert (await portal.post(f"/v1/payments/{unwanted['id']}/cancel")).status_code == 200
    await void_invoice(services, portal.account_id, invoice)
    await worker.run(2)
    await worker.post.tell()
    assert worker.post.subjects(owner) == [f"Your payment scheduled for {day_of(2)} was cancelled"]


async def test_one_whose_method_is_being_removed_is_told_with_the_reason(
    portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, worker: ClockedWorker, owner: str
) -> None:
    assert (await schedule(portal, card, of(invoice), 2)).status_code == 201
    await begin_removal(portal, sandbox, card, token)
    await worker.run(2)
    await worker.post.tell()
    mails = [mail for mail in await worker.post.to(owner) if "did not go through" in str(mail["Subject"])]
    assert ["The payment method was removed." in text_of(mail) for mail in mails] == [True]


async def test_whoever_wants_no_notices_gets_none(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, owner: str
) -> None:
    path = "/v1/notification-preferences"
    choices = {name: True for name in (await portal.get(path)).json() if name != "version"}
    wanted = choices | {"payment_upcoming": False}
    assert (await portal.put(path, json=wanted, headers={"If-Match": '"1"'})).status_code == 200
    assert (await schedule(portal, card, of(invoice), 7)).status_code == 201
    await worker.announce(5)
    assert worker.post.subjects(owner) == []


async def test_one_that_can_not_be_announced_keeps_no_other_from_its_turn(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, sql: Sql, ends_of: EndsOf
) -> None:
    """As after a fault of ours: its choice can't be read."""
    broken, good = [(await schedule(portal, card, of(invoice), days)).json() for days in (6, 7)]
    await sql.execute("UPDATE payment_schedules SET choice = '{}' WHERE payment_id = $1", UUID(broken["id"]))
    await worker.announce(5)
    assert await ends_of(UUID(broken["id"])) == ["payment.scheduled"]
    assert await ends_of(UUID(good["id"])) == ["payment.scheduled", "payment.upcoming"]
