"""Statements over HTTP: made, listed, read, and refused."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from billing_api.addresses.schemas import AddressCreate
from billing_api.auth.rates import Rates
from billing_api.ledger import postings
from tests.factories.invoices import post_invoice
from tests.factories.ledger import document, post
from tests.factories.payments import new_key
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

STATEMENTS = "/v1/statements"
MARCH: dict[str, Any] = {"type": "activity", "date_from": "2026-03-01", "date_to": "2026-03-31"}
OPEN: dict[str, Any] = {"type": "open_items", "date_to": "2026-03-31"}
NOTHING = dict.fromkeys(("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90"), 0)


@pytest.fixture
def today(services: Services) -> date:
    return services.clock.today()


async def make(portal: Portal, body: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = await portal.post(STATEMENTS, json=body | fields)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def lines(portal: Portal, statement: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    response = await portal.get(f"{STATEMENTS}/{statement['id']}/lines", params=query)
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["data"]
    return rows


class TestCreate:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(STATEMENTS, json=MARCH)).status_code == 401

    async def test_a_viewer_makes_one_and_reads_it_where_the_response_says(
        self, services: Services, viewer: Portal, account_id: UUID
    ) -> None:
        invoice_id = await post_invoice(services, account_id, 12_500, number="INV-1", po_number="PO-7")
        response = await viewer.post(STATEMENTS, json=MARCH)
        assert response.status_code == 201
        body = response.json()
        assert body["number"] == "STM-000001"
        assert body["balances"] == [
            {
                "currency": "USD",
                "opening_balance": 0,
                "adjustments": 0,
                "charges": 12_500,
                "credits": 0,
                "closing_balance": 12_500,
                "due": 12_500,
                "overdue": 0,
                "contested": 0,
                "pending": 0,
                "paid_since": 0,
                "left_to_pay": 12_500,
                "unapplied_credits": 0,
                "unapplied_deposits": 0,
                "ageing": NOTHING | {"current": 12_500},
            }
        ]
        read = await viewer.get(response.headers["Location"])
        assert (read.json(), read.headers["ETag"]) == (body, response.headers["ETag"])
        assert await lines(viewer, body) == [
            {
                "position": 1,
                "currency": "USD",
                "section": "movement",
                "type": "invoice",
                "number": "INV-1",
                "document_id": str(invoice_id),
                "invoice_id": str(invoice_id),
                "invoice_number": "INV-1",
                "po_number": "PO-7",
                "effective_on": "2026-03-02",
                "due_on": "2026-04-01",
                "count": 1,
                "amount": 12_500,
                "balance_effect": 12_500,
                "balance": 12_500,
                "contested": None,
                "pending": None,
                "reference": None,
                "allocations": None,
            }
        ]

    @pytest.mark.parametrize("body", [MARCH, OPEN, {"type": "activity", "date_to": "2026-03-31"}])
    async def test_without_a_movement_it_has_zeros_in_the_accounts_currency(
        self, portal: Portal, body: dict[str, Any]
    ) -> None:
        made = await make(portal, body)
        (balance,) = made["balances"]
        assert (balance["currency"], balance["closing_balance"], balance["ageing"]) == ("USD", 0, NOTHING)
        assert balance["opening_balance"] == (None if body is OPEN else 0)
        assert (made["line_count"], await lines(portal, made)) == (0, [])

    async def test_a_period_before_the_first_document_and_one_after_the_last(
        self, services: Services, portal: Portal, account_id: UUID
    ) -> None:
        await post_invoice(services, account_id, 700)
        before = await make(portal, MARCH, date_from="2026-02-01", date_to="2026-02-28")
        after = await make(portal, MARCH, date_from="2026-05-01", date_to="2026-05-31")
        for made, balance in ((before, 0), (after, 700)):
            (shown,) = made["balances"]
            assert (shown["opening_balance"], shown["closing_balance"], made["line_count"]) == (balance, balance, 0)

    async def test_two_currencies_stand_apart_and_one_that_is_settled_is_left_out(
        self, services: Services, portal: Portal, account_id: UUID
    ) -> None:
        day = date(2026, 3, 5)
        await post(
            services,
            account_id,
            postings.invoice(document("Y-1", currency="JPY", effective_on=day), net=70, tax=0),
            postings.invoice(document("U-1", effective_on=day), net=900, tax=0),
            postings.payment(document("U-2", effective_on=day), allocated=300),
            postings.invoice(document("E-1", currency="EUR", effective_on=date(2025, 1, 1)), net=5, tax=0),
            postings.payment(document("E-2", currency="EUR", effective_on=date(2025, 1, 1)), allocated=5),
        )
        made = await make(portal, MARCH)
        names = ("currency", "charges", "credits", "closing_balance")
        figures = [tuple(one[name] for name in names) for one in made["balances"]]
        assert figures == [("USD", 900, -300, 600), ("JPY", 70, 0, 70)]
        shown = [(one["position"], one["number"], one["balance"]) for one in await lines(portal, made)]
        assert shown == [(1, "U-1", 900), (2, "U-2", 600), (3, "Y-1", 70)]
        assert [one["number"] for one in await lines(portal, made, currency="USD")] == ["U-1", "U-2"]
        assert [one["number"] for one in await lines(portal, made, type="payment")] == ["U-2"]
        assert await lines(portal, made, section="adjustment") == []

    async def test_contested_invoices_are_marked_as_they_are_now(
        self, services: Services, portal: Portal, account_id: UUID
    ) -> None:
        contested = await post_invoice(services, account_id, 900, number="INV-1")
        await post_invoice(services, account_id, 50, number="INV-2")
        reason = {"reason": "not_received", "text": "Half of it was never delivered", "amount": 450}
        assert (await portal.post(f"/v1/invoices/{contested}/disputes", json=reason)).status_code == 201
        for body in (OPEN, MARCH):
            made = await make(portal, body)
            assert made["balances"][0]["contested"] == 450
        made = await make(portal, OPEN)
        assert [(one["number"], one["contested"]) for one in await lines(portal, made)] == [
            ("INV-1", 450),
            ("INV-2", 0),
        ]
        paper, _ = await services.statements.get_paper(account_id, UUID(made["id"]))
        assert [item.contested for item in paper.parts[0].open_items] == [450, 0]
        assert paper.parts[0].contested == 450

    async def test_fifty_years_are_one_statement(
        self, services: Services, portal: Portal, account_id: UUID, today: date
    ) -> None:
        await post_invoice(services, account_id, 700)
        made = await make(portal, MARCH, date_from="1976-01-01", date_to=today.isoformat())
        assert (made["line_count"], made["balances"][0]["closing_balance"]) == (1, 700)

    async def test_it_ends_today_at_the_latest(self, services: Services, portal: Portal, account_id: UUID) -> None:
        """Documents that are dated ahead are in the statement of their own day."""
        today = services.clock.today()
        await post_invoice(services, account_id, 700, issued_on=today)
        await post_invoice(services, account_id, 50, issued_on=today + timedelta(days=1))
        made = await make(portal, MARCH, date_to=today.isoformat())
        assert made["balances"][0]["closing_balance"] == 700
        refused = await portal.post(STATEMENTS, json=MARCH | {"date_to": (today + timedelta(days=1)).isoformat()})
        assert refused.status_code == 422
        (error,) = refused.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/date_to", "date_in_future")
        assert str(today) in error["detail"]

    @pytest.mark.parametrize(
        ("body", "code", "pointer"),
        [
            (MARCH | {"date_from": "2026-04-01"}, "period_reversed", ""),
            (OPEN | {"date_from": "2026-03-01"}, "open_items_of_a_day", ""),
            (MARCH | {"locale": "tlh"}, "unknown_locale", "/locale"),
            (MARCH | {"type": "everything"}, "literal_error", "/type"),
            (MARCH | {"date_to": "31.03.2026"}, "wrong_form", "/date_to"),
            (MARCH | {"date_from": "1899-12-31"}, "greater_than_equal", "/date_from"),
            ({"type": "activity"}, "missing", "/date_to"),
        ],
    )
    async def test_wrong_input_is_named(self, portal: Portal, body: dict[str, Any], code: str, pointer: str) -> None:
        response = await portal.post(STATEMENTS, json=body)
        assert response.status_code == 422
        (error,) = response.json()["errors"]
        assert (error["code"], error["pointer"]) == (code, pointer)
        assert (await portal.get(STATEMENTS)).json()["data"] == []

    async def test_the_locale_is_the_profiles_unless_one_is_chosen(
        self, portal: Portal, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services.make_statement, "_locales", ["en-US", "de"])
        assert (await make(portal, MARCH))["locale"] == "en-US"
        assert (await make(portal, MARCH, locale="de"))["locale"] == "de"
        refused = (await portal.post(STATEMENTS, json=MARCH | {"locale": "fr"})).json()
        assert refused["errors"][0]["choices"] == ["en-US", "de"]

    async def test_too_many_lines_are_refused_and_a_summary_is_not(
        self, services: Services, portal: Portal, account_id: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("billing_api.statements.making.MAX_LINES", 2)
        for _ in range(3):
            await post_invoice(services, account_id, 100)
        refused = await portal.post(STATEMENTS, json=MARCH)
        assert (refused.status_code, refused.json()["code"]) == (409, "statement_too_long")
        assert (refused.json()["line_count"], refused.json()["limit"]) == (3, 2)
        made = await make(portal, MARCH, summary=True)
        assert made["number"] == "STM-000001"
        (line,) = await lines(portal, made)
        assert (line["type"], line["count"], line["balance"]) == ("invoice", 3, 300)

    async def test_numbers_have_no_gap_whoever_makes_them_at_once(self, portal: Portal, viewer: Portal) -> None:
        made = await asyncio.gather(*(make(who, MARCH) for who in (portal, viewer) * 4))
        assert sorted(one["number"] for one in made) == [f"STM-{n:06d}" for n in range(1, 9)]

    async def test_the_same_key_makes_one(self, portal: Portal) -> None:
        key = new_key()
        first, again = [await portal.post(STATEMENTS, json=MARCH, headers=key) for _ in range(2)]
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len((await portal.get(STATEMENTS)).json()["data"]) == 1

    async def test_an_account_makes_so_many_in_a_while(
        self, portal: Portal, viewer: Portal, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever asks; the refusal says when the next one may be made."""
        limits = Rates(services.clock, services.rates._log, {"statements": "2 per hour"})
        monkeypatch.setattr(services.rates, "_limits", limits._limits | {})
        answers = [await who.post(STATEMENTS, json=MARCH) for who in (portal, viewer, portal)]
        assert [one.status_code for one in answers] == [201, 201, 429]
        assert answers[2].json()["code"] == "too_many_requests"
        assert 0 < int(answers[2].headers["Retry-After"]) <= 3600
        assert answers[2].headers["RateLimit-Policy"] == '"statements";q=2;w=3600'

    async def test_a_repeat_with_its_key_has_its_result_beyond_the_limit(
        self, portal: Portal, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limits = Rates(services.clock, services.rates._log, {"statements": "1 per hour"})
        monkeypatch.setattr(services.rates, "_limits", limits._limits | {})
        key = new_key()
        first, again = [await portal.post(STATEMENTS, json=MARCH, headers=key) for _ in range(2)]
        assert (again.status_code, again.content) == (201, first.content)
        assert (await portal.post(STATEMENTS, json=MARCH)).status_code == 429

    async def test_it_stands_in_the_audit_log_and_in_the_events(self, portal: Portal, sql: Sql) -> None:
        made = await make(portal, MARCH)
        asked = "SELECT {} FROM {} WHERE account_id = $1 AND subject_id = $2"
        subject = (portal.account_id, UUID(made["id"]))
        assert await sql.fetchval(asked.format("action", "audit_log"), *subject) == "statement.created"
        assert await sql.fetchval(asked.format("kind", "outbox_events"), *subject) == "statement.created"


class TestNeverChanges:
    async def test_json_is_the_same_byte_for_byte_whatever_happens_later(
        self, services: Services, portal: Portal, account_id: UUID
    ) -> None:
        """A document dated back, another name, another address, another statement of the same period."""
        await post_invoice(services, account_id, 700)
        address = AddressCreate(recipient="Sunny Side Ltd", line1="1 High St", city="Springfield", country="IE")
        billed = await services.addresses.create(account_id, address, None)
        paths = []
        for body in (MARCH, OPEN):
            made = await make(portal, body)
            addressee = made["addressee"]
            assert addressee["lines"] == ["Sunny Side Ltd", "1 High St", "Springfield"]
            assert (addressee["company_name"], addressee["country"]) == ("Sunny Side Ltd", "IE")
            assert addressee["account_number"] == await services.accounts.find_external_id(account_id)
            paths += [f"{STATEMENTS}/{made['id']}", f"{STATEMENTS}/{made['id']}/lines"]
        before = [(await portal.get(path)).content for path in paths]
        await post_invoice(services, account_id, 50, issued_on=date(2026, 3, 3))
        await post(services, account_id, postings.payment(document(effective_on=date(2026, 3, 4)), allocated=20))
        everything = {"If-Match": "*"}
        renamed = await portal.patch("/v1/profile", json={"company_name": "Cloudy Side"}, headers=everything)
        moved = await portal.patch(f"/v1/addresses/{billed.id}", json={"line1": "2 Low St"}, headers=everything)
        assert (renamed.status_code, moved.status_code) == (200, 200)
        again = await make(portal, MARCH)
        assert (again["addressee"]["company_name"], again["line_count"]) == ("Cloudy Side", 3)
        assert [(await portal.get(path)).content for path in paths] == before

    @pytest.mark.parametrize("table", ["statements", "statement_balances", "statement_lines"])
    @pytest.mark.parametrize("change", ["UPDATE {} SET account_id = account_id", "DELETE FROM {}"])
    async def test_the_database_refuses_to_change_it(
        self, services: Services, portal: Portal, account_id: UUID, sql: Sql, table: str, change: str
    ) -> None:
        await post_invoice(services, account_id, 700)
        await make(portal, MARCH)
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await sql.execute(f"{change.format(table)} WHERE account_id = $1", account_id)

    async def test_the_database_refuses_figures_that_prove_nothing(self, portal: Portal, sql: Sql) -> None:
        made = await make(portal, MARCH)
        values = "account_id, statement_id, 'EUR', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0"
        with pytest.raises(asyncpg.CheckViolationError, match="proof"):
            await sql.execute(
                f"INSERT INTO statement_balances SELECT {values} FROM statement_balances WHERE statement_id = $1",
                UUID(made["id"]),
            )

    async def test_the_addressee_can_be_erased_and_nothing_else(self, portal: Portal, sql: Sql) -> None:
        made = await make(portal, MARCH)
        await sql.execute("DELETE FROM statement_addressees WHERE account_id = $1", portal.account_id)
        assert (await portal.get(f"{STATEMENTS}/{made['id']}")).json() == made | {"addressee": None}


class TestRead:
    async def test_newest_first_by_type_and_date(self, portal: Portal) -> None:
        bodies = [MARCH, OPEN, MARCH | {"date_to": "2026-03-15"}]
        numbers = [(await make(portal, body))["number"] for body in bodies]
        page = (await portal.get(STATEMENTS, params={"limit": 2})).json()
        rest = (await portal.get(STATEMENTS, params={"limit": 2, "cursor": page["next_cursor"]})).json()
        assert [one["number"] for one in page["data"] + rest["data"]] == numbers[::-1]
        for query, found in (
            ({"type": "open_items"}, [numbers[1]]),
            ({"date_to": "2026-03-20"}, [numbers[2]]),
            ({"date_from": "2026-03-20", "type": "activity"}, [numbers[0]]),
        ):
            listed = (await portal.get(STATEMENTS, params=query)).json()["data"]
            assert [one["number"] for one in listed] == found

    async def test_a_list_has_what_each_one_says_but_the_addressee(self, portal: Portal, services: Services) -> None:
        await post_invoice(services, portal.account_id, 700)
        made = await make(portal, MARCH)
        (listed,) = (await portal.get(STATEMENTS)).json()["data"]
        assert listed == {name: value for name, value in made.items() if name != "addressee"}

    async def test_lines_are_pages(self, services: Services, portal: Portal, account_id: UUID) -> None:
        for amount in (1, 2, 3):
            await post_invoice(services, account_id, amount)
        made = await make(portal, MARCH)
        path = f"{STATEMENTS}/{made['id']}/lines"
        page = (await portal.get(path, params={"limit": 2})).json()
        assert ([one["position"] for one in page["data"]], page["has_more"]) == ([1, 2], True)
        rest = (await portal.get(path, params={"limit": 2, "cursor": page["next_cursor"]})).json()
        assert ([one["position"] for one in rest["data"]], rest["has_more"]) == ([3], False)

    @pytest.mark.parametrize("end", ["", "/lines"])
    async def test_another_accounts_statement_is_not_found(self, portal: Portal, stranger: Portal, end: str) -> None:
        made = await make(stranger, MARCH)
        for statement_id in (made["id"], uuid4()):
            response = await portal.get(f"{STATEMENTS}/{statement_id}{end}")
            assert (response.status_code, response.json()["code"]) == (404, "statement_not_found")
        assert (await portal.get(STATEMENTS)).json()["data"] == []
