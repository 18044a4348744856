"""The schemas of credit memos."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from billing_api.invoices.create_schemas import TaxCreate
from billing_api.kit.money import MAX_AMOUNT, Amount, Currency
from billing_api.kit.schema import DocumentDate, DocumentNumber, ExternalId, InputSchema, LongText

_EXAMPLE: dict[str, Any] = {
    "number": "CM-201",
    "external_id": "erp-cm-201",
    "currency": "USD",
    "issued_on": "2026-11-05",
    "reason": "Two widgets came back",
    "net": 5000,
    "taxes": [{"name": "Sales tax", "rate": "8.25", "amount": 413}],
}


class CreditMemoCreate(InputSchema):
    """A credit to post, with the taxes that it gives back."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    number: DocumentNumber
    external_id: ExternalId | None = None
    currency: Currency
    issued_on: DocumentDate
    reason: LongText | None = None
    net: Amount
    taxes: Annotated[list[TaxCreate], Field(max_length=50, default_factory=list)]

    @property
    def tax(self) -> int:
        """The sum of the taxes."""
        return sum(tax.amount for tax in self.taxes)

    @model_validator(mode="after")
    def _gives_something(self) -> Self:
        if not 0 < self.net + self.tax <= MAX_AMOUNT:
            raise PydanticCustomError(
                "total_out_of_range", "the total is not between 1 and {most}", {"most": MAX_AMOUNT, "field": "net"}
            )
        return self
