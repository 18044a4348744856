"""The bodies of payments that arrived outside the gateway, as the back office reports them."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from billing_api.kit.documented import Named
from billing_api.kit.money import Currency, PositiveAmount
from billing_api.kit.schema import (
    DocumentDate,
    ExternalId,
    InputSchema,
    Reference,
)
from billing_api.payments.fields import EXAMPLE_INVOICE, each_once

OfflinePaymentType = Annotated[
    Literal["check", "wire", "cash", "other"],
    Named(
        "OfflinePaymentType",
        "The way in which money came outside the gateway",
        {"check": "By check", "wire": "By wire transfer", "cash": "In cash", "other": "In another way"},
    ),
]


class OfflineAllocation(InputSchema):
    """The part of an offline payment that one invoice gets."""

    invoice_id: UUID
    amount: PositiveAmount


class OfflinePaymentCreate(InputSchema):
    """Money that arrived outside the gateway; the part that is not allocated stays the account's credit."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "external_id": "erp-pay-7781",
                    "type": "check",
                    "currency": "USD",
                    "amount": 12500,
                    "received_on": "2026-11-20",
                    "reference": "Check 1042",
                    "allocations": [{"invoice_id": EXAMPLE_INVOICE, "amount": 12500}],
                }
            ]
        }
    )

    external_id: ExternalId
    type: OfflinePaymentType
    currency: Currency
    amount: PositiveAmount
    received_on: DocumentDate
    reference: Reference | None = None
    allocations: Annotated[list[OfflineAllocation], Field(max_length=1000), AfterValidator(each_once)] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _not_more_than_there_is(self) -> Self:
        if sum(part.amount for part in self.allocations) > self.amount:
            raise PydanticCustomError(
                "applied_too_much", "the allocations add up to more than the payment", {"field": "allocations"}
            )
        return self
