"""Customers and their addresses."""

from dataclasses import dataclass, field
from datetime import datetime

from braintree_sandbox.state.records import record


@record("customer")
@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer of a merchant; which method is the default stands here, so that there is never more than one."""

    id: str
    created_at: datetime
    updated_at: datetime
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    fax: str | None = None
    website: str | None = None
    international_phone_country_code: str | None = None
    international_phone_national_number: str | None = None
    custom_fields: dict[str, str] = field(default_factory=dict)
    default_token: str | None = None

    @property
    def key(self) -> str:
        """The id, which merchants may choose."""
        return self.id


@record("address", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address in a customer's vault; its id is unique within the customer."""

    id: str
    customer_id: str
    created_at: datetime
    updated_at: datetime
    fields: dict[str, str | None] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Customer and id together."""
        return f"{self.customer_id}/{self.id}"
