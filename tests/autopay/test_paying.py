"""Invoices that are paid automatically: planned and announced, paid on their due date, or left alone."""

import asyncio
from uuid import UUID

import pytest

from billing_api.notifications.reminders import Reminders
from tests.autopay.conftest import Customer, choose
from tests.factories.credits import post_credit_memo
from tests.factories.disputes import dispute_of
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, if_match, pay, store_card
from tests.fixtures.clocked import EVENING, TICK, ClockedWorker, in_days
from tests.fixtures.post import text_of
from tests.fixtures.queries import Sql
from tests.payments.buying import AUTOMATIC, assert_books_add_up, of


def day(days: int) -> str:
    return str(in_days(days))


def long_day(days: int) -> str:
    return f"{in_days(days):%B} {in_days(days).day}, {in_days(days).year}"


async def test_an_invoice_is_announced_and_paid_on_its_due_date(
    customer: Customer, card: Json, worker: ClockedWorker, sql: Sql
) -> None:
    await customer.enable(card)
    invoice = await customer.owes(10_000, 10)
    assert await customer.statuses() == [("expected", day(10), 1)]
    await worker.plan(2)
    assert await customer.payments() == []
    for _ in range(2):
        await worker.plan(3)
    assert await customer.statuses() == [("planned", day(10), 1)]
    assert customer.subjects() == [
        "Autopay for Example Vendor is on",
        f"Your automatic payment of $100.00 is due on {long_day(10)}",
    ]
    [planned] = await customer.payments()
    assert (planned["status"], planned["is_autopay"], planned["scheduled_on"]) == ("scheduled", True, day(10))
    await worker.pay(9)
    assert await customer.statuses() == [("planned", day(10), 1)]
    await worker.pay(10)
    [paid] = await customer.payments()
    assert (paid["status"], paid["amount"]) == ("succeeded", 10_000)
    detail = (await customer.portal.get(f"/v1/payments/{paid['id']}")).json()
    assert [part["invoice_id"] for part in detail["allocations"]] == [str(invoice)]
    assert await customer.statuses() == []
    await worker.plan(11)
    assert len(await customer.payments()) == 1
    await assert_books_add_up(sql, customer.portal.account_id)


async def test_invoices_of_one_day_are_one_charge(customer: Customer, card: Json, worker: ClockedWorker) -> None:
    """One that is posted later joins it, and the notice comes again; another day is another charge."""
    await customer.enable(card)
    for _ in range(2):
        await customer.owes(1_000, 5)
    await customer.owes(700, 6)
    await worker.plan(0)
    await customer.owes(300, 5)
    await worker.plan(1)
    assert sorted((one["scheduled_on"], one["amount"]) for one in await customer.payments()) == [
        (day(5), 2_300),
        (day(6), 700),
    ]
    assert customer.subjects()[-1] == f"Your automatic payment of $23.00 is due on {long_day(5)}"
    await worker.pay(5)
    await worker.pay(6)
    assert {one["status"] for one in await customer.payments()} == {"succeeded"}


@pytest.mark.parametrize("changed", ["method", "amount", "credits"])
async def test_an_invoice_does_not_join_a_payment_that_the_customer_has_changed(
    customer: Customer, card: Json, worker: ClockedWorker, changed: str
) -> None:
    """It is a payment of its own: the other one is made as the customer wants it."""
    await customer.enable(card)
    first = await customer.owes(1_000, 5)
    await worker.plan(0)
    [planned] = await customer.payments()
    other = await store_card(customer.portal)
    change: Json = {
        "method": {"payment_method_id": other["id"]},
        "amount": {"pay": of((first, 400))},
        "credits": {"credits": AUTOMATIC},
    }[changed]
    url = f"/v1/payments/{planned['id']}"
    assert (await customer.portal.patch(url, json=change, headers=if_match(planned))).status_code == 200
    await customer.owes(300, 5)
    await worker.plan(1)
    await customer.owes(30, 5)
    await worker.plan(2)
    await worker.pay(5)
    assert [(one["status"], one["payment_method_id"], one["amount"]) for one in await customer.payments()] == [
        ("succeeded", (other if changed == "method" else card)["id"], 400 if changed == "amount" else 1_000),
        ("succeeded", card["id"], 330),
    ]


async def test_one_that_is_due_at_once_is_paid_on_the_day_after_its_notice(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    """One that was overdue when autopay was switched on is left to the customer."""
    await post_invoice(customer.services, customer.portal.account_id, 5_000)  # of March
    await customer.enable(card)
    await customer.owes(1_000, 0)
    await worker.plan(0)
    assert await customer.statuses() == [("planned", day(1), 1)]
    await worker.pay(1)
    assert [one["status"] for one in await customer.payments()] == ["succeeded"]


async def test_contested_invoices_are_left_alone_until_the_vendor_has_answered(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    await customer.enable(card)
    before, after, _ = [await customer.owes(1_000, 5) for _ in range(3)]
    await customer.contest(before)
    await worker.plan(0)
    dispute = await customer.contest(after)
    assert sorted(one[0] for one in await customer.statuses()) == ["contested", "contested", "planned"]
    await worker.pay(5)
    [paid] = await customer.payments()
    assert paid["amount"] == 1_000
    assert [one[0] for one in await customer.statuses()] == ["contested", "contested"]
    url = f"/v1/invoices/{after}/disputes/{dispute['id']}/withdrawal"
    withdrawn = await customer.portal.post(url)
    assert withdrawn.is_success, withdrawn.text
    await worker.plan(6)
    assert ("planned", day(7), 1) in await customer.statuses()
    await worker.pay(7)
    assert [one["amount"] for one in await customer.payments()] == [1_000, 1_000]


async def test_invoices_above_the_limit_are_left_alone_with_a_mail(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    """Those of the day that fit are paid; a higher limit plans the others."""
    await customer.enable(card, limit=1_500)
    await customer.owes(1_000, 4, number="INV-FITS")
    await customer.owes(900, 4, number="INV-ABOVE")
    await worker.plan(0)
    assert sorted(one[0] for one in await customer.statuses()) == ["above_limit", "planned"]
    assert "Invoice INV-ABOVE is above the limit of autopay" in customer.subjects()
    await worker.plan(1)
    assert customer.subjects().count("Invoice INV-ABOVE is above the limit of autopay") == 1
    await customer.enable(card, limit=5_000)
    await worker.plan(1)
    assert {one[0] for one in await customer.statuses()} == {"planned"}
    await worker.pay(4)
    assert {one["status"]: one["amount"] for one in await customer.payments()} == {
        "succeeded": 1_900,
        "cancelled": 1_000,
    }


async def test_a_day_above_the_limit_keeps_no_other_day_from_its_plan(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    """Its invoice is kept before the payment of the later day, in one transaction."""
    await customer.enable(card, limit=1_500)
    await customer.owes(1_501, 3)
    await customer.owes(1_000, 4)
    await worker.plan(0)
    assert await customer.statuses() == [("above_limit", None, 1), ("planned", str(in_days(4)), 1)]
    await worker.pay(4)
    assert [(one["status"], one["amount"]) for one in await customer.payments()] == [("succeeded", 1_000)]


async def test_the_limit_counts_before_the_notice(customer: Customer, card: Json, worker: ClockedWorker) -> None:
    """A customer reads at once which invoices are left to them, although none is planned for weeks."""
    await customer.enable(card, limit=1_500)
    await customer.owes(1_501, 30)
    await customer.owes(1_000, 40)
    await customer.owes(600, 40)
    await customer.owes(500, 40)
    on = str(in_days(40))
    before = await customer.statuses()
    assert before == [("above_limit", None, 1), ("expected", on, 1), ("above_limit", None, 1), ("expected", on, 1)]
    assert await customer.payments() == []
    await worker.plan(35)
    planned = await customer.statuses()
    assert planned == [("above_limit", None, 1), ("planned", on, 1), ("above_limit", None, 1), ("planned", on, 1)]


async def test_what_is_paid_by_hand_is_not_paid_again(customer: Customer, card: Json, worker: ClockedWorker) -> None:
    await customer.enable(card)
    invoice = await customer.owes(1_000, 4)
    await worker.plan(0)
    assert (await pay(customer.portal, card, invoice)).status_code == 201
    await worker.pay(4)
    assert sorted(one["status"] for one in await customer.payments()) == ["cancelled", "succeeded"]


async def test_an_invoice_that_a_chargeback_reopens_is_left_to_the_customer_with_reminders(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    await customer.enable(card)
    await customer.owes(1_000, 4, number="INV-AGAIN")
    await worker.plan(0)
    await worker.pay(4)
    [paid] = await customer.payments()
    who = (customer.portal.account_id, UUID(paid["id"]))
    dispute = await dispute_of(customer.services, *who, amount=1_000)
    await customer.services.record_disputes.record(*who, dispute)
    await worker.plan(4)
    assert await customer.statuses() == [("ended", None, 1)]
    assert (await customer.upcoming())[0]["reason"] == "It was paid automatically before, and is due again."
    worker.move_to(5, EVENING)
    await worker.post.parts[Reminders].remind(TICK)
    await worker.follow()
    assert any("overdue" in one for one in worker.post.subjects(customer.email))
    assert len(await customer.payments()) == 1


async def test_credits_pay_first_where_that_was_chosen(customer: Customer, card: Json, worker: ClockedWorker) -> None:
    await customer.enable(card, use_credits=True)
    await customer.owes(1_000, 4)
    await post_credit_memo(customer.services, customer.portal.account_id, 400)
    await worker.plan(0)
    await worker.pay(4)
    [paid] = await customer.payments()
    assert (paid["status"], paid["amount"], paid["credited"]) == ("succeeded", 600, 400)


async def test_switching_it_off_cancels_what_is_planned(customer: Customer, card: Json, worker: ClockedWorker) -> None:
    await customer.enable(card)
    await customer.owes(1_000, 4)
    await worker.plan(0)
    assert (await choose(customer.portal, enabled=False, payment_method_id=card["id"])).status_code == 200
    await worker.follow()
    await worker.pay(4)
    assert [one["status"] for one in await customer.payments()] == ["cancelled"]
    assert await customer.statuses() == []


async def test_another_method_is_charged_for_what_was_planned(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    await customer.enable(card)
    await customer.owes(1_000, 4)
    await worker.plan(0)
    other = await store_card(customer.portal)
    await customer.enable(other)
    await worker.plan(0)
    await worker.pay(4)
    assert [(one["status"], one["payment_method_id"]) for one in await customer.payments()] == [
        ("cancelled", card["id"]),
        ("succeeded", other["id"]),
    ]


async def test_a_payment_that_the_customer_cancels_is_not_planned_again(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    await customer.enable(card)
    await customer.owes(1_000, 4)
    await worker.plan(0)
    [planned] = await customer.payments()
    assert (await customer.portal.post(f"/v1/payments/{planned['id']}/cancel")).status_code == 200
    await worker.follow()
    await worker.plan(1)
    assert len(await customer.payments()) == 1
    assert [one[0] for one in await customer.statuses()] == ["ended"]


async def test_workers_that_plan_and_follow_at_once_do_it_once(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    await customer.enable(card)
    await customer.owes(1_000, 4)
    worker.move_to(0)
    await asyncio.gather(*(worker.plan(0) for _ in range(3)))
    assert len(await customer.payments()) == 1
    await asyncio.gather(*(worker.pay(4) for _ in range(3)))
    assert [one["status"] for one in await customer.payments()] == ["succeeded"]


async def test_a_removed_method_switches_it_off(customer: Customer, card: Json, worker: ClockedWorker) -> None:
    await customer.enable(card)
    await customer.owes(1_000, 4)
    await worker.plan(0)
    path, any_version = f"/v1/payment-methods/{card['id']}", {"If-Match": "*"}
    refused = await customer.portal.delete(path, headers=any_version)
    assert (refused.status_code, refused.json()["used_by"]) == (409, ["autopay", "scheduled_payment"])
    assert (await customer.autopay())["enabled"] is True
    removed = (await customer.portal.delete(f"{path}?detach=true", headers=any_version)).json()
    off, [payment] = await customer.autopay(), await customer.payments()
    assert (off["enabled"], off["switched_off"]["code"]) == (False, "payment_method")
    assert (payment["status"], removed["autopay_switched_off"]) == ("cancelled", True)
    assert [one["payment_number"] for one in removed["cancelled_payments"]] == [payment["number"]]
    assert removed["notice"] == (
        "This was the default payment method: choose another. A scheduled payment was cancelled. "
        "Autopay was switched off."
    )
    await worker.follow()
    assert "Autopay for Example Vendor was switched off" in customer.subjects()
    [mail] = [mail for mail in await worker.post.to(customer.email) if "was removed" in str(mail["Subject"])]
    words = " ".join(text_of(mail).split())
    assert "Autopay paid with it and was switched off." in words
    assert f"Payment: {payment['number']}, {in_days(4):%B %-d, %Y}, $10.00" in words


async def test_a_removed_method_of_another_kind_leaves_it_on(customer: Customer, card: Json) -> None:
    await customer.enable(card)
    other = await store_card(customer.portal)
    response = await customer.portal.delete(f"/v1/payment-methods/{other['id']}", headers=if_match(other))
    assert (response.status_code, response.json()["autopay_switched_off"]) == (200, False)
    assert (await customer.autopay())["enabled"] is True


async def test_invoices_in_other_currencies_are_named_and_not_paid(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    await customer.enable(card, limit=1_000)
    other = await customer.owes(800, 4, currency="EUR")
    await customer.owes(900, 4)
    await worker.plan(0)
    listed = {one["currency"]: (one["status"], one["pay_on"]) for one in await customer.upcoming()}
    assert listed == {"EUR": ("other_currency", None), "USD": ("planned", day(4))}
    await worker.pay(4)
    assert [(one["status"], one["currency"]) for one in await customer.payments()] == [("succeeded", "USD")]
    assert [one["invoice_id"] for one in await customer.upcoming()] == [str(other)]
