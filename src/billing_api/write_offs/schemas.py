"""The bodies of requests and responses for write-offs."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from billing_api.kit.money import Currency, PositiveAmount
from billing_api.kit.pagination import PageQuery
from billing_api.kit.read_types import AmountRead, CurrencyRead, ExternalIdRead, LongTextRead, NumberRead, ShortTextRead
from billing_api.kit.schema import DocumentDate, ExternalId, InputSchema, LongText, ReadSchema


class WriteOffCreate(InputSchema):
    """An amount of an invoice that the vendor gives up."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "external_id": "erp-wo-17",
                    "invoice_id": "019a6f2e-6f00-7c3a-9d61-3f1f0a6d2b11",
                    "currency": "USD",
                    "amount": 75,
                    "written_off_on": "2026-11-02",
                    "reason": "Small difference",
                }
            ]
        }
    )

    external_id: ExternalId | None = None
    invoice_id: UUID
    currency: Currency
    amount: PositiveAmount | None = Field(
        None, description="In the currency's minor unit; absent: all that can be paid of the invoice"
    )
    written_off_on: DocumentDate | None = Field(None, description="Absent: today; from the invoice's own day on")
    reason: LongText | None = Field(None, description="The reason, for the back office")


class WriteOffRead(ReadSchema):
    """A write-off."""

    id: UUID
    number: NumberRead = Field(description="The write-off's number, as people read it", examples=["WO-000017"])
    external_id: ExternalIdRead | None
    invoice_id: UUID
    invoice_number: NumberRead
    currency: CurrencyRead
    amount: AmountRead
    written_off_on: date = Field(description="The day from which it counts in the books")
    reason: LongTextRead | None = Field(description="The reason, for the back office")
    reversed_on: date | None = Field(description="The day from which it is undone; null while it stands")
    reversal_reason: ShortTextRead | None = Field(
        description="Why it is undone, as the customer reads it; null without a reason",
        examples=["It was paid after all"],
    )
    created_at: datetime
    updated_at: datetime


class WriteOffQuery(PageQuery):
    """Write-offs, newest first."""

    invoice_id: UUID | None = Field(None, description="Of this invoice alone")
