"""Countries of addresses: a name and three codes, which must exist and agree.

Codes are ISO 3166-1; names are Braintree's, which differ from ISO's in places.
Source: Braintree's "Countries" reference.
"""

from collections.abc import Callable
from typing import NamedTuple

from iso3166 import countries

from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import text
from braintree_sandbox.wire.values import Params

_NAMES = {
    "AX": "Åland", "BO": "Bolivia", "CV": "Cape Verde", "CG": "Congo (Brazzaville)", "CD": "Congo (Kinshasa)",
    "CZ": "Czech Republic", "FK": "Falkland Islands", "TF": "French Southern Lands", "HM": "Heard and McDonald Islands",
    "IR": "Iran", "KP": "Korea, North", "KR": "Korea, South", "LA": "Laos", "MO": "Macau", "MK": "Macedonia",
    "FM": "Micronesia", "MD": "Moldova", "PS": "Palestine", "RE": "Reunion", "SH": "Saint Helena",
    "GS": "South Georgia and South Sandwich Islands", "SJ": "Svalbard and Jan Mayen Islands", "SZ": "Swaziland",
    "SY": "Syria", "TW": "Taiwan", "TZ": "Tanzania", "TR": "Turkey", "GB": "United Kingdom", "VA": "Vatican City",
    "VE": "Venezuela", "VN": "Vietnam", "WF": "Wallis and Futuna Islands",
}  # fmt: skip
INCONSISTENT = Code("91815", "Provided two different countries in the same address.")


class Country(NamedTuple):
    """A country as addresses carry it: each field is the parameter of that name."""

    country_name: str
    country_code_alpha2: str
    country_code_alpha3: str
    country_code_numeric: str


_ALL = (
    *(Country(_NAMES.get(one.alpha2, one.name), one.alpha2, one.alpha3, one.numeric) for one in countries),
    # Dissolved in 2010 and gone from ISO's list; Braintree still takes it.
    Country("Netherlands Antilles", "AN", "ANT", "530"),
)
_NOT_ACCEPTED = {
    "country_name": Code("91803", "Country name is not an accepted country."),
    "country_code_alpha2": Code("91814", "Country code (alpha2) is not an accepted country."),
    "country_code_alpha3": Code("91816", "Country code (alpha3) is not an accepted country."),
    "country_code_numeric": Code("91817", "Country code (numeric) is not an accepted country."),
}
FIELDS = tuple(_NOT_ACCEPTED)


def _by(key: Callable[[Country], str]) -> dict[str, Country]:
    return {key(country): country for country in _ALL}


_BY_FIELD = {
    "country_name": _by(lambda country: country.country_name),
    "country_code_alpha2": _by(lambda country: country.country_code_alpha2),
    "country_code_alpha3": _by(lambda country: country.country_code_alpha3),
    "country_code_numeric": _by(lambda country: country.country_code_numeric),
}


def read_country(params: Params, errors: ErrorTree) -> dict[str, str | None]:
    """Return all four fields of the country, however it was named; none when none was sent.

    Note an unknown country, or two that differ, in `errors` of the address.
    """
    sent = [name for name in FIELDS if name in params]
    found: set[Country] = set()
    for name in sent:
        given = text(params, name)
        if given is None:
            continue
        country = _BY_FIELD[name].get(given)
        if country is None:
            errors.on(name, _NOT_ACCEPTED[name])
        else:
            found.add(country)
    if len(found) > 1:
        errors.on("base", INCONSISTENT)
    if not sent:
        return {}
    return dict(found.pop()._asdict()) if found else dict.fromkeys(FIELDS)
