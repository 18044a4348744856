"""The balance month by month: without gaps, and the same as the entries say."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_api.balances.history import MOST_MONTHS
from billing_api.balances.schemas import BalanceHistoryQuery
from billing_api.ledger import postings
from billing_api.ledger.postings import Posting
from tests.factories.credits import post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice, void_invoice
from tests.factories.ledger import document, post
from tests.factories.users import make_account
from tests.fixtures.queries import Queries
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

PATH = "/v1/balance/history"
SPRING = "date_from=2026-02-10&date_to=2026-04-20"


async def history_of(portal: Portal, query: str = "") -> dict[str, Any]:
    response = await portal.get(f"{PATH}?{query}")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def month(first: str, closing: int, **flows: int) -> dict[str, Any]:
    return {"month": first, "invoiced": 0, "credited": 0, "paid": 0, "adjusted": 0, "closing_balance": closing} | flows


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH)).status_code == 401


async def test_each_movement_is_in_its_month(services: Services, viewer: Portal, account_id: UUID) -> None:
    """A void takes back what was invoiced; an application moves nothing."""
    await post_invoice(services, account_id, 500, issued_on=date(2026, 1, 31), due_on=date(2026, 2, 28))
    await post_invoice(services, account_id, 1_000, tax=80, issued_on=date(2026, 2, 1), due_on=date(2026, 3, 1))
    void_id = await post_invoice(services, account_id, 70, issued_on=date(2026, 2, 28), due_on=date(2026, 3, 1))
    await void_invoice(services, account_id, void_id, on=date(2026, 4, 1))
    await post_credit_memo(services, account_id, 30, issued_on=date(2026, 4, 30))
    await post_deposit(services, account_id, 200, received_on=date(2026, 4, 2))
    other = document("DOC", effective_on=date(2026, 4, 3))
    await post(
        services,
        account_id,
        postings.write_off(other, invoice_id=account_id, amount=9),
        postings.discount(other, invoice_id=account_id, amount=1),
        postings.payment_return(other, allocated=50),
        postings.credit_application(other, invoice_id=account_id, amount=20),
    )
    await post_invoice(services, account_id, 1, issued_on=date(2026, 5, 1), due_on=date(2026, 5, 1))
    assert await history_of(viewer, SPRING) == {
        "currency": "USD",
        "histories": [
            {
                "currency": "USD",
                "opening_balance": 500,
                "months": [
                    month("2026-02-01", 1_570, invoiced=1_070),
                    month("2026-03-01", 1_570),
                    month("2026-04-01", 1_310, invoiced=-70, credited=30, paid=150, adjusted=10),
                ],
            }
        ],
    }


async def test_currencies_are_apart_and_can_be_chosen(services: Services, portal: Portal, account_id: UUID) -> None:
    for currency in ("USD", "JPY"):
        await post_invoice(services, account_id, 5, currency=currency, issued_on=date(2026, 3, 1))
    assert [one["currency"] for one in (await history_of(portal, SPRING))["histories"]] == ["JPY", "USD"]
    (yen,) = (await history_of(portal, f"{SPRING}&currency=JPY"))["histories"]
    assert yen["months"][1] == month("2026-03-01", 5, invoiced=5)
    euros, _ = (await history_of(portal, f"{SPRING}&currency=EUR,JPY"))["histories"]
    assert euros == {
        "currency": "EUR",
        "opening_balance": 0,
        "months": [month(f"2026-0{number}-01", 0) for number in (2, 3, 4)],
    }


async def test_without_a_range_it_is_the_last_year(services: Services, portal: Portal) -> None:
    """Twelve months up to the books' present one, of the account's own currency when there is no entry."""
    (found,) = (await history_of(portal))["histories"]
    today = services.clock.today()
    assert found["currency"] == "USD"
    assert len(found["months"]) == 12
    assert found["months"][-1]["month"] == today.replace(day=1).isoformat()
    (later,) = (await history_of(portal, "date_from=2030-05-31"))["histories"]
    assert [one["month"] for one in later["months"]] == ["2030-05-01"]


async def test_another_accounts_months_are_not_shown(services: Services, portal: Portal, stranger: Portal) -> None:
    await post_invoice(services, stranger.account_id, 5, issued_on=date(2026, 3, 1))
    (found,) = (await history_of(portal, SPRING))["histories"]
    assert {one["closing_balance"] for one in found["months"]} == {0}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("date_from=2026-03-01&date_to=2026-02-28", "ends_before_it_begins"),
        ("date_from=2016-03-31&date_to=2026-03-01", "range_too_long"),
        ("date_from=0001-01-01", "range_too_long"),
        ("date_to=9999-12-31&date_from=2026-01-01", "range_too_long"),
        ("date_from=2026", "wrong_form"),
        ("currency=usd", "string_pattern_mismatch"),
        ("limit=3", "extra_forbidden"),
    ],
)
async def test_invalid_queries_are_refused(portal: Portal, query: str, code: str) -> None:
    response = await portal.get(f"{PATH}?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == code


@pytest.mark.parametrize(
    "query",
    ["date_from=0001-01-01&date_to=0001-12-31", "date_from=9999-01-01&date_to=9999-12-31", "date_to=0001-03-01"],
)
async def test_the_ends_of_the_calendar(portal: Portal, query: str) -> None:
    (found,) = (await history_of(portal, query))["histories"]
    months = [one["month"] for one in found["months"]]
    assert months == sorted(set(months))


async def test_ten_years_are_one_round_trip(portal: Portal, queries: Queries) -> None:
    queries.clear()
    (found,) = (await history_of(portal, "date_from=2017-01-01&date_to=2026-12-01"))["histories"]
    assert len(found["months"]) == MOST_MONTHS
    assert len(queries) == 1


DAYS = st.dates(date(2025, 11, 1), date(2026, 6, 30))
AMOUNTS = st.integers(1, 500)
ENTRIES = st.one_of(
    st.builds(
        lambda on, net, tax: postings.invoice(document(effective_on=on), net=net, tax=tax), DAYS, AMOUNTS, AMOUNTS
    ),
    st.builds(lambda on, net: postings.void(document(effective_on=on), net=net, tax=0), DAYS, AMOUNTS),
    st.builds(lambda on, net: postings.credit_memo(document(effective_on=on), net=net, tax=1), DAYS, AMOUNTS),
    st.builds(lambda on, amount: postings.deposit(document(effective_on=on), amount=amount), DAYS, AMOUNTS),
    st.builds(lambda on, part: postings.payment(document(effective_on=on), allocated=part), DAYS, AMOUNTS),
)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(entries=st.lists(ENTRIES, min_size=1, max_size=12))
async def test_every_month_closes_as_the_entries_say(services: Services, entries: list[Posting]) -> None:
    """Documents dated back included; what explains a month adds up to its change."""
    account_id = await make_account(services)
    await post(services, account_id, *entries)
    query = BalanceHistoryQuery(date_from=date(2026, 1, 1), date_to=date(2026, 4, 1))
    (found,) = (await services.balance_history.get(account_id, query)).histories
    before = found.opening_balance
    assert before == sum(entry.balance_effect for entry in entries if entry.effective_on < date(2026, 1, 1))
    for one in found.months:
        end = date(one.month.year, one.month.month + 1, 1)
        assert one.closing_balance == sum(entry.balance_effect for entry in entries if entry.effective_on < end)
        assert one.closing_balance == before + one.invoiced - one.credited - one.paid - one.adjusted
        before = one.closing_balance
