"""Addresses on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from billing_api.kit.pagination import PageQuery
from billing_api.kit.phone import PhoneExtension, PhoneText
from billing_api.kit.read_types import (
    CountryRead,
    NameRead,
    PhoneExtensionRead,
    PhoneRead,
    PostalCodeRead,
    ShortTextRead,
)
from billing_api.kit.schema import UNCHANGED, CountryCode, InputSchema, Name, ReadSchema, ShortText, VersionedRead
from billing_api.kit.text import Text

AddressLine = Annotated[str, Text(200)]
PostalCode = Annotated[str, Text(20)]

_EXAMPLE: dict[str, Any] = {
    "label": "Head office",
    "recipient": "Sunny Side Ltd",
    "line1": "1600 Amphitheatre Parkway",
    "city": "Mountain View",
    "region": "CA",
    "postal_code": "94043",
    "country": "US",
}


class AddressCreate(InputSchema):
    """A new address; the first of an account becomes its default for both uses, unless it says otherwise."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    label: ShortText | None = None
    recipient: Name
    line1: AddressLine
    line2: AddressLine | None = None
    city: ShortText | None = None
    region: ShortText | None = Field(
        None,
        description="State, province or the like; in AU, BR, CA, IT and US a name becomes its code",
    )
    postal_code: PostalCode | None = None
    country: CountryCode
    phone: PhoneText | None = None
    phone_extension: PhoneExtension | None = None
    default_billing: StrictBool | None = None
    default_shipping: StrictBool | None = None


class AddressUpdate(InputSchema):
    """The changes: an absent field stays, a null empties it where it may be empty."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"label": "Warehouse", "default_shipping": True}]})

    label: ShortText | None = None
    recipient: Name = UNCHANGED
    line1: AddressLine = UNCHANGED
    line2: AddressLine | None = None
    city: ShortText | None = None
    region: ShortText | None = None
    postal_code: PostalCode | None = None
    country: CountryCode = UNCHANGED
    phone: PhoneText | None = None
    phone_extension: PhoneExtension | None = None
    default_billing: StrictBool = UNCHANGED
    default_shipping: StrictBool = UNCHANGED


class AddressRead(VersionedRead):
    """One address, in its country's normal form."""

    id: UUID
    label: ShortTextRead | None
    recipient: NameRead
    line1: NameRead
    line2: NameRead | None
    city: ShortTextRead | None
    region: ShortTextRead | None
    postal_code: PostalCodeRead | None
    country: CountryRead
    phone: PhoneRead | None
    phone_extension: PhoneExtensionRead | None
    default_billing: bool
    default_shipping: bool
    created_at: datetime
    updated_at: datetime


class AddressRemoved(ReadSchema):
    """A removed address, and whether it was a default: no other one becomes it by itself."""

    id: UUID
    was_default_billing: bool = Field(description="Whether it was the default for bills")
    was_default_shipping: bool = Field(description="Whether it was the default for deliveries")


class AddressQuery(PageQuery):
    """Addresses, oldest first."""
