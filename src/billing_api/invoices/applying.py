"""What lowers an invoice's due amount, or raises it again, and what that makes of the invoice. No SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from billing_api.invoices.errors import AmountExceedsDueError, OtherCurrencyError, words_of_left
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
    """A document that is used for invoices: a credit memo or a deposit, and its own day."""

    kind: ApplicationKind
    id: UUID
    number: str
    currency: str
    dated_on: date


@dataclass(frozen=True, slots=True)
class Use:
    """The part of a credit memo or deposit that one invoice is to get; without a day it gets it today."""

    invoice_id: UUID
    amount: int
    on: date | None = None


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


@dataclass(frozen=True, slots=True)
class Used:
    """What was applied of a document, and the parts whose invoices had less room."""

    applications: list[Application]
    shortfalls: list[Shortfall]


def fit(wanted: int, room: int) -> int:
    """Return the part of an amount that an invoice has room for, in minor units."""
    return max(0, min(wanted, room))


def apply(invoice: Invoice, application: Application, now: datetime) -> None:
    """Move the invoice's sums, and close or reopen it. Raises AmountExceedsDueError, ValueError."""
    column = _SUMS[application.kind]
    applied = getattr(invoice, column) + application.amount
    _require_room(invoice, application.amount)
    if applied < 0 or application.amount == 0:
        raise ValueError(f"{application} undoes more than there is, or nothing")
    setattr(invoice, column, applied)
    invoice.amount_due -= application.amount
    invoice.last_applied_on = max(application.effective_on, invoice.last_applied_on or application.effective_on)
    if invoice.amount_due > 0:
        invoice.status, invoice.closed_on = "open", None
    else:
        invoice.status = "void" if application.kind is ApplicationKind.VOID else "paid"
        invoice.closed_on = max(invoice.last_applied_on, invoice.issued_on)
    _touch(invoice, now)


def use(invoices: Mapping[UUID, Invoice], source: Source, uses: Sequence[Use], *, today: date, now: datetime) -> Used:
    """Apply parts of one document, each as far as its invoice has room; `invoices` has every invoice of `uses`.

    A part counts from its own day, but never from before the document's or the invoice's. Raise OtherCurrencyError.
    """
    used = Used([], [])
    for place, part in enumerate(uses):
        invoice = invoices[part.invoice_id]
        if invoice.currency != source.currency:
            raise OtherCurrencyError(
                invoice_id=invoice.id,
                number=invoice.number,
                invoice_currency=invoice.currency,
                currency=source.currency,
            )
        amount = fit(part.amount, invoice.amount_due - invoice.amount_pending)
        if amount:
            application = Application(
                invoice_id=invoice.id,
                kind=source.kind,
                source_id=source.id,
                source_number=source.number,
                effective_on=max(part.on or today, source.dated_on, invoice.issued_on),
                amount=amount,
            )
            apply(invoice, application, now)
            used.applications.append(application)
        if amount < part.amount:
            used.shortfalls.append(
                Shortfall(
                    place=place,
                    invoice_number=invoice.number,
                    wanted=part.amount,
                    applied=amount,
                    pending=invoice.amount_pending,
                )
            )
    return used


def reserve(invoice: Invoice, amount: int, now: datetime) -> None:
    """Hold an amount for a payment that is under way. Raises AmountExceedsDueError."""
    _require_room(invoice, amount)
    invoice.amount_pending += amount
    _touch(invoice, now)


def release(invoice: Invoice, amount: int, now: datetime) -> None:
    """Give back what was held. Raises ValueError when less is held."""
    if amount > invoice.amount_pending:
        raise ValueError(f"{amount} of invoice {invoice.id} is not reserved")
    invoice.amount_pending -= amount
    _touch(invoice, now)


def _require_room(invoice: Invoice, amount: int) -> None:
    payable = invoice.amount_due - invoice.amount_pending
    if amount > payable:
        raise AmountExceedsDueError(
            invoice_id=invoice.id,
            number=invoice.number,
            amount=amount,
            payable=payable,
            pending=invoice.amount_pending,
        )


def _touch(invoice: Invoice, now: datetime) -> None:
    invoice.version += 1
    invoice.updated_at = now
