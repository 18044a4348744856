"""Telephone numbers, by the rules of each country's plan."""

import pytest

from billing_api.errors import InvalidInputError
from billing_api.kit.phone import phone_number


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("+16502530000", None, "+16502530000"),
        ("+1 (650) 253-0000", None, "+16502530000"),
        ("650 253 0000", "US", "+16502530000"),
        ("030 901820", "DE", "+4930901820"),
        ("+49 30 901820", "US", "+4930901820"),
        ("+81 3-3211-1234", None, "+81332111234"),
        ("\uff0b\uff14\uff19 \uff13\uff10 \uff19\uff10\uff11\uff18\uff12\uff10", None, "+4930901820"),
    ],
)
def test_one_form(written: str, region: str | None, number: str) -> None:
    """E.164, whatever brackets and spaces people use; a country code of its own wins over the region."""
    assert phone_number(written, region=region) == number


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("650 253 0000", None),
        ("+1 650 253", None),
        ("+1 123 456 7890", None),
        ("+999 1234567", None),
        ("hello", "US"),
        ("", "US"),
        ("+" + "1" * 39, None),
        ("911", "US"),
        ("\u0000", None),
        ("12", "ZZ"),
    ],
)
def test_no_number(written: str, region: str | None) -> None:
    """Too short, in no plan, or national with no nation: the field is named."""
    with pytest.raises(InvalidInputError) as caught:
        phone_number(written, region=region, pointer="/contact/phone")
    assert [(error.pointer, error.code) for error in caught.value.errors] == [("/contact/phone", "invalid_phone")]
