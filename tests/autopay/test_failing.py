"""Automatic payments that fail: tried again where that may help, and else the end of autopay."""

import asyncio
from uuid import UUID

from billing_api.gateway.failures import Decline
from billing_api.payments.recording import Recorder
from billing_api.payments.states import ChargeOutcome, PaymentState
from tests.autopay.conftest import Customer
from tests.autopay.test_paying import day
from tests.factories.payments import Json, if_match, pay, store_bank_account, store_card
from tests.fixtures.clocked import ClockedWorker
from tests.payments.buying import of

SOFT, HARD = 200_100, 200_400  # amounts that the sandbox declines
FAILED = "Your automatic payment of $2,001.00 did not go through"


async def test_a_soft_decline_is_tried_again_on_the_days_of_the_setting(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    """After the last try the invoice is left to the customer; autopay goes on with others."""
    await customer.enable(card)
    await customer.owes(SOFT, 2)
    await worker.plan(0)
    for tries, (today, next_try) in enumerate([(2, 3), (3, 5), (5, 7), (7, None)], start=1):
        await worker.pay(today)
        payments = await customer.payments()
        assert [one["status"] for one in payments][:tries] == ["declined"] * tries
        if next_try is None:
            assert len(payments) == tries
            assert await customer.statuses() == [("ended", None, tries)]
        else:
            assert await customer.statuses() == [("planned", day(next_try), tries + 1)]
        [listed] = await customer.upcoming()
        assert listed["reason"] == payments[0]["decline"]["message"]
    assert customer.subjects().count(FAILED) == 4
    assert not any("did not go through" in one and one != FAILED for one in customer.subjects())
    assert (await customer.autopay())["enabled"] is True
    await customer.owes(900, 9)
    await worker.plan(8)
    await worker.pay(9)
    assert (await customer.payments())[-1]["status"] == "succeeded"


async def test_an_invoice_that_was_paid_meanwhile_is_not_tried_again(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    await customer.enable(card)
    invoice = await customer.owes(SOFT, 2)
    await worker.plan(0)
    await worker.pay(2)
    assert (await pay(customer.portal, card, (invoice, 100_000))).status_code == 201
    assert (await pay(customer.portal, card, (invoice, 100_100))).status_code == 201
    await worker.pay(3)
    assert sorted(one["status"] for one in await customer.payments()) == [
        "cancelled",
        "declined",
        "succeeded",
        "succeeded",
    ]


async def test_a_hard_decline_switches_it_off_and_takes_back_what_is_planned(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    await customer.enable(card)
    await customer.owes(HARD, 2)
    await customer.owes(500, 4)
    await worker.plan(0)
    await worker.pay(2)
    off = await customer.autopay()
    declined = next(one for one in await customer.payments() if one["status"] == "declined")
    assert (off["enabled"], off["pays_from"]) == (False, None)
    assert (off["switched_off"]["code"], off["switched_off"]["payment_id"]) == ("declined", declined["id"])
    assert off["switched_off"]["detail"] == declined["decline"]["message"]
    await worker.pay(4)
    assert sorted(one["status"] for one in await customer.payments()) == ["cancelled", "declined"]
    assert await customer.statuses() == [("ended", None, 1)]
    assert "Autopay for Example Vendor was switched off" in customer.subjects()


async def test_a_hard_decline_of_a_method_that_was_replaced_meanwhile_is_tried_with_the_new_one(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    """The choice of another method stays: the decline says nothing of it."""
    await customer.enable(card)
    await customer.owes(HARD, 2)
    await worker.plan(0)
    await worker.run(2)
    other = await store_card(customer.portal)
    await customer.enable(other)
    await worker.follow()
    assert (await customer.autopay())["enabled"] is True
    assert await customer.statuses() == [("planned", day(3), 2)]
    assert [(one["status"], one["payment_method_id"]) for one in await customer.payments()] == [
        ("declined", card["id"]),
        ("scheduled", other["id"]),
    ]
    await worker.pay(3)
    assert (await customer.autopay())["switched_off"]["code"] == "declined"


async def test_two_workers_plan_one_retry(customer: Customer, card: Json, worker: ClockedWorker) -> None:
    await customer.enable(card)
    await customer.owes(SOFT, 2)
    await worker.plan(0)
    await worker.run(2)
    await asyncio.gather(*(worker.follow() for _ in range(3)))
    assert [one["status"] for one in await customer.payments()] == ["declined", "scheduled"]


async def test_a_returned_debit_is_sent_again_twice_at_most(customer: Customer, worker: ClockedWorker) -> None:
    """A return that may pass, weeks after the first try: the next one is on the day after it."""
    bank = await store_bank_account(customer.portal)
    consent = {"text": "I authorize Example Vendor to debit this account.", "accepted_at": "2026-11-02T09:30:00Z"}
    await customer.enable(bank, consent=consent)
    await customer.owes(4_000, 2)
    await worker.plan(0)
    for tries, today in enumerate((2, 10, 20), start=1):
        await worker.pay(today)
        payments = await customer.payments()
        assert [one["status"] for one in payments] == ["returned"] * (tries - 1) + ["processing"]
        assert (await customer.statuses())[0][0] == "under_way"
        worker.move_to(today + 7)
        outcome = ChargeOutcome(
            state=PaymentState.RETURNED,
            transaction_id=payments[-1]["id"],
            decline=Decline("R01", "Insufficient Funds", soft=True),
        )
        await worker.post.parts[Recorder].record(customer.portal.account_id, UUID(payments[-1]["id"]), outcome)
        await worker.follow()
        if tries < 3:
            assert await customer.statuses() == [("planned", day(today + 8), tries + 1)]
    assert await customer.statuses() == [("ended", None, 3)]
    assert customer.subjects().count("Your automatic payment of $40.00 did not go through") == 3


async def test_a_change_of_the_choice_keeps_the_tries_of_an_invoice(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    """Its next try stays on its day, and the last one is the last."""
    await customer.enable(card)
    await customer.owes(SOFT, 2)
    await worker.plan(0)
    for limit, (today, next_try, tries) in enumerate([(2, 3, 2), (3, 5, 3), (5, 7, 4), (7, None, 4)], start=300_000):
        await worker.pay(today)
        await customer.enable(card, limit=limit)
        await worker.plan(today)
        status = ("ended", None, tries) if next_try is None else ("planned", day(next_try), tries)
        assert await customer.statuses() == [status]
    assert sum(one["status"] == "declined" for one in await customer.payments()) == 4


async def test_another_method_tries_anew_and_the_one_that_was_declined_for_good_does_not(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    """It had switched autopay off; the invoice that it left open is paid by the new method, on the day after."""
    other = await store_card(customer.portal)
    await customer.enable(card)
    await customer.owes(HARD, 2)
    await worker.plan(0)
    await worker.pay(2)
    assert await customer.statuses() == [("ended", None, 1)]
    await customer.enable(card)
    await worker.plan(2)
    assert await customer.statuses() == [("ended", None, 1)]
    for method, status in (
        (other, ("planned", day(3), 1)),
        (card, ("ended", None, 1)),
        (other, ("planned", day(3), 1)),
    ):
        await customer.enable(method)
        await worker.plan(2)
        assert await customer.statuses() == [status]
    [listed] = await customer.upcoming()
    await worker.pay(3)
    assert [one["status"] for one in await customer.payments()].count("declined") == 2
    assert listed["attempt"] == 1


async def test_an_invoice_that_the_customer_takes_out_is_not_planned_again(
    customer: Customer, card: Json, worker: ClockedWorker
) -> None:
    """As one whose payment is cancelled; taken back in, it is planned as before."""
    await customer.enable(card)
    kept, out = [await customer.owes(1_000, 5) for _ in range(2)]
    await worker.plan(0)
    [planned] = await customer.payments()
    url = f"/v1/payments/{planned['id']}"

    async def change(*invoices: UUID) -> None:
        fresh = (await customer.portal.get(url)).json()
        response = await customer.portal.patch(url, json={"pay": of(*invoices)}, headers=if_match(fresh))
        assert response.status_code == 200, response.text
        await worker.follow()

    await change(kept)
    assert sorted(one[0] for one in await customer.statuses()) == ["ended", "planned"]
    [ended] = [one for one in await customer.upcoming() if one["status"] == "ended"]
    assert (ended["invoice_id"], ended["reason"]) == (str(out), "It was taken out of its automatic payment.")
    await change(kept, out)
    assert [one[0] for one in await customer.statuses()] == ["planned", "planned"]
    await change(kept)
    await worker.pay(5)
    await worker.plan(6)
    assert await customer.statuses() == [("ended", None, 1)]
    assert [(one["status"], one["amount"]) for one in await customer.payments()] == [("succeeded", 1_000)]
