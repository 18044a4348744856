"""What lowers an invoice's due amount, or raises it again, and what that makes of the invoice. No SQL."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from billing_api.invoices.errors import AmountExceedsDueError
from billing_api.invoices.model import Invoice


class ApplicationKind(StrEnum):
    """What is applied; each has a sum of its own on the invoice."""

    PAYMENT = "payment"
    CREDIT = "credit"
    DEPOSIT = "deposit"
    DISCOUNT = "discount"
    WRITE_OFF = "write_off"
    VOID = "void"


_SUMS = {
    ApplicationKind.PAYMENT: "paid",
    ApplicationKind.CREDIT: "credited",
    ApplicationKind.DEPOSIT: "deposit_applied",
    ApplicationKind.DISCOUNT: "discounted",
    ApplicationKind.WRITE_OFF: "written_off",
    ApplicationKind.VOID: "voided",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An amount of a payment, credit, discount … for one invoice; negative when an earlier one is undone.

    `source_id` and `source_number` are those of the payment, credit memo, deposit or write-off.
    """

    invoice_id: UUID
    kind: ApplicationKind
    source_id: UUID
    source_number: str
    effective_on: date
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document that is used for invoices: a credit memo, a deposit, a payment."""

    kind: ApplicationKind
    id: UUID
    number: str
    currency: str


def apply(invoice: Invoice, application: Application, now: datetime) -> None:
    """Move the invoice's sums, and close or reopen it. Raises AmountExceedsDueError, ValueError."""
    column = _SUMS[application.kind]
    applied = getattr(invoice, column) + application.amount
    payable = invoice.amount_due - invoice.amount_pending
    if application.amount > payable:
        raise AmountExceedsDueError(
            invoice_id=invoice.id, number=invoice.number, amount=application.amount, payable=payable
        )
    if applied < 0 or application.amount == 0:
        raise ValueError(f"{application} undoes more than there is, or nothing")
    setattr(invoice, column, applied)
    invoice.amount_due -= application.amount
    invoice.last_applied_on = max(application.effective_on, invoice.last_applied_on or application.effective_on)
    if invoice.amount_due > 0:
        invoice.status, invoice.closed_on = "open", None
    else:
        invoice.status = "void" if application.kind is ApplicationKind.VOID else "paid"
        invoice.closed_on = invoice.last_applied_on
    _touch(invoice, now)


def reserve(invoice: Invoice, amount: int, now: datetime) -> None:
    """Hold an amount for a payment that is under way. Raises AmountExceedsDueError."""
    payable = invoice.amount_due - invoice.amount_pending
    if amount > payable:
        raise AmountExceedsDueError(invoice_id=invoice.id, number=invoice.number, amount=amount, payable=payable)
    invoice.amount_pending += amount
    _touch(invoice, now)


def release(invoice: Invoice, amount: int, now: datetime) -> None:
    """Give back what was held. Raises ValueError when less is held."""
    if amount > invoice.amount_pending:
        raise ValueError(f"{amount} of invoice {invoice.id} is not reserved")
    invoice.amount_pending -= amount
    _touch(invoice, now)


def _touch(invoice: Invoice, now: datetime) -> None:
    invoice.version += 1
    invoice.updated_at = now
