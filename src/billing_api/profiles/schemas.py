"""The profile on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from billing_api.accounts.schemas import TermsRead
from billing_api.kit.schema import UNCHANGED, InputSchema, Locale, Name, VersionedRead
from billing_api.kit.text import Text


class ProfileUpdate(InputSchema):
    """What is to change: an absent field stays, a null empties it where it may be empty."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"contact_name": "Pat Doe", "phone": "+16502530000"}]})

    company_name: Name = UNCHANGED
    contact_name: Name | None = None
    phone: Annotated[str, Text(40)] | None = Field(None, examples=["+16502530000"], description="With its country code")
    locale: Locale = UNCHANGED


class ProfileRead(VersionedRead):
    """How the vendor knows and reaches the account."""

    account_id: UUID
    company_name: str
    contact_name: str | None
    phone: str | None = Field(description="E.164")
    email: str | None
    locale: str
    currency: str
    terms: TermsRead
    updated_at: datetime
