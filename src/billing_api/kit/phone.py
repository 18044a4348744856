"""Telephone numbers: E.164, checked by Google's rules, and beside it the extension, which E.164 has no place for."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc
from pydantic import Field

from billing_api.errors import FieldError, InvalidInputError
from billing_api.kit.text import Text

_MAX_EXTENSION = 11
_PHONE, _EXTENSION = "/phone", "/phone_extension"

# The whole text is read or refused, so that no part of it is lost.
_FORM = re.compile(
    r"(?:tel:)?(?P<number>\s*[+\uff0b]?[\d\s()\[\].\-/~\u2010-\u2015\u2212\u30fc\uff0d-\uff0f\uff08\uff09\uff3b\uff3d]+?)"
    r"(?:(?:[;,\s]*(?:ext(?:ensi[o\u00f3]n|n)?|xtn?|int|anexo|\u0434\u043e\u0431|x|\uff58|#|\uff03)[\s.:=]*|,,+)"
    r"(?P<extension>[\d .()-]+)#?)?\s*",
    re.IGNORECASE,
)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# The kinds of numbers that the library holds for valid, by their names in its rules.
_KINDS = (
    *("premium_rate", "toll_free", "shared_cost", "voip", "personal_number"),
    *("pager", "uan", "voicemail", "fixed_line", "mobile"),
)
_BETWEEN_DIGITS = re.compile(r"[ .()-]")

PhoneText = Annotated[
    str,
    Text(40),
    Field(description="With its country code, and an extension if there is one", examples=["+12125550100 x12"]),
]
PhoneExtension = Annotated[
    str, Text(20), Field(description="Up to 11 digits, which are dialled after the number", examples=["12"])
]


def contact_phone(
    change: Mapping[str, Any], known: Mapping[str, Any] | None = None, *, region: str | None = None
) -> dict[str, str | None]:
    """Return `phone` (E.164) and `phone_extension` as they are after a change of the `known` ones.

    An extension stands in the number ("+1 212 555 0100 x12") or in its own field. It goes with its number: another
    number, or none, has no extension unless one comes with it. A national number is read as `region`'s.
    Raise InvalidInputError.
    """
    known = known or {}
    number, inner = known.get("phone"), None
    if "phone" in change:
        number, inner = split_number(change["phone"], region=region) if change["phone"] else (None, None)
    sent = _digits(change["phone_extension"], _EXTENSION) if change.get("phone_extension") else None
    if sent and number is None:
        raise _refused(_EXTENSION, "extension_without_phone", "An extension needs a phone number.")
    if sent and inner and sent != inner:
        raise _refused(_EXTENSION, "invalid_phone", "The phone number has another extension.")
    stays = number == known.get("phone") and "phone_extension" not in change
    return {"phone": number, "phone_extension": inner or sent or (known.get("phone_extension") if stays else None)}


def split_number(value: str, *, region: str | None = None) -> tuple[str, str | None]:
    """Return the number as E.164, and its extension; a national one is read as `region`'s.

    Raise InvalidInputError.
    """
    if _is_valid_e164(value):
        return value, None
    form = _FORM.fullmatch(value)
    if form is None:
        raise _refused(
            _PHONE, "invalid_phone", "Write it in digits as +, country code, number; an extension follows as x12."
        )
    try:
        number = phonenumbers.parse(form["number"], region)
    except phonenumbers.NumberParseException as error:
        raise _refused(_PHONE, "invalid_phone", "Write it as +, country code, number.") from error
    if not phonenumbers.is_valid_number(number):
        raise _refused(_PHONE, "invalid_phone", "There is no such number.")
    extension = form["extension"]
    return (
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        _digits(extension, _PHONE) if extension else None,
    )


def _is_valid_e164(text: str) -> bool:
    """Return whether the text is a valid number in E.164, as most that come are; the library parses one for longer.

    False leaves the number to the library. A zero or a national prefix behind the country code does so too: only the
    library knows whether it is a part of the number.
    """
    if _E164.fullmatch(text) is None:
        return False
    for end in (2, 3, 4):  # no country code begins with another
        if (numbers := _national_numbers(text[1:end])) is not None:
            return numbers.fullmatch(text, end) is not None
    return False


@cache
def _national_numbers(country_code: str) -> re.Pattern[str] | None:
    """Return the form of the valid numbers behind a country code, in its main region; None for no country's code."""
    code = int(country_code)
    regions = COUNTRY_CODE_TO_REGION_CODE.get(code)
    rules = PhoneMetadata.metadata_for_region_or_calling_code(code, regions[0]) if regions else None
    if rules is None:
        return None
    prefix = rules.national_prefix_for_parsing
    left_out = f"(?!0|{prefix})" if prefix else "(?!0)"
    kinds = [_form(getattr(rules, kind)) for kind in _KINDS]
    return re.compile(rf"{left_out}(?={_form(rules.general_desc)}\Z)(?:{'|'.join(filter(None, kinds))})")


def _form(numbers: PhoneNumberDesc | None) -> str:
    """Return the pattern of numbers of one kind, their lengths included; empty where there are none."""
    if numbers is None or not numbers.national_number_pattern:
        return ""
    lengths = "|".join(rf"[0-9]{{{length}}}\Z" for length in numbers.possible_length)
    return f"(?={lengths})(?:{numbers.national_number_pattern})"


def _digits(extension: str, pointer: str) -> str:
    """Return the extension's digits without separators (RFC 3966). Raise InvalidInputError."""
    digits = _BETWEEN_DIGITS.sub("", extension)
    if not digits.isdecimal() or len(digits) > _MAX_EXTENSION:
        raise _refused(pointer, "invalid_phone", f"An extension has up to {_MAX_EXTENSION} digits.")
    return "".join(str(int(digit)) for digit in digits)


def _refused(pointer: str, code: str, detail: str) -> InvalidInputError:
    return InvalidInputError(FieldError(pointer, code, detail))
