"""The balance over HTTP: now and on a day, by currency, with ageing, against what the documents say."""

from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest

from tests.factories.credits import apply_credit_memo, apply_deposit, post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice, reserve_on_invoice, void_invoice
from tests.fixtures.queries import Queries
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

NOTHING = {"current": 0, "days_1_30": 0, "days_31_60": 0, "days_61_90": 0, "days_over_90": 0}
DAY = timedelta(days=1)


@pytest.fixture
def today(services: Services) -> date:
    return services.clock.today()


class TestGet:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/balance")).status_code == 401

    async def test_another_accounts_documents_do_not_count(
        self, services: Services, portal: Portal, stranger: Portal
    ) -> None:
        await post_invoice(services, stranger.account_id)
        assert [row["balance"] for row in (await portal.get("/v1/balance")).json()["balances"]] == [0]

    async def test_before_the_first_document_all_is_zero(self, viewer: Portal, today: date) -> None:
        zero = {
            "currency": "USD",
            "balance": 0,
            "due": 0,
            "overdue": 0,
            "unapplied_credits": 0,
            "unapplied_deposits": 0,
            "ageing": NOTHING,
            "contested": NOTHING,
        }
        body = (await viewer.get("/v1/balance")).json()
        assert body == {
            "as_of": today.isoformat(),
            "currency": "USD",
            "credit_limit": None,
            "terms": {
                "net_days": 30,
                "discount_basis_points": 0,
                "discount_days": 0,
                "discount_includes_tax": True,
            },
            "balances": [zero | {"pending": 0, "due_after_pending": 0}],
        }
        then = (await viewer.get("/v1/balance?as_of=2020-02-29")).json()
        assert then["as_of"] == "2020-02-29"
        assert then["balances"] == [zero | {"pending": None, "due_after_pending": None, "contested": None}]

    @pytest.mark.parametrize(
        ("late", "age"),
        [
            (-1, "current"),
            (0, "current"),
            (1, "days_1_30"),
            (30, "days_1_30"),
            (31, "days_31_60"),
            (60, "days_31_60"),
            (61, "days_61_90"),
            (90, "days_61_90"),
            (91, "days_over_90"),
            (2000, "days_over_90"),
        ],
    )
    async def test_ages_turn_on_their_days(
        self, services: Services, portal: Portal, account_id: UUID, today: date, late: int, age: str
    ) -> None:
        due_on = today - late * DAY
        await post_invoice(services, account_id, 100, issued_on=due_on - 10 * DAY, due_on=due_on)
        (now,) = (await portal.get("/v1/balance")).json()["balances"]
        (then,) = (await portal.get(f"/v1/balance?as_of={today}")).json()["balances"]
        assert now["ageing"] == then["ageing"] == NOTHING | {age: 100}
        assert now["overdue"] == (100 if late > 0 else 0)

    async def test_everything_at_once_by_currency(
        self, services: Services, portal: Portal, account_id: UUID, today: date, queries: Queries
    ) -> None:
        late = await post_invoice(services, account_id, 1000, issued_on=today - 60 * DAY, due_on=today - 31 * DAY)
        soon = await post_invoice(services, account_id, 500, issued_on=today, due_on=today + 5 * DAY)
        await post_invoice(services, account_id, 70, issued_on=today, due_on=today + DAY, currency="JPY")
        await void_invoice(services, account_id, await post_invoice(services, account_id, 9999))
        memo_id = await post_credit_memo(services, account_id, 300)
        deposit_id = await post_deposit(services, account_id, 200)
        await apply_credit_memo(services, account_id, memo_id, {late: 100})
        await apply_deposit(services, account_id, deposit_id, {late: 50})
        await reserve_on_invoice(services, account_id, soon, 400)
        queries.clear()
        body = (await portal.get("/v1/balance")).json()
        assert len(queries) == 1
        assert body["balances"] == [
            {
                "currency": "JPY",
                "balance": 70,
                "due": 70,
                "overdue": 0,
                "pending": 0,
                "due_after_pending": 70,
                "unapplied_credits": 0,
                "unapplied_deposits": 0,
                "ageing": NOTHING | {"current": 70},
                "contested": NOTHING,
            },
            {
                "currency": "USD",
                "balance": 1000,
                "due": 1350,
                "overdue": 850,
                "pending": 400,
                "due_after_pending": 950,
                "unapplied_credits": 200,
                "unapplied_deposits": 150,
                "ageing": NOTHING | {"current": 500, "days_31_60": 850},
                "contested": NOTHING,
            },
        ]

    async def test_a_wrong_day_is_refused(self, portal: Portal) -> None:
        for query in ("as_of=soon", "as_of=2026-02-30", "on=2026-02-01"):
            assert (await portal.get(f"/v1/balance?{query}")).status_code == 422

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    async def test_the_calendars_ends_are_days_too(self, portal: Portal, day: str) -> None:
        assert (await portal.get(f"/v1/balance?as_of={day}")).status_code == 200


class TestAsOf:
    async def test_later_documents_do_not_count(
        self, services: Services, portal: Portal, account_id: UUID, queries: Queries
    ) -> None:
        """An invoice, a credit, a deposit, their use and a void, each on a day of its own."""
        invoice_id = await post_invoice(
            services, account_id, 1000, issued_on=date(2026, 1, 10), due_on=date(2026, 1, 31)
        )
        memo_id = await post_credit_memo(services, account_id, 300, issued_on=date(2026, 2, 5))
        deposit_id = await post_deposit(services, account_id, 800, received_on=date(2026, 2, 6))
        await apply_credit_memo(services, account_id, memo_id, {invoice_id: 250}, on=date(2026, 2, 10))
        await apply_deposit(services, account_id, deposit_id, {invoice_id: 750}, on=date(2026, 3, 1))
        void = await post_invoice(services, account_id, 90, issued_on=date(2026, 3, 2), due_on=date(2026, 4, 1))
        await void_invoice(services, account_id, void, on=date(2026, 3, 4))
        expected = {  # due, overdue, credits, deposits, balance
            "2026-01-09": (0, 0, 0, 0, 0),
            "2026-01-10": (1000, 0, 0, 0, 1000),
            "2026-01-31": (1000, 0, 0, 0, 1000),
            "2026-02-01": (1000, 1000, 0, 0, 1000),
            "2026-02-05": (1000, 1000, 300, 0, 700),
            "2026-02-06": (1000, 1000, 300, 800, -100),
            "2026-02-10": (750, 750, 50, 800, -100),
            "2026-02-28": (750, 750, 50, 800, -100),
            "2026-03-01": (0, 0, 50, 50, -100),
            "2026-03-02": (90, 0, 50, 50, -10),
            "2026-03-03": (90, 0, 50, 50, -10),
            "2026-03-04": (0, 0, 50, 50, -100),
            "2030-01-01": (0, 0, 50, 50, -100),
        }
        names = ("due", "overdue", "unapplied_credits", "unapplied_deposits", "balance")
        seen = {}
        queries.clear()
        for day in expected:
            (row,) = (await portal.get(f"/v1/balance?as_of={day}")).json()["balances"]
            assert sum(row["ageing"].values()) == row["due"]
            seen[day] = tuple(row[name] for name in names)
        assert seen == expected
        assert len(queries) == len(expected)

    async def test_an_amount_applied_before_the_invoices_date_is_a_deposit_until_then(
        self, services: Services, portal: Portal, account_id: UUID
    ) -> None:
        invoice_id = await post_invoice(services, account_id, 100, issued_on=date(2026, 5, 1))
        deposit_id = await post_deposit(services, account_id, 100, received_on=date(2026, 4, 1))
        await apply_deposit(services, account_id, deposit_id, {invoice_id: 100}, on=date(2026, 4, 2))
        for day, due, deposits in [("2026-04-01", 0, 100), ("2026-04-30", 0, 100), ("2026-05-01", 0, 0)]:
            (row,) = (await portal.get(f"/v1/balance?as_of={day}")).json()["balances"]
            assert (row["due"], row["unapplied_deposits"], row["balance"]) == (due, deposits, due - deposits)
