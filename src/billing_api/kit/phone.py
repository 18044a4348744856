"""Telephone numbers in E.164, checked by Google's rules."""

import phonenumbers

from billing_api.errors import FieldError, InvalidInputError


def phone_number(value: str, *, region: str | None = None, pointer: str = "/phone") -> str:
    """The number as E.164; a national one is read as `region`'s. Raises InvalidInputError."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidInputError(FieldError(pointer, "invalid_phone", "Write it as +, country code, number.")) from error
    if not phonenumbers.is_valid_number(number):
        raise InvalidInputError(FieldError(pointer, "invalid_phone", "There is no such number."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
