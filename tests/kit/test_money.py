"""Money on its way in and out: whole minor units, and each currency's own decimals."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from billing_api.kit.money import EXPONENTS, MAX_AMOUNT, Amount, Currency, PositiveAmount, SignedAmount, decimal_text

AMOUNT: TypeAdapter[int] = TypeAdapter(Amount)
POSITIVE: TypeAdapter[int] = TypeAdapter(PositiveAmount)
SIGNED: TypeAdapter[int] = TypeAdapter(SignedAmount)
CURRENCY: TypeAdapter[str] = TypeAdapter(Currency)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "USD", "0.00"),
        (5, "USD", "0.05"),
        (1050, "USD", "10.50"),
        (-1050, "USD", "-10.50"),
        (-5, "USD", "-0.05"),
        (1050, "JPY", "1050"),
        (-7, "JPY", "-7"),
        (1050, "KWD", "1.050"),
        (1, "KWD", "0.001"),
        (12345, "CLF", "1.2345"),
        (MAX_AMOUNT, "USD", "10000000000000.00"),
    ],
)
def test_decimal_text(amount: int, currency: str, text: str) -> None:
    """As the gateway and people read it."""
    assert decimal_text(amount, currency) == text


@given(st.integers(-MAX_AMOUNT, MAX_AMOUNT), st.sampled_from(sorted(EXPONENTS)))
def test_decimal_text_loses_nothing(amount: int, currency: str) -> None:
    """Read as a decimal it is the amount again, in every currency."""
    assert Decimal(decimal_text(amount, currency)).scaleb(EXPONENTS[currency]) == amount


@pytest.mark.parametrize("code", ["USD", "EUR", "JPY", "KWD", "CLF"])
def test_currencies(code: str) -> None:
    """Those of ISO 4217 that have minor units."""
    assert CURRENCY.validate_python(code) == code


@pytest.mark.parametrize(
    "code", ["usd", "US", "USDX", "", "XXX", "XAU", "ZZZ", "US\n", "USD\n", "\uff35\uff33\uff24", 840, None]
)
def test_no_currencies(code: Any) -> None:
    """Neither metals nor what somebody made up."""
    with pytest.raises(ValidationError):
        CURRENCY.validate_python(code)


@pytest.mark.parametrize("value", [1.0, "1", True, None, 0.1, "1e3", Decimal(1), -1, MAX_AMOUNT + 1, 2**63])
def test_no_amounts(value: Any) -> None:
    """A float, a text and a truth are no money, though each could be read as one."""
    for adapter in (AMOUNT, POSITIVE):
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_bounds() -> None:
    """Zero is an amount and nothing to pay."""
    assert AMOUNT.validate_python(0) == 0
    assert POSITIVE.validate_python(1) == 1
    assert AMOUNT.validate_python(MAX_AMOUNT) == POSITIVE.validate_python(MAX_AMOUNT) == MAX_AMOUNT
    assert [SIGNED.validate_python(end) for end in (-MAX_AMOUNT, MAX_AMOUNT)] == [-MAX_AMOUNT, MAX_AMOUNT]
    for adapter, outside in ((POSITIVE, 0), (SIGNED, -MAX_AMOUNT - 1), (SIGNED, MAX_AMOUNT + 1)):
        with pytest.raises(ValidationError):
            adapter.validate_python(outside)


def test_json_keeps_every_digit() -> None:
    """Sums that a float of a client's would round are whole numbers on the wire."""
    assert AMOUNT.dump_json(999_999_999_999_999) == b"999999999999999"
    with pytest.raises(ValidationError):
        AMOUNT.validate_json("1.5")
