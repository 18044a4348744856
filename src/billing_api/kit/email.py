"""E-mail addresses in one normal form, so that one mailbox is one user."""

import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from billing_api.kit.text import Text


def normal_address(address: str) -> str:
    """Return the address in lower case and composed (NFC). Only its form is checked.

    Raise PydanticCustomError, a ValueError.
    """
    try:
        checked = validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        raise PydanticCustomError("invalid_email", "{reason}", {"reason": str(error)}) from error
    return unicodedata.normalize("NFC", checked.normalized.lower())


EmailAddress = Annotated[
    str,
    Text(254, min_length=3, identifier=True),
    AfterValidator(normal_address),
    Field(json_schema_extra={"format": "email"}, examples=["pat@example.com"]),
]
