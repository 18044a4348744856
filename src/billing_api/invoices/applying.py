"""Lower an invoice's due amount, or raise it again: pure functions, without SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from billing_api.invoices.errors import (
    AmountExceedsDueError,
    ApplicationNotReversibleError,
    OtherCurrencyError,
    words_of_left,
)
from billing_api.invoices.fields import InvoiceStatus
from billing_api.invoices.model import Invoice
from billing_api.invoices.values import AppliedPart, Payable
from billing_api.kit.ids import new_id


class ApplicationKind(StrEnum):
    """The kind of an application; each has a sum of its own on the invoice."""

    PAYMENT = "payment"
    CREDIT = "credit"
    DEPOSIT = "deposit"
    DISCOUNT = "discount"
    WRITE_OFF = "write_off"
    VOID = "void"


class ApplicationReason(StrEnum):
    """Why an application undoes an earlier one, or brings it back; one that was made for its own sake has none."""

    RETURN = "return"
    CANCELLATION = "cancellation"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    CHARGEBACK = "chargeback"
    CHARGEBACK_WON = "chargeback_won"
    CORRECTION = "correction"


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

    `source_id` and `source_number` are those of the payment, credit memo, deposit or write-off. `reverses_id` is the
    earlier application that this one undoes. `reason_text` are the vendor's words for an undoing or a void.
    """

    invoice_id: UUID
    kind: ApplicationKind
    source_id: UUID
    source_number: str
    effective_on: date
    amount: int
    id: UUID = field(default_factory=new_id)
    reverses_id: UUID | None = None
    reason: ApplicationReason | None = None
    reason_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A part of a document that its invoice had no room for; amounts in minor units.

    `place` is the index of the part in its document, from 0.
    """

    place: int
    invoice_number: str
    wanted: int
    applied: int
    pending: int

    @property
    def words(self) -> str:
        """Return how much was applied, and why it was less."""
        left = words_of_left(self.invoice_number, self.applied, self.pending)
        return (
            f"{left}, in minor units: {self.applied} of {self.wanted} is applied, "
            f"{self.wanted - self.applied} stays unapplied."
        )


def fit(wanted: int, room: int) -> int:
    """Return the part of an amount that an invoice has room for, in minor units."""
    return max(0, min(wanted, room))


def apply(invoice: Invoice, application: Application) -> Invoice:
    """Return the invoice with its sums moved, closed or reopened. Raise AmountExceedsDueError, ValueError."""
    column = _SUMS[application.kind]
    applied = getattr(invoice, column) + application.amount
    require_room(invoice, application.amount)
    if applied < 0 or application.amount == 0:
        raise ValueError(f"{application} undoes more than there is, or nothing")
    amount_due = invoice.amount_due - application.amount
    last_applied_on = max(application.effective_on, invoice.last_applied_on or application.effective_on)
    status: InvoiceStatus = "void" if application.kind is ApplicationKind.VOID else "paid"
    return replace(
        invoice,
        amount_due=amount_due,
        last_applied_on=last_applied_on,
        status="open" if amount_due else status,
        closed_on=None if amount_due else max(last_applied_on, invoice.issued_on),
        contested=invoice.contested if amount_due else None,
        **{column: applied},
    )


def apply_all(
    invoices: Mapping[UUID, Invoice], applications: Sequence[Application], *, reserved: bool
) -> dict[UUID, Invoice]:
    """Return the invoices after these applications; `reserved` releases the very same amounts first.

    Raise AmountExceedsDueError, ValueError.
    """
    changed: dict[UUID, Invoice] = {}
    for application in applications:
        invoice = changed.get(application.invoice_id) or invoices[application.invoice_id]
        if reserved:
            invoice = release(invoice, application.amount)
        changed[invoice.id] = apply(invoice, application)
    return changed


def reversals(
    parts: Sequence[AppliedPart], reversed_on: date, reason: ApplicationReason, reason_text: str | None = None
) -> list[Application]:
    """Return the applications that undo these, each from its own day on at the earliest.

    Raise ApplicationNotReversibleError.
    """
    for part in parts:
        if part.reverses_id is not None or part.reversed_by_id is not None:
            raise ApplicationNotReversibleError(part.id)
    return [
        Application(
            invoice_id=part.invoice_id,
            kind=ApplicationKind(part.kind),
            source_id=part.source_id,
            source_number=part.source_number,
            effective_on=max(reversed_on, part.effective_on),
            amount=-part.amount,
            reverses_id=part.id,
            reason=reason,
            reason_text=reason_text,
        )
        for part in parts
    ]


def shortfall(invoice: Invoice, place: int, *, wanted: int, applied: int) -> Shortfall:
    """Return the lack of room for the part at `place` of a document."""
    return Shortfall(
        place=place, invoice_number=invoice.number, wanted=wanted, applied=applied, pending=invoice.amount_pending
    )


def reserve(invoice: Invoice, amount: int) -> Invoice:
    """Return the invoice with an amount held for a payment under way. Raise AmountExceedsDueError."""
    require_room(invoice, amount)
    return replace(invoice, amount_pending=invoice.amount_pending + amount)


def release(invoice: Invoice, amount: int) -> Invoice:
    """Return the invoice with less held. Raise ValueError for more than is held."""
    if amount > invoice.amount_pending:
        raise ValueError(f"{amount} of invoice {invoice.id} is not reserved")
    return replace(invoice, amount_pending=invoice.amount_pending - amount)


def require_currency(invoice: Payable, currency: str) -> None:
    """Raise OtherCurrencyError for a document or payment in another currency than the invoice's."""
    if invoice.currency != currency:
        raise OtherCurrencyError(
            invoice_id=invoice.id, number=invoice.number, invoice_currency=invoice.currency, currency=currency
        )


def require_room(invoice: Payable, amount: int) -> None:
    """Raise AmountExceedsDueError for an amount that is more than the invoice leaves to pay."""
    if amount > invoice.payable:
        raise AmountExceedsDueError(
            invoice_id=invoice.id,
            number=invoice.number,
            amount=amount,
            payable=invoice.payable,
            pending=invoice.amount_pending,
        )
