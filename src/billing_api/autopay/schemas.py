"""The bodies of autopay."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from billing_api.autopay.fields import EXAMPLE_CONSENT, AutopayStatus, SwitchedOffCode
from billing_api.errors import EXAMPLE_ID
from billing_api.kit.documented import Sent
from billing_api.kit.money import PositiveAmount
from billing_api.kit.read_types import AmountRead, CurrencyRead, LongTextRead, NumberRead
from billing_api.kit.schema import InputSchema, LongText, Moment, ReadSchema, VersionedRead

_EXAMPLE: dict[str, Any] = {"enabled": False, "limit": 500_000}
MOST_LISTED = 100
_LIMIT = (
    "The most that one payment comes to, credits included, in the currency's minor unit; invoices that it has no "
    "room for are left alone, with a mail"
)


class ConsentCreate(InputSchema):
    """The customer's permission to be charged automatically: kept as it was shown and accepted."""

    text: LongText = Field(description="The text, word for word as it was shown", examples=[EXAMPLE_CONSENT])
    accepted_at: Moment = Field(
        description="When the customer accepted it: RFC 3339, with its time zone", examples=["2026-11-02T09:30:00Z"]
    )


class AutopayUpdate(InputSchema):
    """The whole choice: an absent field has its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    enabled: StrictBool = Field(description="Whether invoices are paid automatically; the other values are kept")
    payment_method_id: UUID | None = Field(
        None, description="The stored method that is charged; needed where it is enabled"
    )
    limit: PositiveAmount | None = Field(None, description=f"{_LIMIT}. Absent: no limit")
    use_credits: StrictBool = Field(False, description="Whether credit memos and deposits pay first, the oldest first")
    consent: ConsentCreate | None = Field(
        None,
        description="The permission to be charged automatically. A bank account needs one (Nacha's rules) whenever it "
        "is switched on or another bank account is chosen. Absent: the one that is kept",
    )


class ConsentRead(ReadSchema):
    """The customer's permission to be charged automatically."""

    text: LongTextRead = Field(description="The text, word for word as it was shown", examples=[EXAMPLE_CONSENT])
    accepted_at: datetime = Field(description="When the customer accepted it, in UTC")


class SwitchedOffRead(ReadSchema):
    """Why autopay was switched off by itself."""

    code: SwitchedOffCode
    detail: LongTextRead = Field(description="The words of the bank, or a sentence", examples=["Card expired"])
    payment_id: UUID | None = Field(description="The payment that was declined or returned; null without one")
    at: datetime = Field(description="When it was switched off, in UTC")


class AutopayRead(VersionedRead):
    """Whether an account's invoices are paid on their due date. Each account has one; at first it is not enabled."""

    enabled: bool = Field(description="Whether invoices are paid automatically")
    payment_method_id: UUID | None = Field(description="The stored method that is charged; null before one was chosen")
    card_expires_on: date | None = Field(
        description="The last day of the card that is charged; null for a bank account, and while autopay is off",
        examples=["2030-12-31"],
    )
    currency: CurrencyRead = Field(
        description="The account's currency. Invoices in others are not paid automatically; "
        "/v1/autopay/upcoming names them"
    )
    limit: AmountRead | None = Field(description=f"{_LIMIT}; null: no limit", examples=[500_000])
    use_credits: bool = Field(description="Whether credit memos and deposits pay first, the oldest first")
    pays_from: date | None = Field(
        description="The first due date that it pays: the day on which it was switched on; null while it is off",
        examples=["2026-11-02"],
    )
    consent: ConsentRead | None = Field(description="The permission to be charged automatically; null without one")
    switched_off: SwitchedOffRead | None = Field(
        description="Why it was switched off by itself; null while it is on, and when the customer switched it off"
    )
    retry_days: list[Annotated[int, Sent(minimum=1, maximum=60)]] = Field(
        description="A payment that may succeed later is tried again so many days after its first try",
        json_schema_extra={"maxItems": 10},
        examples=[[1, 3, 5]],
    )
    updated_at: datetime | None = Field(description="When it was last changed, in UTC; null before the first change")


class AutopayInvoiceRead(ReadSchema):
    """An open invoice, and what autopay does about it."""

    invoice_id: UUID
    invoice_number: NumberRead
    due_on: date
    currency: CurrencyRead
    amount: AmountRead = Field(description="Payable now, in the currency's minor unit")
    status: AutopayStatus
    pay_on: date | None = Field(
        description="The day of its payment, or of the next try; null when none is expected", examples=["2026-12-15"]
    )
    attempt: Annotated[int, Sent(minimum=1, maximum=32)] = Field(
        description="The number of its latest try, or of the next one", examples=[1]
    )
    payment_id: UUID | None = Field(
        description="The payment that waits or is under way, or the latest one that failed", examples=[EXAMPLE_ID]
    )
    reason: LongTextRead | None = Field(
        description="Why the latest try failed, or why autopay has given the invoice up; null otherwise",
        examples=["Insufficient Funds"],
    )


class AutopayUpcoming(ReadSchema):
    """The open invoices that autopay is about, those first that are due first.

    Those in another currency than the account's are among them, with the status `other_currency`: they are not paid.
    """

    data: list[AutopayInvoiceRead] = Field(
        description=f"The invoices; at most {MOST_LISTED}", json_schema_extra={"maxItems": MOST_LISTED}
    )
    has_more: bool = Field(description=f"Whether there are more than {MOST_LISTED}")
