"""The tables of statements: rows with their notes, balances carried forward, and results that are not alone."""

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from billing_api.documents.papers import Movement, Paper, StatementPaper
from billing_api.locales.language import language
from tests.factories.papers import open_items_paper, statement_paper
from tests.factories.pdfs import pages_of, printed

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("count", range(18, 44))
def test_the_closing_balance_is_never_alone_on_a_page(count: int) -> None:
    """However many rows there are."""
    page = next(text for text in pages_of(statement_paper(count)) if "Nov 30, 2026 Closing balance" in text)
    assert re.search(r"(INV|PMT|CM)-\d+", page.partition("Nov 30, 2026 Closing")[0])


def test_contested_invoices_are_marked_and_the_mark_is_explained() -> None:
    """The whole invoice, a part of one, and their sum below."""
    paper = open_items_paper()
    (part,) = paper.parts
    partly, wholly, *others = part.open_items
    items = (partly, replace(wholly, contested=wholly.open), *others)
    text = printed(_with_part(paper, open_items=items, contested=137_000))
    assert "PO-7611 · $120.00 contested" in text
    assert "PO-7650 · Contested" in text
    assert text.count("ontested") == 3
    assert "You contest $1,370.00 of the open invoices. The amount stays due until we reply." in text
    assert "ontested" not in printed(
        _with_part(paper, open_items=tuple(replace(one, contested=0) for one in items), contested=0)
    )


def test_a_long_table_carries_its_balance_forward() -> None:
    """Each further page names the account, and begins with the balance that the page before ended with."""
    (dollars,) = statement_paper(80).parts
    euros = replace(dollars, currency="EUR")
    _first, *pages = pages_of(statement_paper(parts=(dollars, euros)))
    balances = {language("en-US").amount(one.balance or 0, "USD") for one in dollars.movements}
    continued = [page for page in pages if "Balance carried forward" in page]
    assert len(continued) >= 3
    for before, page in pairwise(pages_of(statement_paper(parts=(dollars, euros)))):
        carried = re.search(r"Account in (USD|EUR), continued\s+Balance carried forward\s+([\d,.]+)", page)
        if carried is not None:
            assert carried[2] in balances
            assert carried[2] == re.findall(r"[\d,]+\.\d\d", before)[-1]
    assert "Balance carried forward" not in printed(statement_paper(5))


def test_a_statement_names_the_one_that_it_continues() -> None:
    assert "Continues statement ST-000011" in printed(statement_paper(previous_number="ST-000011"))


def test_the_use_of_a_credit_moves_no_figure() -> None:
    """It has neither a charge nor a credit, and says how much was used."""
    used = Movement(date(2026, 11, 9), "credit_application", "CM-71", "INV-2288", 0, 184_250, used=18_000)
    text = printed(_with_part(statement_paper(0), movements=(used,)))
    assert "Credit applied CM-71 $180.00 used, the balance stays the same INV-2288 1,842.50" in text
    undone = replace(used, type="credit_application_reversal", used=-18_000)
    text = printed(_with_part(statement_paper(0), movements=(undone,)))
    assert "CM-71 $180.00 can be used again, the balance stays the same INV-2288 1,842.50" in text


def test_a_payment_names_its_invoices() -> None:
    """Of many the first ones, and how many there are."""
    numbers = tuple(f"INV-{number}" for number in range(1, 9))
    few = Movement(date(2026, 11, 9), "payment", "PMT-1", "Check 1252", -100, 0, invoices=numbers[:2])
    many = replace(few, number="PMT-2", invoices=numbers)
    text = printed(_with_part(statement_paper(0), movements=(few, many)))
    assert "Payment PMT-1 for INV-1, INV-2 Check 1252" in text
    assert "Payment PMT-2 for INV-1, INV-2, INV-3, INV-4, INV-5, INV-6 and 2 more Check 1252" in text


def _with_part(paper: StatementPaper, **changes: object) -> Paper:
    (part,) = paper.parts
    return replace(paper, parts=(replace(part, **changes),))  # type: ignore[arg-type] # fields by name
