"""The bodies of requests and responses for disputes."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from billing_api.invoice_disputes.fields import DisputeReason, DisputeSettlement, DisputeStatus
from billing_api.kit.money import PositiveAmount
from billing_api.kit.pagination import PageQuery
from billing_api.kit.read_types import AmountRead, CurrencyRead, LongTextRead
from billing_api.kit.schema import InputSchema, LongText, VersionedRead


class DisputeCreate(InputSchema):
    """An objection to an invoice, or to a part of it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "wrong_price", "text": "We agreed on 45.00 for each.", "amount": 1}]}
    )

    reason: DisputeReason
    text: LongText = Field(description="What is wrong, in the customer's words")
    amount: PositiveAmount | None = Field(
        None, description="The contested part, in the currency's minor unit; absent or null: all that is due"
    )


class DisputeRead(VersionedRead):
    """An objection to an invoice, and its answer."""

    id: UUID
    invoice_id: UUID
    status: DisputeStatus
    reason: DisputeReason
    text: LongTextRead = Field(
        description="What is wrong, in the customer's words", examples=["We agreed on 45.00 for each."]
    )
    currency: CurrencyRead
    amount: AmountRead = Field(description="The contested part, in the currency's minor unit")
    answer: LongTextRead | None = Field(description="The vendor's words; null while there are none", examples=[None])
    settlement: DisputeSettlement | None = Field(
        description="Why it ended by itself; null unless `status` is `settled`", examples=[None]
    )
    closed_at: datetime | None = Field(
        description="When it was withdrawn, answered or settled, in UTC; null while it is open", examples=[None]
    )
    created_at: datetime
    updated_at: datetime


class DisputeQuery(PageQuery):
    """The disputes of an invoice, newest first."""
