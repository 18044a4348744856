"""Statements, balances and the history after payments of every sort: each proves itself, and they agree."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from billing_api.payments.states import PaymentState
from tests.factories.credits import post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC, assert_books_add_up, buy, of


async def statement_of(portal: Portal, **fields: Any) -> Json:
    response = await portal.post("/v1/statements", json=fields)
    assert response.status_code == 201, response.text
    (figures,) = response.json()["balances"]
    return {**figures, "id": response.json()["id"]}


async def require_agreement(portal: Portal, day: date) -> Json:
    """Return the present balance; statements agree with that of the day, which leaves out what is dated ahead."""
    (balance,) = (await portal.get("/v1/balance")).json()["balances"]
    (of_day,) = (await portal.get(f"/v1/balance?as_of={day}")).json()["balances"]
    activity = await statement_of(portal, type="activity", date_to=day.isoformat())
    assert activity["opening_balance"] + activity["charges"] + activity["credits"] == activity["closing_balance"]
    items = await statement_of(portal, type="open_items", date_to=day.isoformat())
    for figures in (activity, items):
        assert figures["closing_balance"] == of_day["balance"]
    lines = (await portal.get(f"/v1/statements/{items['id']}/lines?limit=100")).json()["data"]
    assert sum(line["balance_effect"] for line in lines) == of_day["balance"]
    entries = (await portal.get("/v1/transactions?limit=100")).json()["data"]
    assert sum(entry["balance_effect"] for entry in entries) == balance["balance"]
    for one in (balance, of_day):
        assert one["balance"] == one["due"] - one["unapplied_credits"] - one["unapplied_deposits"]
    result: Json = balance
    return result


async def test_they_agree_after_each_step(services: Services, portal: Portal, card: Json, sql: Sql) -> None:
    account_id, today = portal.account_id, services.clock.today()
    terms = {"basis_points": 200, "until": today}
    first = await post_invoice(services, account_id, 10_000, discount=terms)
    ahead = await post_invoice(services, account_id, 5_000, issued_on=today + timedelta(days=3), discount=terms)
    await post_credit_memo(services, account_id, 1_000)
    await post_deposit(services, account_id, 2_000)
    await require_agreement(portal, today)

    payment = (await buy(portal, card, of(first, (ahead, 1_000)), credits=AUTOMATIC, overpayment=700)).json()
    assert payment["amount"] == 9_800 + 1_000 - 3_000 + 700
    balance = await require_agreement(portal, today)
    assert (balance["due"], balance["unapplied_credits"]) == (4_000, 0)
    await assert_books_add_up(sql, account_id)

    settled = (await buy(portal, None, of((ahead, 500)), credits=AUTOMATIC)).json()
    assert settled["deposit_applied"] == 500
    await require_agreement(portal, today)

    await services.returned_payments.record(account_id, UUID(payment["id"]), PaymentState.RETURNED)
    balance = await require_agreement(portal, today)
    assert balance["due"] == 15_000 - 3_000
    await assert_books_add_up(sql, account_id)
