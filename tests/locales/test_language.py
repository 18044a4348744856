"""Words, money and dates in the forms of a locale."""

from datetime import date
from decimal import Decimal

import pytest

from billing_api.locales.language import language
from billing_api.locales.tags import prints_on_letter

_NBSP, _NARROW, _MINUS = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("tag", "amount", "currency", "text"),
    [
        ("en-US", 123456789, "USD", "$1,234,567.89"),
        ("en-US", -105, "USD", "($1.05)"),
        ("en-GB", 1050, "GBP", "£10.50"),
        ("de-DE", 123456789, "EUR", f"1.234.567,89{_NBSP}€"),
        ("de-DE", -105, "EUR", f"{_MINUS}1,05{_NBSP}€"),
        ("fr-FR", 123456789, "EUR", f"1{_NARROW}234{_NARROW}567,89{_NBSP}€"),
        ("fr-FR", -105, "EUR", f"(1,05{_NBSP}€)"),
        ("es-ES", 1234567, "EUR", f"12.345,67{_NBSP}€"),
        ("ja-JP", 1050, "JPY", "¥1,050"),
        ("en-US", 1050, "JPY", "¥1,050"),
        ("en-US", 1050, "KWD", f"KWD{_NBSP}1.050"),
        ("de-DE", -5, "KWD", f"{_MINUS}0,005{_NBSP}KWD"),
        ("en-US", 0, "USD", "$0.00"),
    ],
)
def test_money_has_the_form_of_accounts(tag: str, amount: int, currency: str, text: str) -> None:
    """The decimals are ISO 4217's."""
    assert language(tag).money(amount, currency).replace("￥", "¥") == text


def test_amounts_in_a_column_have_no_currency() -> None:
    assert language("en-US").amount(-123456, "USD") == "(1,234.56)"
    assert language("de-CH").amount(-123456, "CHF") == f"{_MINUS}1'234.56"
    assert language("ja-JP").amount(123456, "JPY") == "123,456"
    assert language("en-US").closes_negative
    assert not language("de-DE").closes_negative


def test_numbers_keep_their_decimals() -> None:
    assert language("de-DE").number(Decimal("1234.125")) == "1.234,125"
    assert language("en-US").number(Decimal(-4)) == f"{_MINUS}4"
    assert language("en-US").percent(Decimal("8.25")) == "8.25%"
    assert language("fr-FR").percent(Decimal("5.5")) == f"5,5{_NBSP}%"


def test_days_are_written_as_people_there_write_them() -> None:
    day = date(2026, 12, 2)
    assert [language(tag).day(day) for tag in ("en-US", "en-GB", "de-DE", "ja-JP")] == [
        *("Dec 2, 2026", "2 Dec 2026", "02.12.2026", "2026/12/02")
    ]
    assert language("es-ES").long_day(day) == "2 de diciembre de 2026"


def test_words_come_from_the_nearest_catalogue() -> None:
    """A Swiss customer reads German, a Canadian the words of the source; Portuguese has no catalogue yet."""
    assert language("de-CH").gettext("Invoice") == "Rechnung"
    assert language("en-CA").gettext("Canceled") == "Canceled"
    assert language("en-GB").gettext("Canceled") == "Cancelled"
    assert language("pt-BR").gettext("Invoice") == "Invoice"
    assert language("pt-BR").day(date(2026, 12, 2)) == "Dec 2, 2026"


def test_values_are_put_in_as_they_are() -> None:
    """A name with braces is no place for a value."""
    assert language("en-US").gettext("Logo of {name}", name="{total}") == "Logo of {total}"


@pytest.mark.parametrize(("tag", "is_letter"), [("en-US", True), ("es-MX", True), ("fr-CA", True), ("en-GB", False)])
def test_paper_is_the_countrys(tag: str, *, is_letter: bool) -> None:
    assert prints_on_letter(tag) is is_letter
