"""The bodies of the back office's requests about payments."""

from pydantic import ConfigDict, Field

from billing_api.kit.schema import DocumentDate, InputSchema, ShortText


class PaymentReturn(InputSchema):
    """The money of an offline payment did not come after all."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Insufficient funds", "returned_on": "2026-11-02"}]}
    )

    reason: ShortText = Field(description="The reason, as the customer reads it")
    returned_on: DocumentDate | None = Field(None, description="Absent: today; from the payment's own day on")
