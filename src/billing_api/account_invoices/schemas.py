"""The bodies of the back office's requests about invoices."""

from pydantic import ConfigDict, Field

from billing_api.kit.schema import DocumentDate, InputSchema, ShortText


class InvoiceVoid(InputSchema):
    """The day on which an invoice is withdrawn, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"voided_on": "2026-11-02", "reason": "Sent twice: INV-1042 stands"}]}
    )

    voided_on: DocumentDate | None = Field(None, description="Absent: today; from the invoice's own day on")
    reason: ShortText | None = Field(None, description="The reason, as the customer reads it in the invoice's history")
