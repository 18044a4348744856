"""The schemas of deposits."""

from typing import Any

from pydantic import ConfigDict

from billing_api.kit.money import Currency, PositiveAmount
from billing_api.kit.schema import DocumentDate, DocumentNumber, ExternalId, InputSchema, Reference

_EXAMPLE: dict[str, Any] = {
    "number": "DEP-31",
    "external_id": "erp-dep-31",
    "currency": "USD",
    "received_on": "2026-11-03",
    "reference": "Wire of 3 November",
    "amount": 250000,
}


class DepositCreate(InputSchema):
    """Money received ahead of any invoice."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    number: DocumentNumber
    external_id: ExternalId | None = None
    currency: Currency
    received_on: DocumentDate
    reference: Reference | None = None
    amount: PositiveAmount
