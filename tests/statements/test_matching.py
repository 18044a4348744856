"""What an accountant matches a statement by: references, settled invoices, payments under way; and the own currency."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from billing_api.ledger import postings
from billing_api.statements.schemas import StatementLineRead
from tests.factories.credits import post_deposit
from tests.factories.invoices import post_invoice, reserve_on_invoice, void_invoice
from tests.factories.ledger import document, post
from tests.factories.payments import record_offline
from tests.factories.statements import lines_of, make_statement
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

DAY = date(2026, 3, 31)


async def lines(services: Services, account_id: UUID, **fields: Any) -> dict[str | None, StatementLineRead]:
    """The lines of a new statement by their numbers."""
    made = await make_statement(services, account_id, DAY, **fields)
    return {line.number: line for line in await lines_of(services, account_id, made.id)}


async def test_a_check_has_its_number_and_the_invoices_that_it_settled(services: Services, account_id: UUID) -> None:
    first = await post_invoice(services, account_id, 1000, number="INV-1")
    second = await post_invoice(services, account_id, 500, number="INV-2")
    parts = [{"invoice_id": str(first), "amount": 1000}, {"invoice_id": str(second), "amount": 200}]
    await record_offline(services, account_id, 1300, reference="Check 1252", allocations=parts)
    await post_deposit(services, account_id, 40, number="DEP-1", reference="Wire of 3 March")
    found = await lines(services, account_id)
    (payment,) = [line for line in found.values() if line.type == "payment"]
    assert payment.reference == "Check 1252"
    assert payment.allocations is not None
    assert [(one.invoice_id, one.invoice_number, one.amount) for one in payment.allocations] == [
        (first, "INV-1", 1000),
        (second, "INV-2", 200),
    ]
    assert (found["DEP-1"].reference, found["DEP-1"].allocations) == ("Wire of 3 March", None)
    assert (found["INV-1"].reference, found["INV-1"].allocations) == (None, None)
    made = await make_statement(services, account_id, DAY)
    paper, _ = await services.statements.get_paper(account_id, made.id)
    (printed,) = [one for one in paper.parts[0].movements if one.type == "payment"]
    assert (printed.reference, printed.invoices) == ("Check 1252", ("INV-1", "INV-2"))


async def test_unapplied_money_among_open_items_has_its_reference(services: Services, account_id: UUID) -> None:
    await record_offline(services, account_id, 1300, reference="Check 1252")
    (line,) = (await lines(services, account_id, type="open_items")).values()
    assert (line.type, line.reference, line.balance_effect) == ("payment", "Check 1252", -1300)


async def test_open_items_say_what_is_under_way(services: Services, portal: Portal, account_id: UUID) -> None:
    """As it is when the statement is made: later it stays so."""
    whole = await post_invoice(services, account_id, 1000, number="INV-1")
    part = await post_invoice(services, account_id, 500, number="INV-2")
    await post_invoice(services, account_id, 70, number="INV-3")
    await reserve_on_invoice(services, account_id, whole, 1000)
    await reserve_on_invoice(services, account_id, part, 200)
    for kind in ("open_items", "activity"):
        made = await make_statement(services, account_id, DAY, type=kind)
        (balance,) = made.balances
        assert (balance.closing_balance, balance.pending) == (1570, 1200)
        paper, _ = await services.statements.get_paper(account_id, made.id)
        assert (paper.parts[0].due, paper.parts[0].left_to_pay) == (1570, 370)
    found = await lines(services, account_id, type="open_items")
    assert [found[number].pending for number in ("INV-1", "INV-2", "INV-3")] == [1000, 200, 0]
    assert {line.pending for line in (await lines(services, account_id)).values()} == {None}


async def test_an_invoice_of_a_past_day_holds_no_more_than_was_open(services: Services, account_id: UUID) -> None:
    gone = await post_invoice(services, account_id, 900, number="INV-1")
    await void_invoice(services, account_id, gone, on=date(2026, 4, 2))
    found = await lines(services, account_id, type="open_items")
    assert (found["INV-1"].balance_effect, found["INV-1"].pending) == (900, 0)


async def test_the_accounts_own_currency_stands_first(services: Services, account_id: UUID) -> None:
    """In the JSON, among the lines, in a summary and on paper; the others follow by their codes."""
    for currency in ("KWD", "EUR", "USD", "JPY"):
        new = document(f"{currency}-1", currency=currency, effective_on=date(2026, 3, 5))
        await post(services, account_id, postings.invoice(new, net=70, tax=0))
    order = ["USD", "EUR", "JPY", "KWD"]
    for fields in ({}, {"summary": True}):
        made = await make_statement(services, account_id, DAY, **fields)
        assert [one.currency for one in made.balances] == order
        assert [one.currency for one in await lines_of(services, account_id, made.id)] == order
        paper, _ = await services.statements.get_paper(account_id, made.id)
        assert [one.currency for one in paper.parts] == order
        assert [one.currency for one in (await services.statements.get(account_id, made.id)).balances] == order


async def test_a_statement_of_before_keeps_its_order(services: Services, account_id: UUID, sql: Sql) -> None:
    """It has no places, and nothing is said of payments under way."""
    for currency in ("USD", "EUR"):
        new = document(f"{currency}-1", currency=currency, effective_on=date(2026, 3, 5))
        await post(services, account_id, postings.invoice(new, net=70, tax=0))
    made, old = await make_statement(services, account_id, DAY), uuid4()
    for table, key, changed in (
        ("statements", "id", {"number": "'STM-000000'", "letterhead_digest": "NULL"}),
        (
            "statement_balances",
            "statement_id",
            dict.fromkeys(("place", "pending", "paid_since", "left_to_pay"), "NULL"),
        ),
    ):
        names = await sql.fetch("SELECT column_name FROM information_schema.columns WHERE table_name = $1", table)
        columns = [name for (name,) in names]
        values = ({key: "$1"} | changed).get
        copied = ", ".join(values(name, name) for name in columns)
        copy = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {copied} FROM {table} WHERE {key} = $2"
        await sql.execute(copy, old, made.id)
    read = await services.statements.get(account_id, old)
    figures = [(one.currency, one.pending, one.paid_since, one.left_to_pay) for one in read.balances]
    assert figures == [("EUR", 0, 0, 70), ("USD", 0, 0, 70)]
    paper, _ = await services.statements.get_paper(account_id, old)
    assert paper.letterhead == (await services.statements.get_paper(account_id, made.id))[0].letterhead
