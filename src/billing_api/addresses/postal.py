"""Addresses in their country's form; nothing that was sent is dropped, and no word changes its script."""

from collections.abc import Mapping
from typing import Any

from billing_api.addresses.countries import Country, country
from billing_api.errors import FieldError, InvalidInputError

POSTAL_FIELDS = {"country", "region", "city", "postal_code", "line1"}


def normalized(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same fields, the postal code and a region's code in the country's form.

    Raise InvalidInputError naming each one that is missing or does not fit.
    """
    try:
        rules = country(fields["country"])
    except ValueError as error:
        raise InvalidInputError(FieldError("/country", "invalid", "There is no such country.")) from error
    errors = [
        FieldError(f"/{name}", "required", "This country's addresses need it.")
        for name in rules.required
        if not fields.get(name)
    ]
    result = dict(fields)
    for name, check in (("postal_code", _postal_code), ("region", _region)):
        if result.get(name):
            checked = check(rules, result[name])
            if isinstance(checked, FieldError):
                errors.append(checked)
            else:
                result[name] = checked
    if errors:
        raise InvalidInputError(*errors)
    return result


def _postal_code(rules: Country, written: str) -> str | FieldError:
    """Return the code in its country's form; as it was written where no rule is known."""
    codes = rules.postal_codes
    if codes is None:
        return written
    like = f" Write it like {codes.example}." if codes.example else ""
    return codes.normal_form(written) or FieldError("/postal_code", "invalid", f"It does not fit this country.{like}")


def _region(rules: Country, written: str) -> str | FieldError:
    """Return the region's code where the country's post writes one; elsewhere the region as it was written."""
    if rules.region_codes is None:
        return written
    return rules.region_code(written) or FieldError(
        "/region",
        "invalid",
        "This country has no such region. Write the name or the code of one of the choices.",
        choices=rules.region_names,
    )
