"""The transaction history over HTTP: every kind, filter and sort, and the round trips of a page."""

from dataclasses import fields
from datetime import date, timedelta
from typing import Any, get_args
from uuid import UUID

import httpx
import pytest

from billing_api.ledger import postings
from billing_api.ledger.postings import Posting
from billing_api.ledger.values import EntryKind
from billing_api.transactions.schemas import TransactionQuery, TransactionRead
from tests.factories.ledger import document, post
from tests.fixtures.queries import Queries
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

FIRST = date(2026, 1, 10)


def entry(number: str, days: int, **fields: Any) -> postings.Document:
    return document(number, effective_on=FIRST + timedelta(days=days), **fields)


@pytest.fixture
async def books(services: Services, account_id: UUID) -> list[Posting]:
    """Entries of several kinds, one of them backdated, one in another currency."""
    invoice = entry("INV-1", 0)
    entries = [
        postings.invoice(invoice, net=900, tax=100),
        postings.payment(entry("PMT-1", 10), allocated=600, unallocated=50),
        postings.credit_memo(entry("CM_1", 5), net=200, tax=0),
        postings.credit_application(entry("CM_1", 20), invoice_id=invoice.id, amount=150),
        postings.invoice(entry("INV-2", -3, currency="JPY"), net=70, tax=0),
        postings.write_off(entry("WO-1", 30), invoice_id=invoice.id, amount=250),
        postings.invoice(entry("FEE-1", 31), net=25, tax=0, is_fee=True),
    ]
    for posting in entries:
        await post(services, account_id, posting)
    return entries


async def walk(portal: Portal, **parameters: Any) -> list[dict[str, Any]]:
    """All entries that the query finds, page by page."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = parameters
    while True:
        response = await portal.get("/v1/transactions", params=query)
        assert response.status_code == 200, response.text
        page = response.json()
        found += page["data"]
        if not page["has_more"]:
            return found
        query = parameters | {"cursor": page["next_cursor"]}


class TestList:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/transactions")).status_code == 401

    async def test_another_accounts_entries_are_not_listed(
        self, services: Services, portal: Portal, stranger: Portal
    ) -> None:
        await post(services, stranger.account_id, postings.invoice(document(), net=1, tax=0))
        assert (await portal.get("/v1/transactions")).json() == {"data": [], "next_cursor": None, "has_more": False}

    async def test_each_entry_shows_its_change_of_the_balance(self, viewer: Portal, books: list[Posting]) -> None:
        rows = await walk(viewer, sort="effective_on", currency="USD")
        assert [(row["type"], row["number"], row["amount"], row["balance_effect"]) for row in rows] == [
            ("invoice", "INV-1", 1000, 1000),
            ("credit_memo", "CM_1", 200, -200),
            ("payment", "PMT-1", 650, -650),
            ("credit_application", "CM_1", 150, 0),
            ("write_off", "WO-1", 250, -250),
            ("fee", "FEE-1", 25, 25),
        ]
        assert rows[3]["invoice_id"] == rows[0]["document_id"] == str(books[0].document_id)
        assert rows[0]["effective_on"] == FIRST.isoformat()
        assert list(rows[0]) == [field.name for field in fields(TransactionRead)]

    async def test_every_kind_of_document_is_shown_and_can_be_filtered(
        self, services: Services, portal: Portal, account_id: UUID
    ) -> None:
        await post(services, account_id, postings.deposit(document(), amount=5))
        for kind in EntryKind:
            posting = Posting(
                kind=kind, currency="USD", effective_on=FIRST, document_id=account_id, number=kind, amount=7
            )
            await post(services, account_id, posting)
            assert [row["type"] for row in await walk(portal, type=kind)][-1] == kind

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"type": "payment"}, "PMT-1"),
            ({"type": "payment,fee"}, "FEE-1 PMT-1"),
            ({"type": ["payment", "fee,invoice"]}, "FEE-1 INV-1 INV-2 PMT-1"),
            ({"type": "chargeback"}, ""),
            ({"date_from": "2026-01-15", "date_to": "2026-01-30"}, "CM_1 CM_1 PMT-1"),
            ({"amount_min": 250, "amount_max": 650}, "PMT-1 WO-1"),
            ({"currency": "JPY"}, "INV-2"),
            ({"currency": "JPY,EUR"}, "INV-2"),
            ({"q": "inv"}, "INV-1 INV-2"),
            ({"q": "_1"}, "CM_1 CM_1"),
            ({"q": "%"}, ""),
            ({"type": "invoice", "date_to": "2026-01-09", "q": "2"}, "INV-2"),
        ],
    )
    async def test_filters(self, portal: Portal, books: list[Posting], query: dict[str, Any], expected: str) -> None:
        assert sorted(row["number"] for row in await walk(portal, **query)) == expected.split()

    @pytest.mark.parametrize("limit", [1, 2, 25])
    async def test_numbers_are_sorted_by_their_value(
        self, services: Services, portal: Portal, account_id: UUID, limit: int
    ) -> None:
        counted = ["CM-2", "CM-11", "INV-9", "INV-10", "INV-10", "INV-100"]
        await post(services, account_id, *[postings.invoice(entry(n, 1), net=1, tax=0) for n in reversed(counted)])
        walked = await walk(portal, sort="number", limit=limit)
        assert [row["number"] for row in walked] == counted
        assert await walk(portal, sort="-number", limit=limit) == walked[::-1]

    @pytest.mark.parametrize("sort", get_args(TransactionQuery.model_fields["sort"].annotation))
    @pytest.mark.parametrize("limit", [1, 2])
    async def test_every_sort_walks_all_pages_in_its_order(
        self, services: Services, portal: Portal, account_id: UUID, books: list[Posting], sort: str, limit: int
    ) -> None:
        """Ties are in posting order, or its reverse."""
        await post(services, account_id, *[postings.invoice(entry("TIE", 10), net=650, tax=0) for _ in range(3)])
        key = sort.removeprefix("-")
        rows = await walk(portal, sort=sort, limit=limit)
        assert len({row["id"] for row in rows}) == len(rows) == len(books) + 3
        assert [row[key] for row in rows] == sorted((row[key] for row in rows), reverse=sort.startswith("-"))
        ties = [row["posted_at"] + row["id"] for row in rows if row["number"] == "TIE"]
        assert ties == sorted(ties, reverse=sort.startswith("-"))

    async def test_a_page_takes_one_round_trip_whatever_its_depth(
        self, portal: Portal, books: list[Posting], queries: Queries
    ) -> None:
        path = "/v1/transactions?limit=1&q=1&type=invoice,payment,credit_memo"
        cursor = (await portal.get(path)).json()["next_cursor"]
        queries.clear()
        assert (await portal.get(f"{path}&cursor={cursor}")).json()["has_more"]
        assert len(queries) == 1

    @pytest.mark.parametrize(
        "query",
        ["type=gift", "type=payment,gift", "date_from=x", "amount_min=-1", "currency=usd", "sort=seq", "x=1"],
    )
    async def test_invalid_requests_are_refused(self, portal: Portal, query: str) -> None:
        response = await portal.get(f"/v1/transactions?{query}")
        assert (response.status_code, response.json()["code"]) == (422, "validation_failed")

    async def test_a_cursor_of_another_query_is_refused(self, portal: Portal, books: list[Posting]) -> None:
        cursor = (await portal.get("/v1/transactions?limit=2")).json()["next_cursor"]
        response = await portal.get(f"/v1/transactions?limit=2&type=invoice&cursor={cursor}")
        assert (response.status_code, response.json()["code"]) == (400, "bad_cursor")
