"""Errors of invoices."""

from uuid import UUID

from billing_api.errors import AppError, Kind


class InvoiceNotFoundError(AppError):
    """There is no such invoice on the caller's account."""

    code, title, kind = "invoice_not_found", "There is no such invoice", Kind.NOT_FOUND

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(f"There is no invoice {invoice_id} on this account.", invoice_id=invoice_id)


class InvoiceNumberTakenError(AppError):
    """The account has an invoice with this number."""

    code, title, kind = "invoice_number_taken", "The invoice number is taken", Kind.CONFLICT

    def __init__(self, number: str) -> None:
        super().__init__(f"The account has an invoice number {number} already.", number=number)


class AmountExceedsDueError(AppError):
    """The amount to be applied to an invoice, or reserved for it, is more than it leaves to pay."""

    code, title, kind = "amount_exceeds_due", "The amount exceeds what is due", Kind.CONFLICT

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

    def __init__(self, invoice_id: UUID, number: str) -> None:
        super().__init__(
            f"Invoice {number} is closed, or something was applied to it: correct it with a credit memo.",
            invoice_id=invoice_id,
        )


class OtherCurrencyError(AppError):
    """A document in one currency was to be applied to an invoice in another."""

    code, title, kind = "other_currency", "The currencies differ", Kind.CONFLICT

    def __init__(self, *, invoice_id: UUID, number: str, invoice_currency: str, currency: str) -> None:
        super().__init__(
            f"Invoice {number} is in {invoice_currency}: {currency} can't be applied to it.", invoice_id=invoice_id
        )
