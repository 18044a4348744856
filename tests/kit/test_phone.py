"""Telephone numbers, by the rules of each country's plan, with the extension that E.164 leaves out."""

from typing import Any

import phonenumbers
import pytest

from billing_api.errors import InvalidInputError
from billing_api.kit.phone import _is_valid_e164, contact_phone, split_number


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("+16502530000", None, "+16502530000"),
        ("+1 (650) 253-0000", None, "+16502530000"),
        ("650 253 0000", "US", "+16502530000"),
        ("030 901820", "DE", "+4930901820"),
        ("030/901820", "DE", "+4930901820"),
        ("+49 30 901820", "US", "+4930901820"),
        ("+44 (0)20 7946 0958", None, "+442079460958"),
        ("+54 11 15 2345 6789", None, "+5491123456789"),
        ("+81 3-3211-1234", None, "+81332111234"),
        ("tel:+1-650-253-0000", None, "+16502530000"),
        ("\uff0b\uff14\uff19 \uff13\uff10 \uff19\uff10\uff11\uff18\uff12\uff10", None, "+4930901820"),
    ],
)
def test_one_form(written: str, region: str | None, number: str) -> None:
    """E.164, whatever brackets and spaces people use; a country code of its own wins over the region."""
    assert split_number(written, region=region) == (number, None)


@pytest.mark.parametrize(
    "end",
    [
        " x12",
        "x12",
        " X 12",
        " ext. 12",
        " ext 12",
        " Extension: 12",
        ";ext=12",
        ", ext 12",
        " #12",
        ",,12#",
        " \u0434\u043e\u0431. 12",
        " anexo 12",
        " xtn12",
        " x\uff11\uff12",
    ],
)
def test_an_extension_is_kept(end: str) -> None:
    """However people write it."""
    assert split_number(f"+1 212 555 0100{end}") == ("+12125550100", "12")


def test_an_extension_keeps_its_zeros() -> None:
    """It is dialled digit for digit."""
    assert split_number("020 7946 0958 x0042", region="GB") == ("+442079460958", "0042")


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
        split_number(written, region=region)
    assert [(error.pointer, error.code) for error in caught.value.errors] == [("/phone", "invalid_phone")]


@pytest.mark.parametrize(
    "written",
    [
        "Pat +1 212 555 0100",
        "+1 212 555 0100 Pat",
        "+1 212 555 0100 A",
        "+1 212 555 0100 x3/x4",
        "+1 212 555 0100 or 0101",
        "+1 212 555 0100 / 0101",
        "+1 212 555 0100;isub=12",
        "+1 212 555 0100 \u5185\u7dda",
        "+1 212 555 0100 x",
        "+1 212 555 0100 x123456789012",
    ],
)
def test_nothing_is_dropped(written: str) -> None:
    """What is neither the number nor one extension makes a refusal, and is not left out."""
    with pytest.raises(InvalidInputError):
        split_number(written)


OFFICE = {"phone": "+12125550100", "phone_extension": "12"}


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({}, ("+12125550100", "12")),
        ({"phone": "+1 212 555 0100"}, ("+12125550100", "12")),
        ({"phone": "+1 212 555 0100 x7"}, ("+12125550100", "7")),
        ({"phone": "+1 212 555 0199"}, ("+12125550199", None)),
        ({"phone": "+1 212 555 0199", "phone_extension": "3"}, ("+12125550199", "3")),
        ({"phone": "+1 212 555 0199 x3", "phone_extension": "3"}, ("+12125550199", "3")),
        ({"phone_extension": "1-3"}, ("+12125550100", "13")),
        ({"phone_extension": None}, ("+12125550100", None)),
        ({"phone": None}, (None, None)),
        ({"phone": None, "phone_extension": None}, (None, None)),
    ],
)
def test_a_change(change: dict[str, Any], after: tuple[str | None, str | None]) -> None:
    """An extension belongs to its number, and stays with it."""
    assert tuple(contact_phone(change, OFFICE).values()) == after


@pytest.mark.parametrize(
    "change",
    [
        {"phone": None, "phone_extension": "3"},
        {"phone": "+1 212 555 0199 x3", "phone_extension": "4"},
        {"phone_extension": "twelve"},
        {"phone_extension": "123456789012"},
    ],
)
def test_a_change_that_can_not_be(change: dict[str, Any]) -> None:
    """The field is named."""
    with pytest.raises(InvalidInputError) as caught:
        contact_phone(change, OFFICE)
    assert [error.pointer for error in caught.value.errors] == ["/phone_extension"]


_KINDS = (*phonenumbers.PhoneNumberType.values(), None)


def _numbers_like(region: str) -> set[str]:
    """Examples of each sort of number of a region, with other digits, and with a digit more or less."""
    found: set[str] = set()
    for kind in _KINDS:
        example = phonenumbers.example_number_for_type(region, kind) if kind is not None else None
        example = example or phonenumbers.example_number(region)
        if example is not None:
            number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            code = f"+{example.country_code}"
            national = number.removeprefix(code)
            found |= {number, number[:-1], f"{number}1", *(f"{code}{digit}{national}" for digit in range(10))}
            found |= {f"{code}{digit}{national[1:]}" for digit in range(10)}
            found |= {f"{code}{digit}{national[2:]}" for digit in range(10, 100)}
    return found


def test_a_number_that_is_not_parsed_is_one_that_the_library_would_leave_as_it_is() -> None:
    """In every region of the world; most of their examples are read so."""
    at_once = examples = 0
    for region in phonenumbers.SUPPORTED_REGIONS:
        for text in _numbers_like(region):
            if _is_valid_e164(text):
                parsed = phonenumbers.parse(text)
                assert phonenumbers.is_valid_number(parsed), text
                assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == text
        example = phonenumbers.example_number(region)
        assert example is not None
        examples += 1
        at_once += _is_valid_e164(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164))
    assert at_once > examples / 2
