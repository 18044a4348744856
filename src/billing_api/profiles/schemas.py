"""The profile on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from billing_api.accounts.schemas import TermsRead
from billing_api.kit.email import EmailAddress
from billing_api.kit.phone import PhoneExtension, PhoneText
from billing_api.kit.read_types import CurrencyRead, EmailRead, LocaleRead, NameRead, PhoneExtensionRead, PhoneRead
from billing_api.kit.schema import UNCHANGED, InputSchema, Locale, Name, ReadSchema, Secret, VersionedRead


class ProfileUpdate(InputSchema):
    """The changes: an absent field stays, and null empties a field that may be empty."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"contact_name": "Pat Doe", "phone": "+16502530000"}]})

    company_name: Name = UNCHANGED
    contact_name: Name | None = None
    phone: PhoneText | None = None
    phone_extension: PhoneExtension | None = None
    email: EmailAddress = Field(
        UNCHANGED, description="A new address, which counts once it is confirmed from its mailbox; see `pending_email`"
    )
    locale: Locale = UNCHANGED


class EmailConfirmation(InputSchema):
    """The token of the mail to the new address."""

    token: Annotated[
        Secret, Field(min_length=1, max_length=200, examples=["ec_AZp2…"], description="The token of the link")
    ]


class PendingEmailRead(ReadSchema):
    """A new address that its mailbox has yet to confirm."""

    email: EmailRead = Field(description="The new address")
    requested_at: datetime = Field(description="When the new address was asked for")
    expires_at: datetime = Field(description="Until when it can be confirmed; it is removed some time after")


class ProfileRead(VersionedRead):
    """The names and contact details of the account, as the vendor has them."""

    account_id: UUID
    company_name: NameRead
    contact_name: NameRead | None
    phone: PhoneRead | None
    phone_extension: PhoneExtensionRead | None
    email: EmailRead | None = Field(
        description="The account's address, as the vendor has it. Users sign in with addresses of their own, which "
        "`user` of the session has"
    )
    pending_email: PendingEmailRead | None = Field(
        description="The new address that its mailbox has yet to confirm; null when there is none"
    )
    locale: LocaleRead
    currency: CurrencyRead = Field(description="The ISO 4217 code of the account's own currency")
    terms: TermsRead
    updated_at: datetime
