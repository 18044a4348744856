"""The slip that is cut off: what is left to pay in each currency, at the foot of the last page."""

from dataclasses import replace

import pytest

from billing_api.documents.papers import CurrencyPart, StatementPaper
from tests.factories.papers import LETTERHEAD, invoice_paper, open_items_paper, statement_paper
from tests.factories.pdfs import PRESS, pages_of, place_of, printed

pytestmark = pytest.mark.slow


def _in_currencies(**dues: int) -> StatementPaper:
    parts = tuple(CurrencyPart(currency=currency, opening=0, closing=due, due=due) for currency, due in dues.items())
    return statement_paper(parts=parts)


def _slip(paper: StatementPaper, locale: str = "en-US") -> str:
    return printed(paper, locale).partition("Remittance slip")[2]


def test_each_currency_has_its_amount_and_its_bank() -> None:
    """In the order of the paper, the account's own currency first; one with nothing due has none."""
    slip = _slip(_in_currencies(USD=1_875_998, EUR=720_000, JPY=392_000, GBP=0, KWD=1_649_500))
    amounts = ["$18,759.98", "€7,200.00", "¥392,000", "KWD 1,649.500"]
    places = [slip.index(amount) for amount in amounts]
    assert places == sorted(places)
    assert "GBP" not in slip
    assert "£" not in slip
    (dollars, euros) = LETTERHEAD.banks
    assert slip.index(dollars.details[0][1]) < slip.index("€7,200.00") < slip.index(euros.details[0][1])


def test_a_single_currency_names_itself_beside_what_is_enclosed() -> None:
    assert "Amount enclosed (EUR)" in _slip(_in_currencies(USD=0, EUR=720_000))


@pytest.mark.parametrize("count", [19, 20, 21, 22, 23, 24, 60])
@pytest.mark.parametrize("locale", ["en-US", "de-DE"])
def test_it_stands_at_the_foot_of_the_last_page(count: int, locale: str) -> None:
    """Also where it stands there alone."""
    pdf, words = PRESS.pdf(statement_paper(count), locale), {"en-US": "Remittance slip", "de-DE": "Zahlungsabschnitt"}
    pages = pages_of(statement_paper(count), locale)
    assert [words[locale] in page for page in pages] == [False] * (len(pages) - 1) + [True]
    _left, top = place_of(pdf, words[locale], number=-1)
    height = {"en-US": 279.4, "de-DE": 297.0}[locale]
    assert height - 75 < top < height - 50


@pytest.mark.parametrize("locale", ["en-US", "es-ES"])
def test_one_for_four_currencies_is_as_low_as_one_for_one(locale: str) -> None:
    """So it seldom stands alone on a last page; bank details wrap beside the amounts."""
    paper = _in_currencies(USD=1_875_998, EUR=720_000, JPY=392_000, GBP=120_000)
    words = {"en-US": "Remittance slip", "es-ES": "Talón de pago"}[locale]
    _left, top = place_of(PRESS.pdf(paper, locale), words, number=-1)
    height = {"en-US": 279.4, "es-ES": 297.0}[locale]
    assert height - 75 < top
    banks = _slip(paper, locale) if locale == "en-US" else printed(paper, locale).partition(words)[2]
    assert "Routing 021000021" in banks
    assert "IBAN DE89 3704 0044 0532 0130 00" in banks


def test_four_currencies_and_their_slip_share_the_last_page() -> None:
    (part,) = statement_paper().parts
    parts = tuple(replace(part, currency=currency, movements=()) for currency in ("USD", "EUR", "GBP", "JPY"))
    last = pages_of(statement_paper(summary=True, parts=parts))[-1]
    assert "Remittance slip" in last
    assert "Account in JPY" in last


def test_a_customers_name_stands_on_one_line() -> None:
    slip = "\n".join(pages_of(statement_paper())).partition("Remittance slip")[2]
    assert "Riverside Books & Stationery LLC" in slip


def test_an_invoice_that_is_under_way_is_not_to_be_paid_again() -> None:
    text = printed(invoice_paper(is_overdue=True, amount_pending=224_750))
    for words in ("Remittance slip", "Overdue", "Early payment discount"):
        assert words not in text
    assert "Amount due $2,247.50 Payment under way" in text
    assert "Payment under way (2,247.50) Left to pay $0.00" in text


def test_a_part_under_way_leaves_the_rest_to_pay() -> None:
    text = printed(invoice_paper(is_overdue=True, amount_pending=100_000))
    assert "Overdue" in text
    assert "Payment under way (1,000.00) Left to pay $1,247.50" in text
    assert "Left to pay $1,247.50 Amount enclosed" in " ".join(text.partition("Remittance slip")[2].split())


def test_open_items_say_what_is_under_way() -> None:
    paper = open_items_paper()
    (part,) = paper.parts
    first, second, *others = part.open_items
    items = (replace(first, pending=30_000), replace(second, pending=25_000), *others)
    text = printed(replace(paper, parts=(replace(part, open_items=items, pending=55_000),)))
    assert "PO-7611 · $120.00 contested · Payment under way" in text
    assert "PO-7650 · $250.00 under way" in text
    assert "Balance 4,474.50 Payments under way (550.00) Left to pay $3,924.50" in text
    everything = replace(paper, parts=(replace(part, pending=part.closing),))
    assert "Remittance slip" not in printed(everything)
    assert "Left to pay $0.00" in printed(everything)


def test_a_credit_is_no_negative_balance() -> None:
    (part,) = open_items_paper().parts
    credit = replace(part, closing=-19_000, due=0, overdue=0, open_items=part.open_items[2:3])
    assert "Credit in your favor $190.00" in printed(open_items_paper(parts=(credit,)))
    (activity,) = statement_paper().parts
    text = printed(statement_paper(parts=(replace(activity, closing=-19_000, due=0),)))
    assert "= Closing balance in your favor ($190.00)" in text
