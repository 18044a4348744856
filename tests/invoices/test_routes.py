"""Invoices over HTTP: who may see them, every filter, every sort, and the round trips of a page."""

from dataclasses import fields
from datetime import date, timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx
import pytest

from billing_api.invoices.schemas import InvoiceQuery, InvoiceSummaryRead
from tests.factories.invoices import apply_to_invoice, post_invoice, reserve_on_invoice, void_invoice
from tests.factories.users import make_account
from tests.fixtures.queries import Queries
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

NOWHERE = "/v1/invoices/01a203df-4cdb-7211-83aa-039c753394aa"


async def numbers(portal: Portal, **parameters: Any) -> list[str]:
    """Return the numbers of all invoices that the query finds, page by page."""
    found: list[str] = []
    query: dict[str, Any] = parameters
    while True:
        response = await portal.get("/v1/invoices", params=query)
        assert response.status_code == 200, response.text
        page = response.json()
        found += [invoice["number"] for invoice in page["data"]]
        if not page["has_more"]:
            assert page["next_cursor"] is None
            return found
        query = parameters | {"cursor": page["next_cursor"]}


@pytest.fixture
def today(services: Services) -> date:
    return services.clock.today()


@pytest.fixture
async def shelf(services: Services, account_id: UUID, today: date) -> dict[str, UUID]:
    """Seven invoices that differ in every field with a filter or a sort."""
    week = timedelta(days=7)

    async def post(number: str, total: int, *, issued: int, due: int, **fields: Any) -> UUID:
        days = {"issued_on": today + timedelta(days=issued), "due_on": today + timedelta(days=due)}
        return await post_invoice(services, account_id, total, number=number, **days, **fields)

    shelf = {
        "A-100": await post("A-100", 500, issued=-90, due=-60, po_number="PO_7%"),
        "A-101": await post("A-101", 400, issued=-30, due=-1),
        "B-200": await post("B-200", 300, issued=-20, due=0),
        "B-201": await post("B-201", 200, issued=-10, due=7, po_number="po-88"),
        "C-300": await post("C-300", 100, issued=-5, due=30, currency="EUR"),
        "C-301": await post("C-301", 600, issued=-40, due=-10),
        "D-400": await post("D-400", 700, issued=-39, due=91),
    }
    await apply_to_invoice(services, account_id, shelf["C-301"], 600, on=today - week)
    await apply_to_invoice(services, account_id, shelf["A-101"], 150, on=today - week)
    await reserve_on_invoice(services, account_id, shelf["B-200"], 300)
    await void_invoice(services, account_id, shelf["D-400"], on=today)
    return shelf


class TestList:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/invoices")).status_code == 401

    async def test_another_accounts_invoices_are_not_listed(
        self, services: Services, portal: Portal, stranger: Portal
    ) -> None:
        await post_invoice(services, stranger.account_id)
        assert (await portal.get("/v1/invoices")).json() == {"data": [], "next_cursor": None, "has_more": False}

    async def test_an_invoice_is_shown_with_its_payment_status(
        self, viewer: Portal, shelf: dict[str, UUID], today: date
    ) -> None:
        shown = {row["number"]: row for row in (await viewer.get("/v1/invoices")).json()["data"]}
        assert {number: (row["payment_status"], row["overdue"]) for number, row in shown.items()} == {
            "A-100": ("unpaid", True),
            "A-101": ("partial", True),
            "B-200": ("processing", False),
            "B-201": ("unpaid", False),
            "C-300": ("unpaid", False),
            "C-301": ("paid", False),
            "D-400": ("void", False),
        }
        assert shown["A-101"] == {
            "id": str(shelf["A-101"]),
            "number": "A-101",
            "type": "invoice",
            "po_number": None,
            "status": "open",
            "payment_status": "partial",
            "overdue": True,
            "currency": "USD",
            "issued_on": (today - timedelta(days=30)).isoformat(),
            "due_on": (today - timedelta(days=1)).isoformat(),
            "closed_on": None,
            "total": 400,
            "amount_due": 250,
            "amount_pending": 0,
            "contested": 0,
        }

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"status": "open"}, "A-100 A-101 B-200 B-201 C-300"),
            ({"status": "paid"}, "C-301"),
            ({"status": "void"}, "D-400"),
            ({"status": "paid,void"}, "C-301 D-400"),
            ({"status": "open,void", "currency": "EUR,USD"}, "A-100 A-101 B-200 B-201 C-300 D-400"),
            ({"type": "fee"}, ""),
            ({"type": "invoice,fee", "currency": "EUR"}, "C-300"),
            ({"due": "overdue"}, "A-100 A-101"),
            ({"due": "within_7_days"}, "B-200 B-201"),
            ({"due": "within_30_days"}, "B-200 B-201 C-300"),
            ({"due": "within_90_days"}, "B-200 B-201 C-300"),
            ({"due": "overdue", "status": "paid"}, ""),
            ({"amount_min": 400}, "A-100 A-101 C-301 D-400"),
            ({"amount_min": 300, "amount_max": 500}, "A-100 A-101 B-200"),
            ({"currency": "EUR"}, "C-300"),
            ({"q": "a-1"}, "A-100 A-101"),
            ({"q": "00"}, "A-100 B-200 C-300 D-400"),
            ({"q": "PO-8"}, "B-201"),
            ({"q": "_7%"}, "A-100"),
            ({"q": "%"}, "A-100"),
            ({"q": "\\"}, ""),
            ({"sort": "closed_on"}, "C-301"),
            ({"status": "open", "currency": "USD", "amount_max": 400, "q": "B"}, "B-200 B-201"),
        ],
    )
    async def test_filters(self, portal: Portal, shelf: dict[str, UUID], query: dict[str, Any], expected: str) -> None:
        assert sorted(await numbers(portal, **query)) == expected.split()

    async def test_date_ranges_include_both_ends(self, portal: Portal, shelf: dict[str, UUID], today: date) -> None:
        def day(n: int) -> str:
            return (today + timedelta(days=n)).isoformat()

        assert await numbers(portal, date_from=day(-30), date_to=day(-10), sort="number") == [
            "A-101",
            "B-200",
            "B-201",
        ]
        assert await numbers(portal, due_from=day(-10), due_to=day(0), sort="number") == ["A-101", "B-200", "C-301"]

    @pytest.mark.parametrize("sort", get_args(InvoiceQuery.model_fields["sort"].annotation))
    @pytest.mark.parametrize("limit", [1, 3])
    async def test_every_sort_walks_all_pages_in_its_order(
        self, services: Services, portal: Portal, account_id: UUID, shelf: dict[str, UUID], sort: str, limit: int
    ) -> None:
        """Six of the invoices have equal values, so that ties are included."""
        for n in range(3):
            invoice_id = await post_invoice(services, account_id, 300, number=f"T-{n}")
            await apply_to_invoice(services, account_id, invoice_id, 300)
            await post_invoice(services, account_id, 300, number=f"U-{n}")
        whole = (await portal.get("/v1/invoices", params={"sort": sort, "limit": 100})).json()["data"]
        key = sort.removeprefix("-")
        places = [(row[key], "" if key == "number" else row["id"]) for row in whole]
        assert places == sorted(places, reverse=sort.startswith("-"))
        assert len(whole) == (4 if key == "closed_on" else 13)
        assert await numbers(portal, sort=sort, limit=limit) == [row["number"] for row in whole]

    async def test_a_walk_during_inserts_skips_none_and_repeats_none(
        self, services: Services, portal: Portal, account_id: UUID, shelf: dict[str, UUID]
    ) -> None:
        first = (await portal.get("/v1/invoices?limit=3&sort=number")).json()
        await post_invoice(services, account_id, number="A-000")
        rest = await portal.get(f"/v1/invoices?limit=100&sort=number&cursor={first['next_cursor']}")
        seen = [row["number"] for row in [*first["data"], *rest.json()["data"]]]
        assert seen == sorted(shelf)

    async def test_the_link_leads_to_the_next_page(self, portal: Portal, shelf: dict[str, UUID]) -> None:
        response = await portal.get("/v1/invoices?limit=2&status=open")
        target = response.headers["link"].split(">")[0].removeprefix("<")
        following = (await portal.get(target)).json()
        assert len(following["data"]) == 2
        assert not {row["id"] for row in following["data"]} & {row["id"] for row in response.json()["data"]}

    @pytest.mark.parametrize(
        "query", ["cursor=AAAA", "cursor=bm9wZQ", "cursor=eyJhIjoxfQ", "limit=2&sort=total&cursor={cursor}"]
    )
    async def test_a_cursor_of_another_query_is_refused(
        self, portal: Portal, shelf: dict[str, UUID], query: str
    ) -> None:
        cursor = (await portal.get("/v1/invoices?limit=2")).json()["next_cursor"]
        response = await portal.get(f"/v1/invoices?{query.format(cursor=cursor)}")
        assert (response.status_code, response.json()["code"]) == (400, "bad_cursor")

    @pytest.mark.parametrize(
        "query",
        [
            "status=late",
            "status=open,",
            "currency=USD,usd",
            "due=tomorrow",
            "sort=memo",
            "date_from=yesterday",
            "amount_min=-1",
            "amount_max=1.5",
            "amount_max=1.0",
            "amount_min=1_0",
            "amount_min=%2B5",
            "amount_min=+5",
            "amount_min=%EF%BC%91",
            "limit=1_0",
            "amount_max=99999999999999999999",
            "currency=usd",
            "limit=0",
            "limit=101",
            "q=a%00b",
            f"q={'x' * 101}",
            "surprise=1",
        ],
    )
    async def test_invalid_requests_are_refused(self, portal: Portal, query: str) -> None:
        response = await portal.get(f"/v1/invoices?{query}")
        assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
        assert response.json()["errors"][0]["pointer"] == f"?{query.split('=', maxsplit=1)[0]}"

    @pytest.mark.parametrize("limit", [1, 2, 25])
    async def test_numbers_are_sorted_by_their_value(
        self, services: Services, portal: Portal, account_id: UUID, limit: int
    ) -> None:
        """Two numbers of equal value are both listed, whatever the page's size."""
        counted = ["9", "10", "INV-9", "INV-10", "INV-010", f"INV-{10**19}", f"INV-{10**30}", "INV-A"]
        for number in reversed(counted):
            await post_invoice(services, account_id, number=number)
        walked = await numbers(portal, sort="number", limit=limit)
        same = {"INV-010": "INV-10"}
        assert [same.get(number, number) for number in walked] == [same.get(number, number) for number in counted]
        assert set(walked) == set(counted)
        assert await numbers(portal, sort="-number", limit=limit) == walked[::-1]

    async def test_a_search_finds_the_same_text_in_either_unicode_form(
        self, services: Services, portal: Portal, account_id: UUID
    ) -> None:
        await post_invoice(services, account_id, number="CAF\u00c9-1")
        await post_invoice(services, account_id, number="CAFE\u0301-2")
        for search in ("caf\u00e9", "cafe\u0301"):
            assert await numbers(portal, q=search, sort="number") == ["CAF\u00c9-1", "CAF\u00c9-2"]

    async def test_a_page_takes_one_round_trip_whatever_its_depth(
        self, portal: Portal, shelf: dict[str, UUID], queries: Queries
    ) -> None:
        first = (await portal.get("/v1/invoices?limit=3&q=0&sort=-total")).json()
        queries.clear()
        await portal.get(f"/v1/invoices?limit=3&q=0&sort=-total&cursor={first['next_cursor']}")
        assert len(queries) == 1
        assert "OFFSET" not in queries[0]

    async def test_the_document_describes_the_rows_as_they_are(self, portal: Portal) -> None:
        """Rows are sent as they come from the database: their class is the documented schema."""
        schemas = (await portal.get("/openapi.json")).json()["components"]["schemas"]
        described = schemas["InvoiceSummaryRead"]
        names = [field.name for field in fields(InvoiceSummaryRead)]
        assert list(described["properties"]) == names
        assert described["required"] == names


class TestGet:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(NOWHERE)).status_code == 401

    async def test_another_accounts_invoice_is_not_found(
        self, services: Services, portal: Portal, stranger: Portal
    ) -> None:
        invoice_id = await post_invoice(services, stranger.account_id)
        for path in (f"/v1/invoices/{invoice_id}", NOWHERE):
            response = await portal.get(path)
            assert (response.status_code, response.json()["code"]) == (404, "invoice_not_found")

    async def test_everything_that_belongs_to_it_is_shown(
        self, services: Services, viewer: Portal, account_id: UUID, queries: Queries
    ) -> None:
        invoice_id = await post_invoice(
            services,
            account_id,
            1080,
            tax=80,
            number="0000611365",
            external_id=f"erp-{uuid4()}",
            memo="Thank you",
            discount={"basis_points": 200, "until": "2026-03-12", "includes_tax": False},
        )
        await apply_to_invoice(services, account_id, invoice_id, 80, on=date(2026, 3, 20))
        queries.clear()
        response = await viewer.get(f"/v1/invoices/{invoice_id}")
        assert len(queries) == 1
        invoice = response.json()
        assert invoice["number"] == "0000611365"
        assert invoice["discount"] == {"basis_points": 200, "until": "2026-03-12", "includes_tax": False}
        assert invoice["lines"] == [{"description": "Widgets", "quantity": "1", "unit_amount": None, "amount": 1000}]
        assert invoice["taxes"] == [{"name": "Sales tax", "rate": None, "amount": 80}]
        (applied,) = invoice["applications"]
        assert (applied["type"], applied["amount"], applied["effective_on"]) == ("payment", 80, "2026-03-20")
        parts = ("paid", "credited", "deposit_applied", "discounted", "written_off", "voided", "amount_due")
        assert sum(invoice[name] for name in parts) == invoice["total"] == 1080
        assert (invoice["payment_status"], invoice["memo"]) == ("partial", "Thank you")

    async def test_an_unchanged_invoice_is_a_304(self, services: Services, portal: Portal, account_id: UUID) -> None:
        path = f"/v1/invoices/{await post_invoice(services, account_id, 100)}"
        tag = (await portal.get(path)).headers["etag"]
        assert (await portal.get(path, headers={"If-None-Match": tag})).status_code == 304
        await apply_to_invoice(services, account_id, UUID(path.rsplit("/", 1)[1]), 1)
        assert (await portal.get(path, headers={"If-None-Match": tag})).status_code == 200

    async def test_a_wrong_id_is_refused(self, portal: Portal) -> None:
        assert (await portal.get("/v1/invoices/INV-1")).status_code == 422


async def test_another_currency_has_another_balance(services: Services) -> None:
    """Amounts of different currencies are never added."""
    account_id = await make_account(services)
    await post_invoice(services, account_id, 100, currency="USD")
    await post_invoice(services, account_id, 100, currency="JPY")
    assert [(totals.currency, totals.balance) for totals in await services.ledger.totals(account_id)] == [
        ("JPY", 100),
        ("USD", 100),
    ]
