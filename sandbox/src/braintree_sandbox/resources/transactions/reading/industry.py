"""Industry data: facts of hotels, cruises and airlines about a sale. They are checked and not shown."""

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from braintree_sandbox.resources.transactions.amounts import MoneyCodes, read_money
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.wire.values import Params, day_of, is_digits

_TYPE_INVALID = Code("93401", "Industry type is invalid.")

_LODGING_DATES = {
    "check_in_date": Code("93404", "Check-in date is invalid."),
    "check_out_date": Code("93405", "Check-out date is invalid."),
}
_CHECK_OUT_FIRST = Code("93406", "Check-out date must follow check-in date.")
_FOLIO_INVALID = Code("93403", "Folio number is invalid.")
_PHONE_INVALID = Code("93442", "Property phone is invalid.")
_LODGING_MONEY = {
    "room_rate": MoneyCodes(
        Code("93434", "Room rate is an invalid format."),
        Code("93433", "Room rate must be greater than zero."),
        Code("93435", "Room rate is too large."),
    ),
    "room_tax": MoneyCodes(
        Code("93437", "Room tax is an invalid format."),
        Code("93436", "Room tax must be greater than zero."),
        Code("93438", "Room tax is too large."),
    ),
}
_LODGING_FLAGS = {
    "no_show": Code("93439", "No-show indicator is invalid."),
    "advanced_deposit": Code("93440", "Advanced deposit indicator is invalid."),
    "fire_safe": Code("93441", "Fire safety indicator is invalid."),
}
_CHARGES = frozenset({"restaurant", "gift_shop", "mini_bar", "telephone", "laundry", "other"})
_CHARGE_INVALID = Code("96601", "Additional charge kind is invalid.")
_CHARGE_TWICE = Code("96602", "Additional charge kind must be unique.")
_CHARGE_REQUIRED = Code("96606", "Additional charge amount is required.")
_CHARGE_MONEY = MoneyCodes(
    Code("96604", "Additional charge amount is an invalid format."),
    Code("96603", "Additional charge amount must be greater than zero."),
    Code("96605", "Additional charge amount is too large."),
)

_PACKAGES = frozenset({"flight", "car", "flight_car", "hotel", "other", "cruise"})
_PACKAGE_INVALID = Code("93410", "Travel package is invalid.")
_CRUISE_DATES = {
    "departure_date": Code("93411", "Departure date is invalid."),
    "lodging_check_in_date": Code("93412", "Lodging check-in date is invalid."),
    "lodging_check_out_date": Code("93413", "Lodging check-out date is invalid."),
}

_LEGS_EXPECTED = Code("93431", "Legs were expected.")
_TOO_MANY_LEGS = Code("93432", "Too many legs; the most are 50.")
_MAX_LEGS = 50
_FLIGHT_DATES = {"issued_date": Code("93423", "Issued date is an invalid format.")}
_FLIGHT_LENGTHS = {
    "customer_code": (17, Code("93416", "Customer code is too long.")),
    "issuing_carrier_code": (4, Code("93424", "Issuing carrier code is too long.")),
    "passenger_middle_initial": (1, Code("93425", "Passenger middle initial is too long.")),
    "ticket_number": (15, Code("93430", "Ticket number is too long.")),
}
_LEG_LENGTHS = {
    "arrival_airport_code": (5, Code("96301", "Arrival airport code is too long.")),
    "carrier_code": (4, Code("96303", "Carrier code is too long.")),
    "conjunction_ticket": (15, Code("96304", "Conjunction ticket is too long.")),
    "coupon_number": (1, Code("96305", "Coupon number is too long.")),
    "departure_airport_code": (5, Code("96306", "Departure airport code is too long.")),
    "exchange_ticket": (15, Code("96308", "Exchange ticket is too long.")),
    "fare_basis_code": (15, Code("96312", "Fare basis code is too long.")),
    "service_class": (2, Code("96316", "Service class is too long.")),
}
_LEG_TIMES = {
    "arrival_time": Code("96302", "Arrival time is an invalid format."),
    "departure_time": Code("96307", "Departure time is an invalid format."),
}
_TIME = re.compile(r"([01]\d|2[0-3]):?[0-5]\d(:?[0-5]\d)?\Z", re.ASCII)


def _travel_amounts(**first: int) -> dict[str, MoneyCodes]:
    """Return amounts by name and the first of their three consecutive codes: negative, format, too large."""
    return {
        f"{name}_amount": MoneyCodes(
            low=Code(str(number), f"{name.capitalize()} amount cannot be negative."),
            format=Code(str(number + 1), f"{name.capitalize()} amount is an invalid format."),
            too_large=Code(str(number + 2), f"{name.capitalize()} amount is too large."),
        )
        for name, number in first.items()
    }


_FLIGHT_MONEY = _travel_amounts(fare=93417, fee=93420, tax=93427)
_LEG_MONEY = _travel_amounts(fare=96309, fee=96313, tax=96317)


class _Industry(NamedTuple):
    """One industry: its fields, the codes for an empty or an unknown one, and the checks of the known ones."""

    fields: frozenset[str]
    empty: Code
    unknown: Code
    check: Callable[[Params, ErrorTree], None]


def check_industry(params: Params, errors: ErrorTree) -> None:
    """Note under `industry` the errors of the industry data of a sale or a submission."""
    industry = section(params, "industry")
    if not industry:
        return
    here = errors.under("industry")
    known = _INDUSTRIES.get(text(industry, "industry_type") or "")
    if known is None:
        here.on("industry_type", _TYPE_INVALID)
        return
    data = section(industry, "data")
    if not data:
        here.on("base", known.empty)
    elif data.keys() - known.fields:
        here.on("base", known.unknown)
    known.check(data, here)


def _lodging(data: Params, errors: ErrorTree) -> None:
    dates = _dates(data, _LODGING_DATES, errors)
    arrival, departure = dates.get("check_in_date"), dates.get("check_out_date")
    if arrival is not None and departure is not None and departure <= arrival:
        errors.on("check_out_date", _CHECK_OUT_FIRST)
    folio, phone = text(data, "folio_number"), text(data, "property_phone")
    if folio is not None and not (len(folio) <= 25 and folio.isascii() and folio.isalnum()):
        errors.on("folio_number", _FOLIO_INVALID)
    if phone is not None and not (is_digits(phone) and len(phone) == 10):
        errors.on("property_phone", _PHONE_INVALID)
    for name, code in _LODGING_FLAGS.items():
        if text(data, name) not in {None, "true", "false"}:
            errors.on(name, code)
    for name, codes in _LODGING_MONEY.items():
        read_money(data, name, codes, errors, zero=False)
    _charges(data, errors)


def _charges(data: Params, errors: ErrorTree) -> None:
    seen: set[str | None] = set()
    for charge, here in _entries(data, "additional_charges", errors):
        kind = text(charge, "kind")
        if kind not in _CHARGES:
            here.on("kind", _CHARGE_INVALID)
        elif kind in seen:
            here.on("kind", _CHARGE_TWICE)
        seen.add(kind)
        if text(charge, "amount") is None:
            here.on("amount", _CHARGE_REQUIRED)
        read_money(charge, "amount", _CHARGE_MONEY, here, zero=False)


def _cruise(data: Params, errors: ErrorTree) -> None:
    _dates(data, _CRUISE_DATES, errors)
    package = text(data, "travel_package")
    if package is not None and package not in _PACKAGES:
        errors.on("travel_package", _PACKAGE_INVALID)


def _flight(data: Params, errors: ErrorTree) -> None:
    _dates(data, _FLIGHT_DATES, errors)
    _lengths(data, _FLIGHT_LENGTHS, errors)
    for name, codes in _FLIGHT_MONEY.items():
        read_money(data, name, codes, errors)
    legs = data.get("legs")
    if legs is not None and not isinstance(legs, list):
        errors.on("legs", _LEGS_EXPECTED)
        return
    if isinstance(legs, list) and len(legs) > _MAX_LEGS:
        errors.on("legs", _TOO_MANY_LEGS)
        return
    for leg, here in _entries(data, "legs", errors):
        _lengths(leg, _LEG_LENGTHS, here)
        for name, codes in _LEG_MONEY.items():
            read_money(leg, name, codes, here)
        for name, code in _LEG_TIMES.items():
            time = text(leg, name)
            if time is not None and not _TIME.match(time):
                here.on(name, code)


def _entries(data: Params, name: str, errors: ErrorTree) -> list[tuple[Params, ErrorTree]]:
    """Return the objects of a list, each with the place for its errors."""
    sent = data.get(name)
    entries = sent if isinstance(sent, list) else []
    here = errors.under(name)
    return [(one, here.under(f"index_{index}")) for index, one in enumerate(entries) if isinstance(one, dict)]


def _lengths(data: Params, limits: dict[str, tuple[int, Code]], errors: ErrorTree) -> None:
    for name, (most, code) in limits.items():
        if len(text(data, name) or "") > most:
            errors.on(name, code)


def _dates(data: Params, codes: dict[str, Code], errors: ErrorTree) -> dict[str, date]:
    """Return the dates; note those that can't be read."""
    found: dict[str, date] = {}
    for name, code in codes.items():
        sent = data.get(name)
        if sent is None:
            continue
        parsed = day_of(sent)
        if parsed is None:
            errors.on(name, code)
        else:
            found[name] = parsed
    return found


_INDUSTRIES: dict[str, _Industry] = {
    "lodging": _Industry(
        frozenset({"folio_number", *_LODGING_DATES, *_LODGING_MONEY, *_LODGING_FLAGS, "property_phone",
                   "additional_charges"}),
        Code("93402", "Lodging data is empty."),
        Code("93407", "Lodging data has an unknown field."),
        _lodging,
    ),
    "travel_cruise": _Industry(
        frozenset({"travel_package", *_CRUISE_DATES, "lodging_name"}),
        Code("93408", "Cruise data is empty."),
        Code("93409", "Cruise data has an unknown field."),
        _cruise,
    ),
    "travel_flight": _Industry(
        frozenset({"passenger_first_name", "passenger_last_name", "passenger_title", "travel_agency_name",
                   "travel_agency_code", "restricted_ticket", "arrival_date", "ticket_issuer_address",
                   "date_of_birth", "country_code", "legs", *_FLIGHT_DATES, *_FLIGHT_LENGTHS, *_FLIGHT_MONEY}),
        Code("93414", "Flight data is empty."),
        Code("93415", "Flight data has an unknown field."),
        _flight,
    ),
}  # fmt: skip
