"""Names of files: every system takes them, and a header carries them."""

from datetime import date

import pytest

from billing_api.kit.file_names import content_disposition, file_name, period

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ("Acme Corp.", "Invoices Acme Corp 2026"),
        ("A/B: C\\D?", "Invoices A B C D 2026"),
        ('"; x="', "Invoices ; x= 2026"),
        ("Müller & Söhne", "Invoices Müller & Söhne 2026"),
        ("..", "Invoices 2026"),
        ("evil\u202egpj", "Invoices evil gpj 2026"),
        ("x" * 200, f"Invoices {'x' * 80} 2026"),
    ],
)
def test_names_have_no_character_that_a_file_system_refuses(account: str, name: str) -> None:
    assert file_name("Invoices", account, "2026") == name


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (None, None, "until 2026-11-27"),
        (None, date(2026, 3, 31), "until 2026-03-31"),
        (date(2026, 1, 1), date(2026, 3, 31), "2026-01-01 to 2026-03-31"),
        (date(2026, 1, 1), None, "2026-01-01 to 2026-11-27"),
        (date(2027, 1, 1), None, "2027-01-01 to 2027-01-01"),
    ],
)
def test_a_period_has_its_days(first: date | None, last: date | None, words: str) -> None:
    assert period(first, last, TODAY) == words


def test_the_header_has_both_forms_of_a_name() -> None:
    assert content_disposition("Müller, 東京.csv") == (
        "attachment; filename=\"Muller, .csv\"; filename*=UTF-8''M%C3%BCller%2C%20%E6%9D%B1%E4%BA%AC.csv"
    )
    assert content_disposition("明細書 STM-000016.pdf").startswith('attachment; filename="STM-000016.pdf"; ')


def test_no_name_breaks_out_of_the_header() -> None:
    value = content_disposition('a"; filename="b\r\nX: y')
    assert value.count('"') == 2
    assert not set("\r\n") & set(value)
