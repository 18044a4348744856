"""Telephone numbers in two parts, `international_phone`: kept beside the other fields as two of their own."""

import re
from collections.abc import Mapping

from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, takes, texts
from braintree_sandbox.wire.values import Fields, Params

INTERNATIONAL_PHONE = takes("country_code", "national_number")
_PARTS = ("country_code", "national_number")
_FORMS = {
    "country_code": re.compile(r"[1-9]\d{0,2}\Z", re.ASCII),
    "national_number": re.compile(r"\d{4,12}\Z", re.ASCII),
}
_INVALID = {
    "country_code": Code("91625", "International phone country code is invalid."),
    "national_number": Code("91626", "International phone national number is invalid."),
}
_STORED = "international_phone_"


def read_phone(params: Params, errors: ErrorTree) -> dict[str, str | None]:
    """Return both parts when the number was sent; note errors (ITU-T E.164)."""
    if "international_phone" not in params:
        return {}
    sent = texts(section(params, "international_phone"), _PARTS)
    for name, form in _FORMS.items():
        given = sent.get(name)
        if given is not None and not form.match(given):
            errors.under("international_phone").on(name, _INVALID[name])
    return {f"{_STORED}{name}": sent.get(name) for name in _PARTS}


def phone_fields(fields: Mapping[str, str | None]) -> Fields:
    """Return the number as it is shown; empty when there is none."""
    parts = {name: fields.get(f"{_STORED}{name}") for name in _PARTS}
    return {"international_phone": parts if any(parts.values()) else None}
