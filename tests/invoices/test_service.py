"""The life of an invoice: posted, reserved, paid in parts, reopened, voided."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing_api.accounts.errors import ExternalIdTakenError
from billing_api.accounts.schemas import Terms
from billing_api.invoices.applying import ApplicationKind
from billing_api.invoices.create_schemas import InvoiceCreate
from billing_api.invoices.errors import (
    AmountExceedsDueError,
    InvoiceNotFoundError,
    InvoiceNotVoidableError,
    InvoiceNumberTakenError,
)
from billing_api.invoices.schemas import InvoiceRead
from billing_api.ledger.errors import DateTooFarAheadError
from tests.factories.invoices import (
    ISSUED_ON,
    apply_to_invoice,
    invoice_of,
    post_invoice,
    release_on_invoice,
    reserve_on_invoice,
    void_invoice,
)
from tests.factories.users import make_account
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

TERMS = Terms(net_days=45, discount_basis_points=200, discount_days=10, discount_includes_tax=False)


async def read(services: Services, account_id: UUID, invoice_id: UUID) -> InvoiceRead:
    return await services.invoices.get(account_id, invoice_id)


async def post_by_terms(services: Services, account_id: UUID, new: InvoiceCreate) -> UUID:
    """Post an invoice as if the account had these terms."""
    account = replace(await services.accounts.lock(account_id), terms=TERMS)
    return (await services.invoices.post(account, [new]))[0]


class TestPosting:
    async def test_totals_are_worked_out_from_lines_and_taxes(self, services: Services, account_id: UUID) -> None:
        lines = [
            {"description": "Widgets", "quantity": "2.5", "unit_amount": 4000, "amount": 10000},
            {"description": "Rebate", "amount": -1500},
        ]
        taxes = [
            {"name": "State", "rate": "6.25", "amount": 531},
            {"name": "County", "amount": 10},
        ]
        invoice = await read(
            services, account_id, await post_invoice(services, account_id, lines=lines, taxes=taxes, po_number="PO-1")
        )
        assert (invoice.net, invoice.tax, invoice.total, invoice.amount_due) == (8500, 541, 9041, 9041)
        assert [str(line.quantity) for line in invoice.lines] == ["2.5", "1"]
        assert [line.amount for line in invoice.lines] == [10000, -1500]
        assert [(tax.name, str(tax.rate), tax.amount) for tax in invoice.taxes] == [
            ("State", "6.25", 531),
            ("County", "None", 10),
        ]
        assert (invoice.payment_status, invoice.status, invoice.applications) == ("unpaid", "open", [])

    async def test_it_is_in_the_books_and_in_the_outbox(self, services: Services, sql: Sql, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 1080, tax=80, number="INV-7")
        entry = await sql.fetchrow("SELECT * FROM ledger_entries WHERE account_id = $1", account_id)
        assert entry is not None
        assert (entry["kind"], entry["number"], entry["document_id"]) == ("invoice", "INV-7", invoice_id)
        assert (entry["receivable"], entry["revenue"], entry["tax"]) == (1080, -1000, -80)
        event = await sql.fetchval(
            "SELECT data->>'number' FROM outbox_events WHERE account_id = $1 AND kind = 'invoice.posted'", account_id
        )
        assert event == "INV-7"

    async def test_due_date_and_discount_come_from_the_accounts_terms(
        self, services: Services, account_id: UUID
    ) -> None:
        async def post() -> UUID:
            return await post_by_terms(services, account_id, invoice_of())

        invoice = await read(services, account_id, await services.database.run(post))
        assert invoice.due_on == ISSUED_ON + timedelta(days=45)
        assert invoice.discount is not None
        assert invoice.discount.until == ISSUED_ON + timedelta(days=10)
        assert (invoice.discount.basis_points, invoice.discount.includes_tax) == (200, False)

    @pytest.mark.parametrize(
        ("given", "expected"), [(None, None), ({"basis_points": 100, "until": "2026-03-09"}, (100, date(2026, 3, 9)))]
    )
    async def test_a_discount_that_is_given_wins_over_the_terms(
        self, services: Services, account_id: UUID, given: object, expected: tuple[int, date] | None
    ) -> None:
        async def post() -> UUID:
            return await post_by_terms(services, account_id, invoice_of(discount=given))

        discount = (await read(services, account_id, await services.database.run(post))).discount
        assert (discount and (discount.basis_points, discount.until)) == expected

    async def test_a_returned_line_and_a_withholding_have_taxes_below_zero(
        self, services: Services, sql: Sql, account_id: UUID
    ) -> None:
        lines = [
            {"description": "Widgets", "quantity": "2", "unit_amount": 5000, "amount": 10000},
            {"description": "One came back", "quantity": "-1", "unit_amount": 3000, "amount": -3000},
        ]
        taxes = [
            {"name": "VAT 20 %", "rate": "20", "amount": 2000},
            {"name": "VAT 10 %", "rate": "10", "amount": -300},
            {"name": "Withheld", "rate": "-10", "amount": -2500},
        ]
        invoice = await read(services, account_id, await post_invoice(services, account_id, lines=lines, taxes=taxes))
        assert (invoice.net, invoice.tax, invoice.total) == (7000, -800, 6200)
        assert [(str(tax.rate), tax.amount) for tax in invoice.taxes] == [("20", 2000), ("10", -300), ("-10", -2500)]
        entry = await sql.fetchrow("SELECT * FROM ledger_entries WHERE account_id = $1", account_id)
        assert entry is not None
        assert (entry["receivable"], entry["revenue"], entry["tax"]) == (6200, -7000, 800)

    async def test_negative_taxes_may_lower_the_total_to_zero(self, services: Services, account_id: UUID) -> None:
        invoice = await read(services, account_id, await post_invoice(services, account_id, 0, tax=-500))
        assert (invoice.net, invoice.tax, invoice.total, invoice.status) == (500, -500, 0, "paid")

    async def test_it_may_be_dated_a_year_ahead_and_no_more(self, services: Services, account_id: UUID) -> None:
        today = services.clock.today()
        await post_invoice(services, account_id, issued_on=today + timedelta(days=365))
        with pytest.raises(DateTooFarAheadError):
            await post_invoice(services, account_id, issued_on=today + timedelta(days=367))

    async def test_an_invoice_of_zero_is_paid_at_once(self, services: Services, account_id: UUID) -> None:
        invoice = await read(services, account_id, await post_invoice(services, account_id, 0))
        assert (invoice.status, invoice.payment_status, invoice.closed_on) == ("paid", "paid", ISSUED_ON)

    async def test_a_number_is_taken_once_for_an_account(self, services: Services, account_id: UUID) -> None:
        await post_invoice(services, account_id, number="INV-1")
        with pytest.raises(InvoiceNumberTakenError):
            await post_invoice(services, account_id, number="INV-1")
        assert [totals.receivable for totals in await services.ledger.totals(account_id)] == [10_000]
        await post_invoice(services, await make_account(services), number="INV-1")

    async def test_an_external_id_is_taken_once_for_all_accounts(self, services: Services, account_id: UUID) -> None:
        external_id = str(uuid4())
        await post_invoice(services, account_id, external_id=external_id)
        with pytest.raises(ExternalIdTakenError):
            await post_invoice(services, await make_account(services), external_id=external_id)

    @pytest.mark.parametrize(
        "fields",
        [
            {"lines": []},
            {"lines": [{"description": "x", "amount": -1}]},
            {"lines": [{"description": "x", "amount": 10**15}, {"description": "y", "amount": 1}]},
            {"lines": [{"description": "x", "amount": 1.0}]},
            {"lines": [{"description": "x", "amount": 1, "quantity": "NaN"}]},
            {"lines": [{"description": "x", "amount": 1, "surprise": 1}]},
            {"lines": [{"description": "x", "amount": 5}], "taxes": [{"name": "x", "amount": -6}]},
            {"lines": [{"description": "x", "amount": -1}], "taxes": [{"name": "x", "amount": 5}]},
            {
                "lines": [{"description": "x", "amount": 10**15}, {"description": "y", "amount": 1}],
                "taxes": [{"name": "x", "amount": -1}],
            },
            {"taxes": [{"name": "x", "amount": 1.0}]},
            {"due_on": ISSUED_ON - timedelta(days=1)},
            {"issued_on": "0026-03-02"},
            {"currency": "XXQ"},
            {"number": "a\x00b"},
        ],
    )
    def test_invalid_requests_are_refused(self, fields: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="validation error"):
            invoice_of(**fields)


class TestApplying:
    async def test_parts_lower_what_is_due_and_the_last_closes_it(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 10_000)
        steps = [
            (ApplicationKind.CREDIT, 1000),
            (ApplicationKind.DEPOSIT, 2000),
            (ApplicationKind.DISCOUNT, 100),
            (ApplicationKind.WRITE_OFF, 900),
        ]
        for kind, amount in steps:
            await apply_to_invoice(services, account_id, invoice_id, amount, kind=kind)
        partly = await read(services, account_id, invoice_id)
        assert (partly.payment_status, partly.amount_due) == ("partial", 6000)
        await apply_to_invoice(services, account_id, invoice_id, 6000)
        invoice = await read(services, account_id, invoice_id)
        assert (invoice.status, invoice.payment_status, invoice.amount_due) == ("paid", "paid", 0)
        assert [part.amount for part in invoice.applications] == [1000, 2000, 100, 900, 6000]
        sums = (
            invoice.paid,
            invoice.credited,
            invoice.deposit_applied,
            invoice.discounted,
            invoice.written_off,
        )
        assert sums == (6000, 1000, 2000, 100, 900)

    async def test_closes_on_the_latest_day_even_when_the_last_part_is_backdated(
        self, services: Services, account_id: UUID
    ) -> None:
        invoice_id = await post_invoice(services, account_id, 100)
        await apply_to_invoice(services, account_id, invoice_id, 60, on=date(2026, 4, 20))
        await apply_to_invoice(services, account_id, invoice_id, 40, on=date(2026, 4, 3))
        assert (await read(services, account_id, invoice_id)).closed_on == date(2026, 4, 20)

    async def test_is_never_closed_before_its_own_day(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 100)
        await apply_to_invoice(services, account_id, invoice_id, 100, on=ISSUED_ON - timedelta(days=3))
        assert (await read(services, account_id, invoice_id)).closed_on == ISSUED_ON

    async def test_an_undone_application_reopens_the_invoice(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 100)
        await apply_to_invoice(services, account_id, invoice_id, 100)
        await apply_to_invoice(services, account_id, invoice_id, -100, on=date(2026, 4, 20))
        invoice = await read(services, account_id, invoice_id)
        assert (invoice.status, invoice.closed_on, invoice.amount_due, invoice.paid) == ("open", None, 100, 0)
        assert [part.amount for part in invoice.applications] == [100, -100]

    async def test_more_than_is_due_is_refused(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 100)
        with pytest.raises(AmountExceedsDueError) as refusal:
            await apply_to_invoice(services, account_id, invoice_id, 101)
        assert refusal.value.extensions["payable"] == 100
        assert (await read(services, account_id, invoice_id)).applications == []

    async def test_no_more_than_was_applied_can_be_undone(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 100)
        await apply_to_invoice(services, account_id, invoice_id, 50)
        with pytest.raises(ValueError, match="undoes more"):
            await apply_to_invoice(services, account_id, invoice_id, -51)

    async def test_another_accounts_invoice_is_not_found(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 100)
        with pytest.raises(InvoiceNotFoundError):
            await apply_to_invoice(services, await make_account(services), invoice_id, 100)


class TestReserving:
    async def test_a_reserved_amount_is_processing_and_can_not_be_reserved_again(
        self, services: Services, account_id: UUID
    ) -> None:
        invoice_id = await post_invoice(services, account_id, 100)
        await reserve_on_invoice(services, account_id, invoice_id, 60)
        invoice = await read(services, account_id, invoice_id)
        assert (invoice.payment_status, invoice.amount_due, invoice.amount_pending) == ("processing", 100, 60)
        with pytest.raises(
            AmountExceedsDueError, match="leaves 40 to pay while a payment of 60 is under way"
        ) as refusal:
            await reserve_on_invoice(services, account_id, invoice_id, 41)
        assert refusal.value.extensions["amount_pending"] == 60
        with pytest.raises(AmountExceedsDueError):
            await apply_to_invoice(services, account_id, invoice_id, 41)
        await apply_to_invoice(services, account_id, invoice_id, 40)

    async def test_a_released_amount_can_be_reserved_again(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 100)
        await reserve_on_invoice(services, account_id, invoice_id, 60)
        await release_on_invoice(services, account_id, invoice_id, 60)
        assert (await read(services, account_id, invoice_id)).payment_status == "unpaid"
        with pytest.raises(ValueError, match="not reserved"):
            await release_on_invoice(services, account_id, invoice_id, 1)

    async def test_a_locked_invoice_has_its_payable_amount(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 100, tax=8)
        await reserve_on_invoice(services, account_id, invoice_id, 30)

        async def lock() -> int:
            account = await services.accounts.lock(account_id)
            return (await services.invoices.lock(account, [invoice_id]))[invoice_id].payable

        assert await services.database.run(lock) == 70
        seen = (await services.invoices.get_payable(account_id, [invoice_id]))[invoice_id]
        assert (seen.payable, seen.net, seen.tax, seen.version) == (70, 92, 8, 2)
        with pytest.raises(InvoiceNotFoundError):
            await services.invoices.get_payable(account_id, [uuid4()])


class TestVoiding:
    async def test_takes_the_invoice_out_of_the_balance(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 1080, tax=80)
        await void_invoice(services, account_id, invoice_id, on=date(2026, 3, 5))
        invoice = await read(services, account_id, invoice_id)
        assert (invoice.status, invoice.payment_status) == ("void", "void")
        assert (invoice.amount_due, invoice.voided, invoice.closed_on) == (0, 1080, date(2026, 3, 5))
        assert [totals.balance for totals in await services.ledger.totals(account_id)] == [0]

    async def test_is_never_dated_before_the_invoice(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 100)
        await void_invoice(services, account_id, invoice_id, on=ISSUED_ON - timedelta(days=30))
        assert (await read(services, account_id, invoice_id)).closed_on == ISSUED_ON

    async def test_a_partly_paid_reserved_or_void_invoice_is_not_voided(
        self, services: Services, account_id: UUID
    ) -> None:
        paid, held, void = [await post_invoice(services, account_id, 100) for _ in range(3)]
        await apply_to_invoice(services, account_id, paid, 1)
        await reserve_on_invoice(services, account_id, held, 1)
        await void_invoice(services, account_id, void)
        for invoice_id in (paid, held, void):
            with pytest.raises(InvoiceNotVoidableError):
                await void_invoice(services, account_id, invoice_id)
