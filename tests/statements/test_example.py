"""The example of docs/statements.md, posted and compared."""

import re
from datetime import date
from pathlib import Path
from uuid import UUID

from billing_api.kit.money import decimal_text
from billing_api.ledger import postings
from billing_api.statements.schemas import StatementRead
from tests.factories.ledger import document, post
from tests.factories.statements import lines_of, make_statement
from tests.fixtures.services import Services

_PAGE = Path(__file__).parents[2] / "docs" / "statements.md"


async def test_the_example_is_what_the_service_makes(services: Services, account_id: UUID) -> None:
    await post(
        services, account_id, postings.invoice(document("INV-1", effective_on=date(2026, 1, 10)), net=100_000, tax=0)
    )
    january = await make_statement(services, account_id, date(2026, 1, 31), date_from=date(2026, 1, 1))
    await post(
        services,
        account_id,
        postings.payment(document("PMT-1", effective_on=date(2026, 2, 5)), allocated=40_000),
        postings.invoice(document("INV-2", effective_on=date(2026, 2, 3)), net=50_000, tax=0),
        postings.invoice(document("INV-LATE", effective_on=date(2026, 1, 20)), net=7_000, tax=0),
    )
    february = await make_statement(services, account_id, date(2026, 2, 28), date_from=date(2026, 2, 1))
    made = [await _table(services, account_id, january), await _table(services, account_id, february)]
    assert re.findall(r"^\| STM.*\n(?:\|.*\n)+", _PAGE.read_text(encoding="utf-8"), re.MULTILINE) == made


async def _table(services: Services, account_id: UUID, statement: StatementRead) -> str:
    """The statement as a table of Markdown."""
    (balance,) = statement.balances
    rows = [
        f"| {statement.number}, {statement.date_to:%B} | | |",
        "|---|---|---|",
        f"| Opening balance | | {_text(balance.opening_balance)} |",
    ]
    for line in await lines_of(services, account_id, statement.id):
        mark = " (adjustment)" if line.section == "adjustment" else ""
        words = f"{line.effective_on} {line.type} {line.number}{mark}"
        rows.append(f"| {words} | {_text(line.balance_effect)} | {_text(line.balance)} |")
    return "\n".join([*rows, f"| Closing balance | | {_text(balance.closing_balance)} |", ""])


def _text(amount: int | None) -> str:
    assert amount is not None
    return decimal_text(amount, "USD")
