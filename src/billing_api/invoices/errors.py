"""Errors of invoices."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind
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


class InvoiceNotVoidableError(AppError):
    """The invoice is closed, or has applications or a reserved amount."""

    code, title, kind = "invoice_not_voidable", "The invoice can't be voided", Kind.CONFLICT
    cure = "Correct the invoice with a credit memo."
    sample: ClassVar = {"invoice_id": UUID(EXAMPLE_ID), "number": "INV-1042"}

    invoice_id: Annotated[UUID, Field(description="The invoice")]

    def __init__(self, invoice_id: UUID, number: str) -> None:
        super().__init__(
            f"Invoice {number} is closed, or something was applied to it: correct it with a credit memo.",
            invoice_id=invoice_id,
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
