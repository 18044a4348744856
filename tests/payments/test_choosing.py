"""The choice of invoices: named ones, an amount that is spread over them, or everything due."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from billing_api.invoices.applying import ApplicationKind
from tests.factories.invoices import apply_to_invoice, post_invoice, reserve_on_invoice
from tests.factories.payments import Json, new_key, of_invoices
from tests.fixtures.queries import Queries
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import SalesOf

EVERYTHING: Json = {"type": "everything_due"}
ISSUED_ON = date(2026, 3, 2)


def amount(wanted: int) -> Json:
    return {"type": "spread", "amount": wanted}


async def quote(portal: Portal, choice: Any, currency: str = "USD") -> httpx.Response:
    return await portal.post("/v1/payments/quote", json={"currency": currency, "pay": choice})


async def paid_by(portal: Portal, choice: Json) -> list[tuple[str, int]]:
    """The numbers and amounts of a quote's invoices."""
    body = (await quote(portal, choice)).json()
    return [(line["number"], line["amount"]) for line in body["invoices"]]


@pytest.fixture
async def invoices(services: Services, portal: Portal) -> dict[str, UUID]:
    """Four invoices in dollars, by number; A is due last, B and C on one day, and D is due first."""
    due = {"A": (30, 0), "B": (20, 1), "C": (20, 0), "D": (10, 5)}
    return {
        number: await post_invoice(
            services,
            portal.account_id,
            10_000,
            number=number,
            issued_on=ISSUED_ON + timedelta(days=issued),
            due_on=ISSUED_ON + timedelta(days=days),
        )
        for number, (days, issued) in due.items()
    }


@pytest.mark.usefixtures("invoices")
class TestSpread:
    async def test_the_first_due_is_paid_first_and_of_one_day_the_first_issued(self, portal: Portal) -> None:
        assert await paid_by(portal, amount(25_000)) == [("D", 10_000), ("C", 10_000), ("B", 5_000)]

    @pytest.mark.parametrize(("wanted", "parts"), [(1, [1]), (10_000, [10_000]), (10_001, [10_000, 1])])
    async def test_no_invoice_gets_nothing(self, portal: Portal, wanted: int, parts: list[int]) -> None:
        assert [part for _, part in await paid_by(portal, amount(wanted))] == parts

    async def test_more_than_is_payable_is_refused(self, portal: Portal) -> None:
        assert (await quote(portal, amount(40_000))).json()["amount"] == 40_000
        response = await quote(portal, amount(40_001))
        assert (response.status_code, response.json()["code"]) == (409, "amount_exceeds_payable")
        assert response.json()["payable"] == 40_000

    async def test_it_is_paid_as_it_was_quoted(self, portal: Portal, card: Json, sales_of: SalesOf) -> None:
        wanted = {"currency": "USD", "pay": amount(15_000)}
        quoted = (await portal.post("/v1/payments/quote", json=wanted)).json()
        paid = wanted | {"payment_method_id": card["id"], "quote_version": quoted["quote_version"]}
        payment = (await portal.post("/v1/payments", json=paid, headers=new_key())).json()
        assert [(part["invoice_number"], part["amount"]) for part in payment["allocations"]] == [
            ("D", 10_000),
            ("C", 5_000),
        ]
        assert [sale["amount"] for sale in await sales_of(portal.account_id)] == ["150.00"]
        stale = await portal.post("/v1/payments", json=paid, headers=new_key())
        assert (stale.status_code, stale.json()["code"]) == (409, "quote_stale")
        assert [line["number"] for line in stale.json()["quote"]["invoices"]] == ["C", "B"]


class TestEverythingDue:
    async def test_all_that_is_payable(self, services: Services, portal: Portal, invoices: dict[str, UUID]) -> None:
        await reserve_on_invoice(services, portal.account_id, invoices["D"], 10_000)
        await reserve_on_invoice(services, portal.account_id, invoices["C"], 4_000)
        await apply_to_invoice(services, portal.account_id, invoices["B"], 2_500)
        await post_invoice(services, portal.account_id, 999, currency="EUR")
        assert await paid_by(portal, EVERYTHING) == [("C", 6_000), ("B", 7_500), ("A", 10_000)]

    async def test_contested_amounts_are_left_alone_unless_they_are_named(
        self, portal: Portal, invoices: dict[str, UUID]
    ) -> None:
        for number, contested in (("D", None), ("C", 4_000)):
            objection = {"reason": "wrong_price", "text": "Not agreed"} | ({"amount": contested} if contested else {})
            response = await portal.post(f"/v1/invoices/{invoices[number]}/disputes", json=objection)
            assert response.status_code == 201, response.text
        assert await paid_by(portal, EVERYTHING) == [("C", 6_000), ("B", 10_000), ("A", 10_000)]
        assert await paid_by(portal, of_invoices({"invoice_id": str(invoices["D"])})) == [("D", 10_000)]

    @pytest.mark.parametrize("choice", [EVERYTHING, amount(1)])
    async def test_nothing_is_payable(
        self, services: Services, portal: Portal, card: Json, invoices: dict[str, UUID], choice: Json
    ) -> None:
        for invoice in invoices.values():
            await apply_to_invoice(services, portal.account_id, invoice, 10_000, kind=ApplicationKind.WRITE_OFF)
        wanted = {"currency": "USD", "pay": choice, "payment_method_id": card["id"]}
        for response in (
            await quote(portal, choice),
            await portal.post("/v1/payments", json=wanted, headers=new_key()),
        ):
            assert (response.status_code, response.json()["code"]) == (409, "nothing_payable")

    async def test_of_many_the_hundred_that_are_due_first(self, services: Services, portal: Portal, card: Json) -> None:
        for place in range(102):
            days = timedelta(days=200 - place)
            await post_invoice(services, portal.account_id, 100, number=f"N-{place}", due_on=ISSUED_ON + days)
        body = (await quote(portal, EVERYTHING)).json()
        assert [line["number"] for line in body["invoices"]] == [f"N-{place}" for place in range(101, 1, -1)]
        assert (body["amount"], body["more_payable"]) == (10_000, True)
        refused = (await quote(portal, amount(10_001))).json()
        assert (refused["code"], refused["payable"]) == ("amount_exceeds_payable", 10_000)
        assert "100 invoices" in refused["detail"]
        wanted = {"currency": "USD", "pay": EVERYTHING, "payment_method_id": card["id"]}
        payment = await portal.post("/v1/payments", json=wanted, headers=new_key())
        assert (payment.status_code, payment.json()["amount"]) == (201, 10_000)
        body = (await quote(portal, EVERYTHING)).json()
        assert (body["amount"], body["more_payable"]) == (200, False)


@pytest.mark.parametrize(
    ("choice", "pointer", "code"),
    [
        ({}, "/pay", "union_tag_not_found"),
        ([], "/pay", "model_attributes_type"),
        ({"type": "all"}, "/pay", "union_tag_invalid"),
        ({"type": "spread"}, "/pay/amount", "missing"),
        ({"type": "spread", "amount": 0}, "/pay/amount", "greater_than_equal"),
        (amount(5) | {"invoices": []}, "/pay/invoices", "extra_forbidden"),
        (EVERYTHING | {"amount": 5}, "/pay/amount", "extra_forbidden"),
        ({"type": "named"}, "/pay/invoices", "missing"),
    ],
)
async def test_a_choice_is_one_of_three(portal: Portal, choice: Any, pointer: str, code: str) -> None:
    response = await quote(portal, choice)
    assert response.status_code == 422
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [(pointer, code)]


async def test_a_quote_of_everything_takes_two_round_trips(
    portal: Portal, invoices: dict[str, UUID], queries: Queries
) -> None:
    queries.clear()
    assert len((await quote(portal, EVERYTHING)).json()["invoices"]) == len(invoices)
    assert len(queries) == 2
