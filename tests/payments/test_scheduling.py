"""Scheduled payments over HTTP: made, listed, changed and cancelled until the cut-off."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest

from billing_api.kit.clock import Clock
from billing_api.kit.version import ANY_VERSION
from billing_api.payments.schedule_errors import PaymentCutOffPassedError, PaymentNotScheduledError
from billing_api.payments.schedule_schemas import PaymentUpdate, ScheduleReasonRead
from billing_api.payments.schedules import Schedules
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import post_credit_memo
from tests.factories.invoices import post_invoice, void_invoice
from tests.factories.payments import Json, if_match, new_key, pay, store_card
from tests.fixtures.clocked import ClockedWorker, in_days
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC, EVERYTHING, buy, of, quote
from tests.payments.conftest import Books, BooksOf, EndsOf, SalesOf
from tests.payments.schedules import read, schedule


async def test_it_waits_for_its_day_and_reserves_nothing(
    portal: Portal, card: Json, invoice: UUID, books_of: BooksOf, sales_of: SalesOf, ends_of: EndsOf
) -> None:
    response = await schedule(portal, card, of(invoice))
    payment = response.json()
    assert response.status_code == 201
    assert (payment["status"], payment["amount"], payment["scheduled_on"]) == ("scheduled", 10_000, str(in_days(7)))
    assert (payment["last4"], payment["is_autopay"], payment["allocations"]) == (card["last4"], False, [])
    expected = payment["schedule"]
    assert expected["change_until"] == f"{in_days(7)}T06:00:00Z"
    assert expected["pay"]["invoices"] == [{"invoice_id": str(invoice), "amount": None}]
    assert expected["credits"] == {"type": "none", "amount": None, "credits": None}
    (line,) = expected["invoices"]
    assert (line["invoice_id"], line["amount"], line["contested"]) == (str(invoice), 10_000, False)
    assert (expected["left_out"], expected["reason"]) == ([], None)
    assert await read(portal, payment) == payment
    assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=0, cash=0)
    assert await sales_of(portal.account_id) == []
    assert await ends_of(UUID(payment["id"])) == ["payment.scheduled"]


async def test_a_repeat_with_the_same_key_schedules_once(portal: Portal, card: Json, invoice: UUID) -> None:
    key = new_key()
    first, again = [await schedule(portal, card, of(invoice), key=key) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    listed = (await portal.get("/v1/payments", params={"status": "scheduled"})).json()["data"]
    assert [(one["id"], one["scheduled_on"]) for one in listed] == [(first.json()["id"], str(in_days(7)))]


@pytest.mark.parametrize("days", [-1, 0, 366])
async def test_its_day_is_from_tomorrow_to_a_year_ahead(portal: Portal, card: Json, invoice: UUID, days: int) -> None:
    refused = await schedule(portal, card, of(invoice), days)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/scheduled_on")
    assert (await quote(portal, EVERYTHING, scheduled_on=str(in_days(days)))).status_code == 422
    for allowed in (1, 365):
        assert (await schedule(portal, card, of(invoice), allowed)).status_code == 201


async def test_a_quote_of_the_day_has_its_discounts(services: Services, portal: Portal, card: Json) -> None:
    """And its version is that of the payment."""
    terms = {"basis_points": 200, "until": in_days(5)}
    invoice = await post_invoice(services, portal.account_id, 10_000, discount=terms)
    early, late = [(await quote(portal, of(invoice), scheduled_on=str(in_days(days)))).json() for days in (5, 6)]
    assert (early["discounted"], late["discounted"]) == (200, 0)
    made = await schedule(portal, card, of(invoice), 5, quote_version=early["quote_version"])
    assert (made.status_code, made.json()["amount"], made.json()["discounted"]) == (201, 9_800, 200)
    stale = await schedule(portal, card, of(invoice), 6, quote_version=early["quote_version"])
    assert (stale.status_code, stale.json()["code"]) == (409, "quote_stale")


async def test_a_removed_method_and_a_paid_invoice_are_refused_at_once(
    portal: Portal, card: Json, invoice: UUID, services: Services
) -> None:
    removed = await store_card(portal)
    assert (await portal.delete(f"/v1/payment-methods/{removed['id']}", headers=if_match(removed))).is_success
    assert (await schedule(portal, removed, of(invoice))).json()["code"] == "payment_method_removed"
    assert (await schedule(portal, None, of(invoice))).json()["code"] == "payment_method_required"
    await void_invoice(services, portal.account_id, invoice)
    assert (await schedule(portal, card, of(invoice))).json()["code"] == "invoice_not_payable"


async def test_the_day_the_method_and_the_choice_can_be_changed(
    services: Services, portal: Portal, card: Json, invoice: UUID, ends_of: EndsOf
) -> None:
    payment = (await schedule(portal, card, of(invoice))).json()
    other, more = await store_card(portal), await post_invoice(services, portal.account_id, 2_500)
    await post_credit_memo(services, portal.account_id, 500)
    change = {
        "scheduled_on": str(in_days(9)),
        "payment_method_id": other["id"],
        "pay": of(invoice, more),
        "credits": AUTOMATIC,
        "overpayment": 70,
    }
    changed = await portal.patch(f"/v1/payments/{payment['id']}", json=change, headers=if_match(payment))
    assert changed.status_code == 200, changed.text
    body = changed.json()
    assert (body["version"], body["number"], body["created_at"]) == (2, payment["number"], payment["created_at"])
    assert (body["amount"], body["credited"], body["overpaid"]) == (12_070, 500, 70)
    assert (body["scheduled_on"], body["received_on"], body["deposit_id"]) == (str(in_days(9)), str(in_days(9)), None)
    assert body["payment_method_id"] == other["id"]
    again = await portal.patch(f"/v1/payments/{payment['id']}", json=change, headers=if_match(body))
    assert (again.status_code, again.json()) == (200, body)
    stale = await portal.patch(f"/v1/payments/{payment['id']}", json=change, headers=if_match(payment))
    assert stale.status_code == 412
    assert await ends_of(UUID(payment["id"])) == ["payment.scheduled", "payment.rescheduled"]


async def test_another_day_leaves_out_what_was_paid_meanwhile(
    services: Services, portal: Portal, card: Json, invoice: UUID
) -> None:
    """A new choice of it is refused."""
    more = await post_invoice(services, portal.account_id, 2_500)
    payment = (await schedule(portal, card, of(invoice, more))).json()
    assert (await pay(portal, card, invoice)).status_code == 201
    url, headers = f"/v1/payments/{payment['id']}", if_match(payment)
    body = (await portal.patch(url, json={"scheduled_on": str(in_days(8))}, headers=headers)).json()
    assert body["amount"] == 2_500
    assert [(one["invoice_id"], one["reason"]) for one in body["schedule"]["left_out"]] == [
        (str(invoice), "not_payable")
    ]
    assert len(body["schedule"]["pay"]["invoices"]) == 2
    refused = await portal.patch(url, json={"pay": of(invoice)}, headers=if_match(body))
    assert refused.json()["code"] == "invoice_not_payable"


async def test_it_is_cancelled_once(portal: Portal, card: Json, invoice: UUID, ends_of: EndsOf) -> None:
    payment = (await schedule(portal, card, of(invoice))).json()
    url = f"/v1/payments/{payment['id']}/cancel"
    first, again = [await portal.post(url) for _ in range(2)]
    assert (first.status_code, first.json()["status"], again.json()) == (200, "cancelled", first.json())
    assert first.json()["schedule"]["reason"]["code"] == "cancelled_by_customer"
    change = {"scheduled_on": str(in_days(8))}
    refused = await portal.patch(f"/v1/payments/{payment['id']}", json=change, headers=if_match(first.json()))
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_not_scheduled")
    assert await ends_of(UUID(payment["id"])) == ["payment.scheduled", "payment.cancelled"]


async def test_a_payment_that_was_made_can_be_neither_changed_nor_cancelled(
    portal: Portal, card: Json, invoice: UUID
) -> None:
    made = (await pay(portal, card, invoice)).json()
    assert (made["scheduled_on"], made["schedule"]) == (None, None)
    refused = await portal.post(f"/v1/payments/{made['id']}/cancel")
    assert (refused.status_code, refused.json()["payment_status"]) == (409, "succeeded")


async def test_after_the_cut_off_nothing_is_changed(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker
) -> None:
    payment = (await schedule(portal, card, of(invoice), 1)).json()
    scheduled, payment_id = worker.services.scheduled_payments, UUID(payment["id"])
    worker.move_to(1)
    with pytest.raises(PaymentCutOffPassedError):
        await scheduled.change(portal.account_id, payment_id, PaymentUpdate(scheduled_on=in_days(5)), ANY_VERSION)
    worker.move_to(1, time(5, 59, 59, tzinfo=UTC))
    changed = await scheduled.change(portal.account_id, payment_id, PaymentUpdate(scheduled_on=in_days(5)), ANY_VERSION)
    assert changed.scheduled_on == in_days(5)


async def test_while_the_gateway_is_away_it_is_cancelled_after_the_cut_off(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, sandbox: Sandbox, sales_of: SalesOf, sql: Sql
) -> None:
    """A run that starts at the same moment finds it cancelled, or it is too late for the customer: never both."""
    customer = await sql.fetchval("SELECT customer_id FROM gateway_customers WHERE account_id = $1", portal.account_id)
    payment, other = [(await schedule(portal, card, of((invoice, 10)), 1)).json() for _ in range(2)]
    scheduled = worker.services.scheduled_payments
    fault = sandbox.fault("status", status=503, times=20, match={"path": customer})
    await worker.run(1)
    cancelled = await scheduled.cancel(portal.account_id, UUID(payment["id"]))
    assert (cancelled.status, cancelled.schedule and cancelled.schedule.reason) == (
        "cancelled",
        ScheduleReasonRead(code="cancelled_by_customer", detail="The customer cancelled it."),
    )
    sandbox.control("DELETE", f"/faults/{fault}")
    worker.clock.time += timedelta(hours=1)
    await worker.post.work()
    assert [sale["order_id"] for sale in await sales_of(portal.account_id)] == [other["id"]]
    with pytest.raises(PaymentNotScheduledError):
        await scheduled.cancel(portal.account_id, UUID(other["id"]))


@pytest.mark.parametrize("field", ["device_data", "three_d_secure_nonce"])
async def test_the_proofs_of_a_payer_who_is_there_are_refused_for_a_later_day(
    portal: Portal, card: Json, invoice: UUID, field: str
) -> None:
    refused = await schedule(portal, card, of(invoice), 7, **{field: "fake-valid-nonce"})
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [(f"/{field}", "not_for_later")]


async def test_only_users_who_may_pay_schedule_change_and_cancel(
    portal: Portal, viewer: Portal, stranger: Portal, card: Json, invoice: UUID
) -> None:
    payment = (await schedule(portal, card, of(invoice))).json()
    url, change = f"/v1/payments/{payment['id']}", {"scheduled_on": str(in_days(8))}
    assert (await schedule(viewer, card, of(invoice))).status_code == 403
    for someone, status in ((viewer, 403), (stranger, 404)):
        assert (await someone.patch(url, json=change, headers=if_match(payment))).status_code == status
        assert (await someone.post(f"{url}/cancel")).status_code == status
    assert (await portal.patch(url, json=change)).status_code == 428
    assert (await read(portal, payment))["status"] == "scheduled"


async def test_an_account_has_at_most_so_many(
    portal: Portal, card: Json, invoice: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing_api.payments.scheduling.MOST_SCHEDULED", 1)
    assert (await schedule(portal, card, of(invoice))).status_code == 201
    refused = await schedule(portal, card, of(invoice))
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (
        409,
        "too_many_scheduled_payments",
        1,
    )


async def test_the_choice_of_a_payment_without_a_charge_needs_no_method(
    services: Services, portal: Portal, invoice: UUID
) -> None:
    await post_credit_memo(services, portal.account_id, 20_000)
    made = await schedule(portal, None, of(invoice), credits=AUTOMATIC)
    assert (made.status_code, made.json()["type"], made.json()["amount"]) == (201, "credit", 0)


@pytest.mark.parametrize("zone_hour", [("America/New_York", 6, 11), ("Asia/Kolkata", 0, 18.5)])
def test_the_cut_off_is_an_hour_of_the_books_day(zone_hour: tuple[str, int, float]) -> None:
    zone, hour, utc = zone_hour
    day = datetime(2026, 12, 15, tzinfo=UTC)
    cut_off = Schedules(None, None, Clock(zone), hour=hour).cut_off(day.date())  # type: ignore[arg-type]
    assert cut_off in {day + timedelta(hours=utc), day - timedelta(hours=24 - utc)}


async def test_a_schedule_needs_a_key(portal: Portal, card: Json, invoice: UUID, sql: Sql) -> None:
    body = {"currency": "USD", "pay": of(invoice), "payment_method_id": card["id"], "scheduled_on": str(in_days(2))}
    assert (await portal.post("/v1/payments", json=body)).status_code == 400
    assert await sql.fetchval("SELECT count(*) FROM payments WHERE account_id = $1", portal.account_id) == 0
    assert (await buy(portal, card, of(invoice))).json()["received_on"] == str(in_days(0))
