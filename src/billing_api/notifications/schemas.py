"""Notification preferences on the wire."""

from pydantic import ConfigDict, Field

from billing_api.kit.schema import InputSchema, VersionedRead

_NEW_INVOICE = "A new invoice"
_DUE_SOON = "Invoices that will soon be due"
_OVERDUE = "Invoices that are overdue"
_RECEIPT = "The receipt of a payment"
_FAILED = "A payment that was declined, failed or was returned"
_UPCOMING = (
    "Autopay that was switched on; a payment that was scheduled or changed, a scheduled or automatic one that is near, "
    "and one that was not needed"
)
_METHOD = "A card that expires or was removed, and a bank account that was verified or refused"
_STATEMENT = "A statement of the schedule"


class NotificationPreferencesUpdate(InputSchema):
    """Which mails the user wants for this account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "new_invoice": True,
                    "due_soon": True,
                    "overdue": True,
                    "payment_receipt": True,
                    "payment_failed": True,
                    "payment_upcoming": True,
                    "payment_method": True,
                    "statement": False,
                }
            ]
        }
    )

    new_invoice: bool = Field(strict=True, description=_NEW_INVOICE)
    due_soon: bool = Field(strict=True, description=_DUE_SOON)
    overdue: bool = Field(strict=True, description=_OVERDUE)
    payment_receipt: bool = Field(strict=True, description=_RECEIPT)
    payment_failed: bool = Field(strict=True, description=_FAILED)
    payment_upcoming: bool = Field(strict=True, description=_UPCOMING)
    payment_method: bool = Field(strict=True, description=_METHOD)
    statement: bool = Field(strict=True, description=_STATEMENT)


class NotificationPreferencesRead(VersionedRead):
    """Which mails the user gets for this account; at first an owner and a payer get all, a viewer none."""

    new_invoice: bool = Field(description=_NEW_INVOICE)
    due_soon: bool = Field(description=_DUE_SOON)
    overdue: bool = Field(description=_OVERDUE)
    payment_receipt: bool = Field(description=_RECEIPT)
    payment_failed: bool = Field(description=_FAILED)
    payment_upcoming: bool = Field(description=_UPCOMING)
    payment_method: bool = Field(description=_METHOD)
    statement: bool = Field(description=_STATEMENT)
