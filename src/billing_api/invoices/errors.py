"""Errors of invoices."""

from datetime import UTC, date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind
from billing_api.invoices.application_schemas import AppliedPartRead
from billing_api.invoices.fields import InvoiceStatus
from billing_api.kit.money import Amount


class InvoiceNotFoundError(AppError):
    """There is no such invoice on the caller's account."""

    code, title, kind = "invoice_not_found", "There is no such invoice", Kind.NOT_FOUND
    cure = "List the invoices, and use an `id` from there."
    sample: ClassVar = {"invoice_id": UUID(EXAMPLE_ID)}

    invoice_id: Annotated[UUID, Field(description="The id that was asked for")]

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(f"There is no invoice {invoice_id} on this account.", invoice_id=invoice_id)


class InvoiceNumberTakenError(AppError):
    """The account has an invoice with this number."""

    code, title, kind = "invoice_number_taken", "The invoice number is taken", Kind.CONFLICT
    cure = "Choose another number, or correct the invoice that has it."
    sample: ClassVar = {"number": "INV-1042"}

    number: Annotated[str, Field(max_length=100, description="The number that is taken")]

    def __init__(self, number: str) -> None:
        super().__init__(f"The account has an invoice number {number} already.", number=number)


class AmountExceedsDueError(AppError):
    """The amount to be applied to an invoice, or reserved for it, is more than it leaves to pay."""

    code, title, kind = "amount_exceeds_due", "The amount exceeds what is due", Kind.CONFLICT
    cure = "Pay at most `payable`. A quote has the current figures."
    sample: ClassVar = {
        "invoice_id": UUID(EXAMPLE_ID),
        "number": "INV-1042",
        "amount": 12_500,
        "payable": 5_000,
        "pending": 0,
    }

    invoice_id: Annotated[UUID, Field(description="The invoice")]
    payable: Annotated[Amount, Field(description="The amount that can be paid now, in the currency's minor unit")]
    amount_pending: Annotated[
        Amount, Field(description="The amount that payments under way have reserved, in the minor unit")
    ]

    def __init__(self, *, invoice_id: UUID, number: str, amount: int, payable: int, pending: int) -> None:
        super().__init__(
            f"{words_of_left(number, payable, pending)}, in minor units: {amount} is too much.",
            invoice_id=invoice_id,
            payable=payable,
            amount_pending=pending,
        )


def words_of_left(number: str, payable: int, pending: int) -> str:
    """Return the amount that an invoice leaves to pay, and the part that a payment under way has reserved."""
    left = f"Invoice {number} leaves {payable} to pay"
    return f"{left} while a payment of {pending} is under way" if pending else left


_PART = AppliedPartRead(
    id=UUID(EXAMPLE_ID),
    type="credit_application",
    invoice_id=UUID(EXAMPLE_ID),
    invoice_number="INV-1042",
    source_id=UUID(EXAMPLE_ID),
    source_number="CM-201",
    effective_on=date(2026, 11, 2),
    currency="USD",
    amount=5_000,
    reverses_id=None,
    reason=None,
    reason_text=None,
    reversed_by_id=None,
    created_at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
)


class InvoiceNotVoidableError(AppError):
    """The invoice is closed, has applications or a reserved amount, or asks for the money of a refund."""

    code, title, kind = "invoice_not_voidable", "The invoice can't be voided", Kind.CONFLICT
    cure = (
        "Undo what `applications` lists, and wait for the payment under way that has reserved `amount_pending`. Or "
        "leave the invoice, and correct it with a credit memo. Write a `repayment` off."
    )
    sample: ClassVar = {
        "invoice_id": UUID(EXAMPLE_ID),
        "number": "INV-1042",
        "status": "open",
        "pending": 0,
        "parts": [_PART],
    }

    invoice_id: Annotated[UUID, Field(description="The invoice")]
    invoice_status: Annotated[InvoiceStatus, Field(description="The invoice's status")]
    amount_pending: Annotated[
        Amount, Field(description="The amount that payments under way have reserved, in the minor unit")
    ]
    applications: Annotated[
        list[AppliedPartRead], Field(max_length=100, description="What was applied to it and stands; the first 100")
    ]

    def __init__(
        self,
        invoice_id: UUID,
        *,
        number: str,
        status: InvoiceStatus,
        pending: int,
        parts: list[AppliedPartRead],
        is_repayment: bool = False,
    ) -> None:
        reason = f"is {status}" if status != "open" else "has applications, or a payment of it is under way"
        if is_repayment:  # the refund's money has left, whatever becomes of the invoice
            reason = "asks for the money of a refund, and is written off instead"
        super().__init__(
            f"Invoice {number} {reason}: it can't be voided.",
            invoice_id=invoice_id,
            invoice_status=status,
            amount_pending=pending,
            applications=parts,
        )


class ApplicationNotFoundError(AppError):
    """There is no such application on the account."""

    code, title, kind = "application_not_found", "There is no such application", Kind.NOT_FOUND
    cure = "List the account's applications, and use an `id` from there."
    sample: ClassVar = {"application_id": UUID(EXAMPLE_ID)}

    def __init__(self, application_id: UUID) -> None:
        super().__init__(f"There is no application {application_id} on this account.")


class ApplicationNotReversibleError(AppError):
    """The application was undone before, undoes another one, or is of a sort that is undone elsewhere."""

    code, title, kind = "application_not_reversible", "The application can't be undone", Kind.CONFLICT
    cure = (
        "Read the application: `reversed_by_id` names the one that has undone it. A write-off is undone by its own "
        "`id`; a payment through the gateway by a refund."
    )
    sample: ClassVar = {"application_id": UUID(EXAMPLE_ID)}

    application_id: Annotated[UUID, Field(description="The application")]

    def __init__(self, application_id: UUID) -> None:
        super().__init__(
            f"The application {application_id} was undone before, or can't be undone here.",
            application_id=application_id,
        )


class OtherCurrencyError(AppError):
    """A document in one currency was to be applied to an invoice in another."""

    code, title, kind = "other_currency", "The currencies differ", Kind.CONFLICT
    cure = "Name only invoices in the currency of the request, and pay the others by requests of their own."
    sample: ClassVar = {
        "invoice_id": UUID(EXAMPLE_ID),
        "number": "INV-1042",
        "invoice_currency": "EUR",
        "currency": "USD",
    }

    invoice_id: Annotated[UUID, Field(description="The invoice")]

    def __init__(self, *, invoice_id: UUID, number: str, invoice_currency: str, currency: str) -> None:
        super().__init__(
            f"Invoice {number} is in {invoice_currency}: {currency} can't be applied to it.", invoice_id=invoice_id
        )
