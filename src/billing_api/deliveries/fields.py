"""The recipients whom users choose, as they are sent."""

from typing import Annotated

from pydantic import AfterValidator, Field

from billing_api.kit.email import EmailAddress

MAX_RECIPIENTS = 10


def _each_once(addresses: list[str]) -> list[str]:
    return list(dict.fromkeys(addresses))


# An address that is given twice counts once.
RecipientAddresses = Annotated[list[EmailAddress], Field(max_length=MAX_RECIPIENTS), AfterValidator(_each_once)]
