"""The errors of disputes."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind
from billing_api.invoices.fields import InvoiceStatus
from billing_api.kit.money import Amount


class DisputeNotFoundError(AppError):
    """The invoice has no such dispute."""

    code, title, kind = "dispute_not_found", "There is no such dispute", Kind.NOT_FOUND
    cure = "List the invoice's disputes, and use an `id` from there."
    sample: ClassVar = {"dispute_id": UUID(EXAMPLE_ID)}

    def __init__(self, dispute_id: UUID) -> None:
        super().__init__(f"There is no dispute {dispute_id}.")


class InvoiceContestedError(AppError):
    """The invoice has a dispute that is open."""

    code, title, kind = "invoice_contested", "The invoice is contested already", Kind.CONFLICT
    cure = "Wait for the vendor's answer, or withdraw the dispute that is open."
    sample: ClassVar = {"number": "INV-1042"}

    def __init__(self, number: str) -> None:
        super().__init__(f"Invoice {number} has a dispute that is open: an invoice has one at a time.")


class InvoiceNotContestableError(AppError):
    """Nothing of the invoice is due."""

    code, title, kind = "invoice_not_contestable", "The invoice can't be contested", Kind.CONFLICT
    cure = "Write to the vendor: a paid or void invoice has nothing that could be contested here."
    sample: ClassVar = {"number": "INV-1042", "status": "paid"}

    invoice_status: Annotated[InvoiceStatus, Field(description="The invoice's status")]

    def __init__(self, number: str, status: InvoiceStatus) -> None:
        super().__init__(f"Invoice {number} is {status}: nothing of it is due.", invoice_status=status)


class ContestedTooMuchError(AppError):
    """The contested part is more than what is due."""

    code, title, kind = "contested_too_much", "The amount exceeds what is due", Kind.CONFLICT
    cure = "Contest at most `amount_due`, or leave `amount` out for all of it."
    sample: ClassVar = {"number": "INV-1042", "amount": 12_500, "amount_due": 5_000}

    amount_due: Annotated[Amount, Field(description="Left to pay, in the currency's minor unit")]

    def __init__(self, number: str, amount: int, amount_due: int) -> None:
        super().__init__(
            f"Invoice {number} leaves {amount_due} to pay, in minor units: {amount} is too much.", amount_due=amount_due
        )


class DisputeClosedError(AppError):
    """The dispute was withdrawn, answered or settled before."""

    code, title, kind = "dispute_closed", "The dispute is closed", Kind.CONFLICT
    cure = "Read the dispute: its `status`, `answer` and `settlement` say how it ended."
    sample: ClassVar = {"dispute_id": UUID(EXAMPLE_ID), "status": "rejected"}

    def __init__(self, dispute_id: UUID, status: str) -> None:
        super().__init__(f"Dispute {dispute_id} is {status} already.")
