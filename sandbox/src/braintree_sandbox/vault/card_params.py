"""Card details as they are sent: number, expiry, code, name."""

import re
from dataclasses import replace

from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import takes, text
from braintree_sandbox.vault.brands import brand, is_test_number, passes_luhn
from braintree_sandbox.wire.values import Params, is_digits

CARD_DETAILS = takes("number", "cvv", "cardholder_name", "expiration_date", "expiration_month", "expiration_year")
"""The parameters that `read_card` reads."""

NUMBER_REQUIRED = Code("81714", "Credit card number is required.")
NUMBER_LENGTH = Code("81716", "Credit card number must be 12-19 digits.")
NUMBER_INVALID = Code("81715", "Credit card number is invalid.")
NUMBER_NOT_TEST = Code("81717", "Credit card number is not an accepted test number.")
TYPE_NOT_ACCEPTED = Code("81703", "Credit card type is not accepted by this merchant account.")
EXPIRATION_REQUIRED = Code("81709", "Expiration date is required.")
EXPIRATION_INVALID = Code("81710", "Expiration date is invalid.")
EXPIRATION_YEAR_OUT_OF_RANGE = Code("81711", "Expiration date year is invalid. It must be between 1975 and 2201.")
MONTH_INVALID = Code("81712", "Expiration month is invalid.")
YEAR_INVALID = Code("81713", "Expiration year is invalid. It must be between 1975 and 2201.")
EXPIRATION_CONFLICT = Code("91708", "Cannot provide expiration_date if you are also providing month and year.")
CVV_INVALID = Code("81707", "CVV must be 4 digits for American Express and 3 digits for other card types.")
NAME_TOO_LONG = Code("81723", "Cardholder name is too long.")

_SEPARATORS = re.compile(r"[\s.-]")
_DATE = re.compile(r"(\d{1,2})\s*/\s*(\d{2}|\d{4})\Z", re.ASCII)


def read_card(params: Params, errors: ErrorTree, *, base: CardFacts | None = None) -> CardFacts:
    """Return the card of the parameters, or `base` changed by them; note errors."""
    number = _number(params, errors, base)
    month, year = _expiry(params, errors, base)
    cvv = text(params, "cvv")
    if cvv is not None and not _is_cvv(cvv, number):
        errors.on("cvv", CVV_INVALID)
    name = text(params, "cardholder_name")
    if name is not None and len(name) > 175:
        errors.on("cardholder_name", NAME_TOO_LONG)
    facts = base or CardFacts(number=number, expiration_month=month, expiration_year=year)
    return replace(
        facts,
        number=number,
        expiration_month=month,
        expiration_year=year,
        cvv=facts.cvv if cvv is None else cvv,
        cardholder_name=name if "cardholder_name" in params else facts.cardholder_name,
        fixed_result=facts.fixed_result if number == facts.number else None,
    )


def read_unchecked(params: Params) -> CardFacts:
    """Return the card as it was typed; `checked` checks it when it is used."""
    month, _, year = (text(params, "expiration_date") or "/").partition("/")
    return CardFacts(
        number=_SEPARATORS.sub("", text(params, "number") or ""),
        expiration_month=(text(params, "expiration_month") or month).strip().zfill(2),
        expiration_year=_year((text(params, "expiration_year") or year).strip()),
        cvv=text(params, "cvv"),
        cardholder_name=text(params, "cardholder_name"),
        unchecked=True,
    )


def checked(facts: CardFacts, errors: ErrorTree) -> CardFacts | None:
    """Return the same card; None after noting errors."""
    if not facts.unchecked:
        return facts
    typed: Params = {
        "number": facts.number or None,
        "expiration_month": facts.expiration_month,
        "expiration_year": facts.expiration_year,
        "cvv": facts.cvv,
        "cardholder_name": facts.cardholder_name,
    }
    wrong = ErrorTree()
    card = read_card(typed, wrong)
    for path, code in wrong.entries():
        errors.on(path[-1], code)
    return None if wrong else replace(card, billing=facts.billing)


def _number(params: Params, errors: ErrorTree, base: CardFacts | None) -> str:
    given = text(params, "number")
    if given is None:
        if base is not None:
            return base.number
        errors.on("number", NUMBER_REQUIRED)
        return ""
    number = _SEPARATORS.sub("", given)
    if not (is_digits(number) and 12 <= len(number) <= 19):
        errors.on("number", NUMBER_LENGTH)
    elif not passes_luhn(number):
        errors.on("number", NUMBER_INVALID)
    elif brand(number) == "Unknown":
        errors.on("number", TYPE_NOT_ACCEPTED)
    elif not is_test_number(number):
        errors.on("number", NUMBER_NOT_TEST)
    return number


def _expiry(params: Params, errors: ErrorTree, base: CardFacts | None) -> tuple[str, str]:
    date, month, year = (
        text(params, "expiration_date"),
        text(params, "expiration_month"),
        text(params, "expiration_year"),
    )
    if date is not None and (month is not None or year is not None):
        errors.on("expiration_date", EXPIRATION_CONFLICT)
    elif date is not None:
        return _from_date(date, errors)
    elif month is not None or year is not None:
        return _from_parts(month or "", year or "", errors)
    elif base is not None:
        return base.expiration_month, base.expiration_year
    else:
        errors.on("expiration_date", EXPIRATION_REQUIRED)
    return "", ""


def _from_date(date: str, errors: ErrorTree) -> tuple[str, str]:
    match = _DATE.match(date.strip())
    if match is None or not 1 <= int(match[1]) <= 12:
        errors.on("expiration_date", EXPIRATION_INVALID)
        return "", ""
    year = _year(match[2])
    if not 1975 <= int(year) <= 2201:
        errors.on("expiration_date", EXPIRATION_YEAR_OUT_OF_RANGE)
    return match[1].zfill(2), year


def _from_parts(month: str, year: str, errors: ErrorTree) -> tuple[str, str]:
    if not (is_digits(month) and len(month) <= 2 and 1 <= int(month) <= 12):
        errors.on("expiration_month", MONTH_INVALID)
    if not (is_digits(year) and len(year) in {2, 4} and 1975 <= int(_year(year)) <= 2201):
        errors.on("expiration_year", YEAR_INVALID)
    return month.zfill(2), _year(year)


def _year(text_of_year: str) -> str:
    return f"20{text_of_year}" if len(text_of_year) == 2 else text_of_year


def _is_cvv(cvv: str, number: str) -> bool:
    lengths = {4} if brand(number) == "American Express" else {3}
    # Without a readable number either length may be right.
    return is_digits(cvv) and len(cvv) in (lengths if number else {3, 4})
