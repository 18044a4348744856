"""The lines of a label, as each country orders them."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from billing_api.addresses.lines import postal_lines
from billing_api.addresses.model import Address

_NOW = datetime(2026, 11, 27, tzinfo=UTC)
_ADDRESS = Address(
    account_id=UUID(int=1),
    id=UUID(int=2),
    label=None,
    recipient="Accounts Payable",
    line1="1450 Elm Avenue",
    line2="Suite 4",
    city="Springfield",
    region="IL",
    postal_code="62704",
    country="US",
    phone=None,
    phone_extension=None,
    default_billing=True,
    default_shipping=True,
    created_at=_NOW,
    updated_at=_NOW,
    version=1,
)


def _lines(**changes: str | None) -> tuple[str, ...]:
    return postal_lines("Riverside", replace(_ADDRESS, line2=None, **changes))  # type: ignore[arg-type] # texts alone


def test_american_address() -> None:
    assert postal_lines("Riverside", _ADDRESS) == (
        *("Riverside", "Accounts Payable", "1450 Elm Avenue", "Suite 4"),
        "Springfield, IL 62704",
    )


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"country": "DE", "city": "Köln", "region": None, "postal_code": "50667"}, ("50667 Köln",)),
        ({"country": "CH", "city": "Zürich", "region": None, "postal_code": "8001"}, ("CH-8001 Zürich",)),
        ({"country": "GB", "city": "London", "region": None, "postal_code": "SW1A 1AA"}, ("London", "SW1A 1AA")),
        ({"country": "US", "city": None, "region": None, "postal_code": None}, ()),
    ],
)
def test_each_country_has_its_order(fields: dict[str, str | None], lines: tuple[str, ...]) -> None:
    assert _lines(**fields)[3:] == lines


def test_nothing_is_dropped() -> None:
    """Neither a county in Britain nor a city in Japan is in the country's own format."""
    assert "Kent" in " ".join(_lines(country="GB", city="Dover", region="Kent", postal_code="CT16 1AA"))
    assert _lines(country="JP", line1="千代田1-1", city="千代田区", region="東京都", postal_code="100-0001") == (
        *("〒100-0001", "東京都千代田区", "千代田1-1"),
        *("Riverside", "Accounts Payable"),
    )


def test_recipient_that_is_the_company_stands_once() -> None:
    assert _lines(recipient="RIVERSIDE")[:2] == ("Riverside", "1450 Elm Avenue")


def test_without_an_address_the_company_stands_alone() -> None:
    assert postal_lines("Riverside", None) == ("Riverside",)


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"country": "AE", "line1": "شارع الشيخ زايد", "city": "دبي", "region": "دبي"}, ("شارع الشيخ زايد", "دبي")),
        (
            {"country": "AE", "line1": "شارع خليفة", "city": "العين", "region": "أبو ظبي"},
            ("شارع خليفة", "العين, أبو ظبي"),
        ),
        ({"country": "AE", "city": "Al Ain", "region": "Abu Dhabi"}, ("1450 Elm Avenue", "Al Ain, Abu Dhabi")),
        ({"country": "AE", "city": "DUBAI", "region": "Dubai"}, ("1450 Elm Avenue", "Dubai")),
    ],
)
def test_a_city_beside_its_emirate(fields: dict[str, str | None], lines: tuple[str, ...]) -> None:
    """The country's format has the emirate alone; a city of the same name is written once."""
    assert _lines(postal_code=None, **fields)[2:] == lines


def test_japan_joins_prefecture_and_city_in_its_own_script_alone() -> None:
    written = _lines(country="JP", line1="丸の内1-1", city="千代田区", region="東京都", postal_code="100-0005")
    assert "東京都千代田区" in written
    latin = _lines(country="JP", city="Chiyoda", region="Tokyo", postal_code="100-0005")
    assert "1450 Elm Avenue, Chiyoda, Tokyo" in latin
