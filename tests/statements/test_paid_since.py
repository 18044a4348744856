"""A statement asks for nothing that was paid or credited between its last day and its making."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from billing_api.locales.language import language
from billing_api.payments.states import PaymentState
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import apply_credit_memo, post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice, void_invoice
from tests.factories.payments import Json, pay, record_offline, store_bank_account, store_card
from tests.factories.pdfs import text_of
from tests.factories.statements import make_statement
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC, buy, of
from tests.refunds.conftest import refund, settle

KINDS: list[Json] = [{}, {"summary": True}, {"type": "open_items"}, {"type": "open_items", "summary": True}]


@pytest.fixture
def today(services: Services) -> date:
    return services.clock.today()


@pytest.fixture
def day(today: date) -> date:
    """The last day of the statements."""
    return today - timedelta(days=1)


@pytest.fixture
async def invoice(services: Services, account_id: UUID, day: date) -> UUID:
    """An invoice of 100 dollars on that day."""
    return await post_invoice(services, account_id, 10_000, number="INV-1", issued_on=day)


@pytest.fixture
async def ahead(services: Services, account_id: UUID, today: date) -> UUID:
    """An invoice of 70 dollars that is dated after that day, and so on no statement of it."""
    return await post_invoice(services, account_id, 7_000, number="INV-2", issued_on=today)


async def left(services: Services, account_id: UUID, day: date) -> tuple[int, int, int]:
    """What was paid since, the rest, and what is under way, in minor units: the same in each kind of statement."""
    figures = set()
    for fields in KINDS:
        made = await make_statement(services, account_id, day, **fields)
        (balance,) = made.balances
        paper, _ = await services.statements.get_paper(account_id, made.id)
        (part,) = paper.parts
        assert (part.paid_since, part.left_to_pay) == (balance.paid_since, balance.left_to_pay)
        assert balance.closing_balance - part.paid_since - part.pending == part.left_to_pay
        figures.add((balance.paid_since, balance.left_to_pay, part.pending))
    (one,) = figures
    return one


async def paid(portal: Portal, method: Json, *invoices: UUID | tuple[UUID, int]) -> Json:
    response = await pay(portal, method, *invoices)
    assert response.status_code == 201, response.text
    payment: Json = response.json()
    return payment


async def test_a_card_payment(services: Services, portal: Portal, invoice: UUID, day: date) -> None:
    await paid(portal, await store_card(portal), (invoice, 4_000))
    assert await left(services, portal.account_id, day) == (4_000, 6_000, 0)


async def test_a_debit_under_way_and_then_settled_is_taken_off_once(
    services: Services, portal: Portal, invoice: UUID, day: date, sandbox: Sandbox, sql: Sql
) -> None:
    payment = await paid(portal, await store_bank_account(portal), (invoice, 4_000))
    assert payment["status"] == "processing"
    assert await left(services, portal.account_id, day) == (0, 6_000, 4_000)
    await settle(sandbox, sql, payment)
    await services.payment_checks.resolve(portal.account_id, UUID(payment["id"]))
    assert await left(services, portal.account_id, day) == (4_000, 6_000, 0)


async def test_a_debit_that_came_back_is_asked_for_again(
    services: Services, portal: Portal, invoice: UUID, ahead: UUID, day: date
) -> None:
    payment = await paid(portal, await store_card(portal), (invoice, 4_000), ahead)
    assert await left(services, portal.account_id, day) == (4_000, 6_000, 0)
    await services.returned_payments.record(portal.account_id, UUID(payment["id"]), PaymentState.RETURNED)
    assert await left(services, portal.account_id, day) == (0, 10_000, 0)


async def test_a_refund(
    services: Services, portal: Portal, partner: Partner, invoice: UUID, day: date, sandbox: Sandbox, sql: Sql
) -> None:
    payment = await paid(portal, await store_card(portal), invoice)
    assert await left(services, portal.account_id, day) == (10_000, 0, 0)
    await settle(sandbox, sql, payment)
    made = await refund(partner, portal, payment, {"type": "amount", "amount": 2_500})
    assert made.json()["status"] == "succeeded", made.text
    assert await left(services, portal.account_id, day) == (7_500, 2_500, 0)


async def test_a_refund_that_is_due_again_is_of_a_later_day(
    services: Services, portal: Portal, partner: Partner, invoice: UUID, day: date, sandbox: Sandbox, sql: Sql
) -> None:
    """The bank took the whole payment, and the customer owes the refund by an invoice of today."""
    card = await store_card(portal)
    payment = await paid(portal, card, (invoice, 6_000))
    await settle(sandbox, sql, payment)
    assert (await refund(partner, portal, payment, {"type": "amount", "amount": 2_500})).json()["status"] == "succeeded"
    await paid(portal, card, (invoice, 4_000))
    await services.returned_payments.record(portal.account_id, UUID(payment["id"]), PaymentState.RETURNED)
    assert await left(services, portal.account_id, day) == (4_000, 6_000, 0)


async def test_an_offline_payment_with_a_part_for_a_later_invoice(
    services: Services, account_id: UUID, invoice: UUID, ahead: UUID, today: date, day: date
) -> None:
    parts = [{"invoice_id": str(invoice), "amount": 3_000}, {"invoice_id": str(ahead), "amount": 2_000}]
    await record_offline(services, account_id, 6_000, received_on=today, allocations=parts)
    assert await left(services, account_id, day) == (4_000, 6_000, 0)  # a thousand is kept for whatever is due


async def test_credits_and_a_deposit(
    services: Services, account_id: UUID, invoice: UUID, ahead: UUID, today: date, day: date
) -> None:
    memo = await post_credit_memo(services, account_id, 1_500, issued_on=today)
    assert await left(services, account_id, day) == (1_500, 8_500, 0)
    await apply_credit_memo(services, account_id, memo, {invoice: 500, ahead: 700}, on=today)
    assert await left(services, account_id, day) == (800, 9_200, 0)
    await post_deposit(services, account_id, 20_000, received_on=today)
    assert await left(services, account_id, day) == (10_000, 0, 0)


async def test_a_credit_that_the_balance_has_already_is_not_taken_off_again(
    services: Services, account_id: UUID, invoice: UUID, ahead: UUID, today: date, day: date
) -> None:
    memo = await post_credit_memo(services, account_id, 1_500, issued_on=day)
    assert await left(services, account_id, day) == (0, 8_500, 0)
    await apply_credit_memo(services, account_id, memo, {invoice: 1_000, ahead: 500}, on=today)
    assert await left(services, account_id, day) == (0, 8_500, 0)


async def test_a_debit_with_a_credit_that_the_balance_has_already(
    services: Services, portal: Portal, invoice: UUID, day: date
) -> None:
    await post_credit_memo(services, portal.account_id, 1_500, issued_on=day)
    bank = await store_bank_account(portal)
    payment = (await buy(portal, bank, of((invoice, 4_000)), credits=AUTOMATIC)).json()
    assert (payment["status"], payment["amount"]) == ("processing", 2_500)
    assert await left(services, portal.account_id, day) == (0, 6_000, 2_500)


async def test_a_void_and_a_write_off(
    services: Services,
    partner: Partner,
    base: str,
    account_id: UUID,
    invoice: UUID,
    ahead: UUID,
    today: date,
    day: date,
) -> None:
    for invoice_id, amount in ((invoice, 400), (ahead, 900)):
        gone = {"invoice_id": str(invoice_id), "currency": "USD", "written_off_on": str(today), "amount": amount}
        response = await partner.post(f"{base}/write-offs", json=gone)
        assert response.status_code == 201, response.text
    assert await left(services, account_id, day) == (400, 9_600, 0)
    for fields in ({"issued_on": day}, {"issued_on": today}):
        await void_invoice(services, account_id, await post_invoice(services, account_id, 300, **fields), on=today)
    assert await left(services, account_id, day) == (700, 9_600, 0)


async def test_money_of_the_statements_own_days_is_in_its_balance_alone(
    services: Services, account_id: UUID, invoice: UUID, today: date, day: date
) -> None:
    part = {"invoice_id": str(invoice), "amount": 3_000}
    await record_offline(services, account_id, 3_000, received_on=day, allocations=[part])
    assert await left(services, account_id, day) == (0, 7_000, 0)
    assert await left(services, account_id, today) == (0, 7_000, 0)


async def test_it_stays_as_it_was_made(services: Services, portal: Portal, invoice: UUID, day: date) -> None:
    """And its paper, its slip and its JSON say the same."""
    card = await store_card(portal)
    await paid(portal, card, (invoice, 4_000))
    await paid(portal, await store_bank_account(portal), (invoice, 1_000))
    wanted: dict[str, Any] = {"type": "open_items", "date_to": day.isoformat(), "locale": "en-US"}
    made = (await portal.post("/v1/statements", json=wanted)).json()
    await paid(portal, card, (invoice, 2_000))
    (balance,) = (await portal.get(f"/v1/statements/{made['id']}")).json()["balances"]
    assert (balance["closing_balance"], balance["paid_since"], balance["left_to_pay"]) == (10_000, 4_000, 5_000)
    text = text_of((await portal.get(f"/v1/statements/{made['id']}/pdf")).content)
    since = f"Payments and credits since {language('en-US').day(day)} (40.00)"
    assert f"{since} Payments under way (10.00) Left to pay $50.00" in text
    assert "Left to pay $50.00 Amount enclosed" in text.partition("Remittance slip")[2]


async def test_nothing_is_asked_of_a_customer_who_has_paid(
    services: Services, portal: Portal, invoice: UUID, day: date
) -> None:
    await paid(portal, await store_card(portal), invoice)
    made = await make_statement(services, portal.account_id, day)
    text = text_of((await portal.get(f"/v1/statements/{made.id}/pdf")).content)
    assert "Left to pay $0.00" in text
    assert "Remittance slip" not in text
