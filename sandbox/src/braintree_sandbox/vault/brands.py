"""Card brands by number, the accepted test numbers, and the issuers' facts about them."""

import re

_BRANDS: tuple[tuple[str, str], ...] = (
    (r"506699|5067|509|636368", "Elo"),
    (r"637095|637568|637599|637609|637612", "Hiper"),
    (r"606282", "Hipercard"),
    (r"4", "Visa"),
    (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", "MasterCard"),
    (r"3[47]", "American Express"),
    (r"6011|65|64[4-9]", "Discover"),
    (r"30[0-5]|36|38|39", "Diners Club"),
    (r"35", "JCB"),
    (r"62|81", "China UnionPay"),
    (r"50|5[6-9]|6", "Maestro"),
)
_PATTERNS = tuple((re.compile(prefix), brand) for prefix, brand in _BRANDS)

TEST_NUMBERS = frozenset(
    (
        "4111111111111111", "4005519200000004", "4009348888881881", "4012000033330026", "4012000033330125",
        "4012000077777777", "4012888888881881", "4217651111111119", "4500600000000061", "4000111111111115",
        "4000111111111511", "4023898493988028", "4000000000000000", "4111111111111210", "4111111111131010",
        "4117101010101010", "4111161010101010", "4111111510101010", "4111111114101010", "4111111141010101",
        "4111111111121102", "4111111111310101", "4111111111112101", "4229989800000003", "4229989700000004",
        "4229989100000000", "4229989900000002", "4229989500000006", "4444333322221111", "4917300800000000",
        "5555555555554444", "5105105105105100", "2223000048400011", "2223003122003222", "5431111111111111",
        "5454545454545454", "378282246310005", "371449635398431", "378734493671000", "371260714673002",
        "378267515471109", "371544868764018", "6011111111111117", "6011000991300009", "6011000990139424",
        "6011000400000000", "36259600000004", "30569309025904", "38520000009814", "3530111333300000",
        "3566002020360505", "6304000000000000", "63049580000009", "5018000000000009", "6759649826438453",
        "6212345678901232", "6212345678901265", "5066991111111118", "6370950000000005", "6062820524845321",
        "4000111111111131", "4111130000000003", "4023490000000008", "4242424242424242",
    )
)  # fmt: skip
# 3-D Secure's test numbers are ranges.
_TEST_RANGES = re.compile(r"(400000000000|520000000000)[01]\d{3}\Z", re.ASCII)

_INDICATORS: dict[str, dict[str, str]] = {
    "4111111111111210": {"prepaid": "Yes"},
    "4111111111131010": {"commercial": "Yes"},
    "4117101010101010": {"debit": "Yes"},
    "4111161010101010": {"durbin_regulated": "Yes"},
    "4111111510101010": {"healthcare": "Yes", "product_id": "J3"},
    "4111111114101010": {"payroll": "Yes", "product_id": "MSA"},
    "4111111141010101": {"issuing_bank": "NETWORK ONLY"},
    "4111111111121102": {"country_of_issuance": "USA"},
    "4012000033330026": {"country_of_issuance": "CAN"},
    "4229989800000003": {"business": "Yes"},
    "4229989700000004": {"consumer": "Yes"},
    "4229989100000000": {"corporate": "Yes"},
    "4229989900000002": {"prepaid_reloadable": "Yes"},
    "4229989500000006": {"purchase": "Yes"},
    "4500600000000061": {"prepaid": "Yes"},
}
_FLAGS = (
    "business", "commercial", "consumer", "corporate", "debit", "durbin_regulated", "healthcare", "payroll", "prepaid",
    "prepaid_reloadable", "purchase",
)  # fmt: skip
_NAMES = ("country_of_issuance", "issuing_bank", "product_id")
INDICATORS = (*_FLAGS, *_NAMES)
"""The names of the issuer's facts about a card."""
_ALL_NO = "4111111111310101"
_INTERNATIONAL = frozenset({"5105105105105100", "4009348888881881"})


def brand(number: str) -> str:
    """Return the brand as Braintree names it; `Unknown` when no prefix fits."""
    for pattern, name in _PATTERNS:
        if pattern.match(number):
            return name
    return "Unknown"


def is_test_number(number: str) -> bool:
    """Return whether this is a published test number."""
    return number in TEST_NUMBERS or bool(_TEST_RANGES.match(number))


def passes_luhn(number: str) -> bool:
    """Return whether the check digit is right (ISO/IEC 7812)."""
    digits = [int(digit) for digit in reversed(number)]
    total = sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return total % 10 == 0


def indicators(number: str) -> dict[str, str]:
    """Return the issuer's facts: Yes, No or Unknown for each flag, a name or Unknown for the rest."""
    unspecified = "No" if number == _ALL_NO or number in _INDICATORS else "Unknown"
    known = _INDICATORS.get(number, {})
    flags = {name: known.get(name, unspecified) for name in _FLAGS}
    names = {name: known.get(name, "Unknown") for name in _NAMES}
    return flags | names | ({"product_id": "MSB"} if number == _ALL_NO else {})


def location(number: str) -> str:
    """Return the issuer's country."""
    return "International" if number in _INTERNATIONAL else "US"
