"""Checks, wires and cash."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from billing_api.accounts.errors import ExternalIdTakenError
from billing_api.errors import AppError
from billing_api.invoices.errors import InvoiceNotFoundError, OtherCurrencyError
from billing_api.ledger.errors import DateInFutureError
from billing_api.payments.offline import Received
from billing_api.payments.offline_schemas import OfflinePaymentCreate
from tests.factories.invoices import post_invoice, reserve_on_invoice, void_invoice
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import Books, BooksOf

NOTHING_BESIDE = {"credited": 0, "deposit_applied": 0, "discounted": 0}


def received(amount: int, *allocations: tuple[UUID, int], **fields: Any) -> OfflinePaymentCreate:
    """A check for invoices."""
    given: dict[str, Any] = {
        "external_id": str(uuid4()),
        "type": "check",
        "currency": "USD",
        "amount": amount,
        "received_on": date(2026, 11, 20),
        "reference": "Check 1042",
        "allocations": [{"invoice_id": invoice_id, "amount": part} for invoice_id, part in allocations],
    }
    return OfflinePaymentCreate.model_validate(given | fields)


async def receive(services: Services, account_id: UUID, *news: OfflinePaymentCreate) -> list[Received]:
    """Record payments under the account's lock, as an import does; return them."""

    async def work() -> list[Received]:
        return await services.offline_payments.record_all(await services.accounts.lock(account_id), news, {})

    return await services.database.run(work)


async def record(services: Services, account_id: UUID, *news: OfflinePaymentCreate) -> list[UUID]:
    """Record, and return the payments' ids."""
    return [one.payment.id for one in await receive(services, account_id, *news)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=declined,succeeded", [100, 300, 500, 700]),
        ("status=declined", []),
        ("type=card,wire", [100]),
        ("type=check,wire&currency=USD", [100, 300]),
        ("currency=EUR,JPY", [500, 700]),
        ("currency=KWD", []),
        ("amount_min=300&amount_max=500", [300, 500]),
        ("date_from=2026-11-02&date_to=2026-11-03", [300, 500]),
    ],
)
async def test_filters_take_several_values(services: Services, portal: Portal, query: str, expected: list[int]) -> None:
    await record(
        services,
        portal.account_id,
        received(100, type="wire", received_on=date(2026, 11, 1)),
        received(300, received_on=date(2026, 11, 2)),
        received(500, currency="EUR", received_on=date(2026, 11, 3)),
        received(700, currency="JPY", received_on=date(2026, 11, 4)),
    )
    found = (await portal.get(f"/v1/payments?{query}")).json()["data"]
    assert sorted(payment["amount"] for payment in found) == expected


async def test_it_pays_invoices_and_the_rest_is_credit(services: Services, portal: Portal, books_of: BooksOf) -> None:
    whole = await post_invoice(services, portal.account_id, 10_000, number="A-1")
    part = await post_invoice(services, portal.account_id, 20_000, number="A-2")
    (payment_id,) = await record(services, portal.account_id, received(16_000, (whole, 10_000), (part, 5_000)))
    payment = (await portal.get(f"/v1/payments/{payment_id}")).json()
    assert (payment["type"], payment["status"], payment["number"]) == ("check", "succeeded", "PMT-000001")
    assert (payment["amount"], payment["unapplied"], payment["reference"]) == (16_000, 1_000, "Check 1042")
    assert payment["received_on"] == "2026-11-20"
    assert (payment["payment_method_id"], payment["last4"], payment["next_check_at"]) == (None, None, None)
    assert payment["allocations"] == [
        {"invoice_id": str(whole), "invoice_number": "A-1", "amount": 10_000} | NOTHING_BESIDE,
        {"invoice_id": str(part), "invoice_number": "A-2", "amount": 5_000} | NOTHING_BESIDE,
    ]
    paid = (await portal.get(f"/v1/invoices/{whole}")).json()
    assert (paid["status"], paid["closed_on"]) == ("paid", "2026-11-20")
    assert await books_of(portal.account_id) == Books(receivable=15_000, customer_credit=-1_000, pending=0, cash=16_000)


async def test_it_is_posted_on_the_day_it_was_received(services: Services, portal: Portal, sql: Sql) -> None:
    (payment_id,) = await record(services, portal.account_id, received(500, received_on=date(2026, 1, 31)))
    entry = await sql.fetchrow(
        "SELECT kind, effective_on, customer_credit FROM ledger_entries WHERE account_id = $1 AND document_id = $2",
        portal.account_id,
        payment_id,
    )
    assert entry is not None
    assert tuple(entry) == ("payment", date(2026, 1, 31), -500)


async def test_a_shortfall_stays_unapplied(services: Services, portal: Portal, books_of: BooksOf) -> None:
    """The invoice was paid meanwhile, is void, or has a bank transfer under way; the money has arrived all the same."""
    account_id = portal.account_id
    held, paid, void = [await post_invoice(services, account_id, 10_000) for _ in range(3)]
    await reserve_on_invoice(services, account_id, held, 4_000)
    await record(services, account_id, received(10_000, (paid, 10_000)))
    await void_invoice(services, account_id, void)
    (one,) = await receive(services, account_id, received(30_000, (held, 10_000), (paid, 9_000), (void, 11_000)))
    assert [(short.place, short.wanted, short.applied, short.pending) for short in one.shortfalls] == [
        (0, 10_000, 6_000, 4_000),
        (1, 9_000, 0, 0),
        (2, 11_000, 0, 0),
    ]
    payment = (await portal.get(f"/v1/payments/{one.payment.id}")).json()
    assert (payment["amount"], payment["unapplied"]) == (30_000, 24_000)
    assert [(part["invoice_id"], part["amount"]) for part in payment["allocations"]] == [(str(held), 6_000)]
    open_one = (await portal.get(f"/v1/invoices/{held}")).json()
    assert (open_one["payment_status"], open_one["amount_due"], open_one["amount_pending"]) == (
        "processing",
        4_000,
        4_000,
    )
    assert await books_of(account_id) == Books(receivable=4_000, customer_credit=-24_000, pending=4_000, cash=40_000)
    (balance,) = (await portal.get("/v1/balance")).json()["balances"]
    assert (balance["due"], balance["unapplied_deposits"], balance["balance"]) == (4_000, 24_000, -20_000)


async def test_two_checks_at_once_for_one_invoice_share_its_room(services: Services, portal: Portal) -> None:
    invoice = await post_invoice(services, portal.account_id, 10_000, number="A-1")
    first, second = await receive(
        services, portal.account_id, received(6_000, (invoice, 6_000)), received(6_000, (invoice, 6_000))
    )
    assert (first.payment.unapplied, first.shortfalls) == (0, [])
    assert second.payment.unapplied == 2_000
    (short,) = second.shortfalls
    assert short.words == (
        "Invoice A-1 leaves 4000 to pay, in minor units: 4000 of 6000 is applied, 2000 stays unapplied."
    )


async def test_a_warning_names_a_payment_under_way(services: Services, portal: Portal) -> None:
    invoice = await post_invoice(services, portal.account_id, 10_000, number="A-1")
    await reserve_on_invoice(services, portal.account_id, invoice, 10_000)
    (one,) = await receive(services, portal.account_id, received(1, (invoice, 1)))
    assert one.shortfalls[0].words == (
        "Invoice A-1 leaves 0 to pay while a payment of 10000 is under way, in minor units: "
        "0 of 1 is applied, 1 stays unapplied."
    )


async def test_an_impossible_payment_is_refused_as_a_whole(
    services: Services, portal: Portal, stranger: Portal, books_of: BooksOf
) -> None:
    account_id = portal.account_id
    euros = await post_invoice(services, account_id, currency="EUR")
    theirs = await post_invoice(services, stranger.account_id)
    known = received(100)
    await record(services, account_id, known)
    before = await books_of(account_id)
    refusals: list[tuple[OfflinePaymentCreate, type[AppError]]] = [
        (received(100, (euros, 100)), OtherCurrencyError),
        (received(100, (theirs, 100)), InvoiceNotFoundError),
        (received(100, external_id=known.external_id), ExternalIdTakenError),
        (received(100, received_on=services.clock.today() + timedelta(days=2)), DateInFutureError),
    ]
    for new, error in refusals:
        with pytest.raises(error):
            await record(services, account_id, received(50), new)
    assert await books_of(account_id) == before
    assert len((await portal.get("/v1/payments")).json()["data"]) == 1


async def test_it_may_be_received_tomorrow(services: Services, account_id: UUID) -> None:
    """The reporter's time zone may be ahead of that of the books."""
    await record(services, account_id, received(100, received_on=services.clock.today() + timedelta(days=1)))


async def test_a_payment_before_its_invoice_closes_it_on_the_invoices_day(services: Services, portal: Portal) -> None:
    invoice = await post_invoice(services, portal.account_id, 100, issued_on=date(2026, 11, 23))
    await record(services, portal.account_id, received(100, (invoice, 100), received_on=date(2026, 11, 20)))
    assert (await portal.get(f"/v1/invoices/{invoice}")).json()["closed_on"] == "2026-11-23"
    for day, due, deposits in [("2026-11-20", 0, 100), ("2026-11-22", 0, 100), ("2026-11-23", 0, 0)]:
        (row,) = (await portal.get(f"/v1/balance?as_of={day}")).json()["balances"]
        assert (row["due"], row["unapplied_deposits"], row["balance"]) == (due, deposits, due - deposits)


def test_no_more_than_the_amount_can_be_allocated() -> None:
    with pytest.raises(ValidationError, match="add up to more"):
        received(100, (uuid4(), 60), (uuid4(), 41))


async def test_many_payments_take_as_many_statements_as_two(
    services: Services, portal: Portal, queries: Queries
) -> None:
    counts = []
    for count in (2, 20):
        invoices = [await post_invoice(services, portal.account_id, 100) for _ in range(count)]
        queries.clear()
        await record(services, portal.account_id, *(received(100, (invoice, 100)) for invoice in invoices))
        counts.append(len(queries))
    assert counts[1] <= counts[0]


async def test_several_payments_of_one_invoice(services: Services, portal: Portal, books_of: BooksOf) -> None:
    invoice = await post_invoice(services, portal.account_id, 300)
    await record(services, portal.account_id, *(received(100, (invoice, 100)) for _ in range(3)))
    assert (await portal.get(f"/v1/invoices/{invoice}")).json()["status"] == "paid"
    await record(services, portal.account_id, received(1, (invoice, 1)))
    assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=-1, pending=0, cash=301)
