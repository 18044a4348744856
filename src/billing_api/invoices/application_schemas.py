"""The use of money and credits for invoices, as the back office makes and reads it."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from billing_api.invoices.fields import ApplicationReasonName, ApplicationType
from billing_api.invoices.values import AppliedPart
from billing_api.kit.documented import Named
from billing_api.kit.money import PositiveAmount
from billing_api.kit.pagination import PageQuery
from billing_api.kit.read_types import AmountRead, CurrencyRead, NumberRead, ShortTextRead
from billing_api.kit.schema import DocumentDate, ExternalId, InputSchema, ReadSchema, ShortText

SourceType = Annotated[
    Literal["payment", "credit_memo", "deposit"],
    Named(
        "SourceType",
        "The sort of document that is used for an invoice",
        {"payment": "A check, a wire or cash", "credit_memo": "A credit memo", "deposit": "A deposit"},
    ),
]
_TYPES: dict[str, ApplicationType] = {
    "payment": "payment",
    "credit": "credit_application",
    "deposit": "deposit_application",
    "discount": "discount",
    "write_off": "write_off",
    "void": "void",
}


class ApplicationCreate(InputSchema):
    """The part of a payment, credit memo or deposit that an invoice is to get.

    The document is named by its id, or by the back office's own key.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "external_id": "erp-app-551",
                    "source_type": "payment",
                    "source_id": "019a6f2e-8c40-7a25-b1c7-6d4e2f9a0b58",
                    "invoice_id": "019a6f2e-6f00-7c3a-9d61-3f1f0a6d2b11",
                    "amount": 5000,
                    "applied_on": "2026-11-02",
                }
            ]
        }
    )

    external_id: ExternalId | None = None
    source_type: SourceType
    source_id: UUID | None = Field(None, description="The id of the payment, credit memo or deposit")
    source_external_id: ExternalId | None = Field(
        None, description="In place of `source_id`: the back office's own key of that document", examples=["erp-cm-201"]
    )
    invoice_id: UUID
    amount: PositiveAmount
    applied_on: DocumentDate | None = Field(
        None, description="Absent: today; it counts from the day of the document and of the invoice at the earliest"
    )

    @model_validator(mode="after")
    def _one_document(self) -> Self:
        if self.source_id is not None and self.source_external_id is not None:
            raise PydanticCustomError(
                "both_given", "Give `source_id` or `source_external_id`, not both", {"field": "source_external_id"}
            )
        if self.source_id is None and self.source_external_id is None:
            raise PydanticCustomError("missing", "Give `source_id` or `source_external_id`", {"field": "source_id"})
        return self


class ReversalCreate(InputSchema):
    """The day on which an earlier document is undone, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reversed_on": "2026-11-02", "reason": "Meant for another invoice"}]}
    )

    reversed_on: DocumentDate | None = Field(
        None, description="Absent: today; it counts from the day of the earlier document at the earliest"
    )
    reason: ShortText | None = Field(None, description="The reason, as the customer reads it in the invoice's history")


class AppliedPartRead(ReadSchema):
    """An amount that was applied to an invoice, or the undoing of one."""

    id: UUID
    type: ApplicationType
    invoice_id: UUID
    invoice_number: NumberRead
    source_id: UUID = Field(description="The id of the payment, credit memo, deposit or write-off")
    source_number: NumberRead = Field(description="The number of that document")
    effective_on: date
    currency: CurrencyRead
    amount: AmountRead = Field(description="In the currency's minor unit; negative when it undoes an earlier one")
    reverses_id: UUID | None = Field(description="The earlier application that this one undoes; null for any other")
    reason: ApplicationReasonName | None = Field(
        description="Why it undoes an earlier one, or brings one back; null for a first use", examples=["refund"]
    )
    reason_text: ShortTextRead | None = Field(
        description="The vendor's words for an undoing or a void; null where there are none",
        examples=["Meant for another invoice"],
    )
    reversed_by_id: UUID | None = Field(description="The later application that undoes this one; null while it stands")
    created_at: datetime

    @classmethod
    def of(cls, part: AppliedPart) -> Self:
        """Return an application as the API shows it."""
        return cls(
            id=part.id,
            type=_TYPES[part.kind],
            invoice_id=part.invoice_id,
            invoice_number=part.invoice_number,
            source_id=part.source_id,
            source_number=part.source_number,
            effective_on=part.effective_on,
            currency=part.currency,
            amount=part.amount,
            reverses_id=part.reverses_id,
            reason=part.reason,
            reason_text=part.reason_text,
            reversed_by_id=part.reversed_by_id,
            created_at=part.created_at,
        )


class ApplicationQuery(PageQuery):
    """Applications, newest first."""

    invoice_id: UUID | None = Field(None, description="Of this invoice alone")
    source_id: UUID | None = Field(None, description="Of this payment, credit memo, deposit or write-off alone")
