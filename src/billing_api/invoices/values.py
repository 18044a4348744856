"""Narrow reads of invoices and their applications, each for its purpose."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from billing_api.invoices.fields import ApplicationReasonName, InvoiceKind, InvoicePaymentStatus, InvoiceStatus


class Payable(Protocol):
    """An invoice, as far as it counts how much of it can be paid; amounts in minor units."""

    @property
    def id(self) -> UUID: ...
    @property
    def number(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def issued_on(self) -> date: ...
    @property
    def due_on(self) -> date: ...
    @property
    def amount_due(self) -> int: ...
    @property
    def amount_pending(self) -> int: ...
    @property
    def payable(self) -> int: ...
    @property
    def net(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def paid(self) -> int: ...
    @property
    def discounted(self) -> int: ...
    @property
    def discount_basis_points(self) -> int: ...
    @property
    def discount_until(self) -> date | None: ...
    @property
    def discount_includes_tax(self) -> bool: ...
    @property
    def contested(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class BilledInvoice:
    """The sums of an invoice, and the customer's purchase order; amounts in minor units."""

    id: UUID
    number: str
    po_number: str | None
    net: int
    tax: int
    total: int


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of an invoice. `amount` counts; quantity and unit amount explain it."""

    invoice_id: UUID
    description: str
    quantity: Decimal
    unit_amount: int | None
    amount: int


@dataclass(frozen=True, slots=True)
class PayableInvoice:
    """An invoice as a payment needs it; amounts in minor units."""

    id: UUID
    number: str
    status: InvoiceStatus
    currency: str
    issued_on: date
    due_on: date
    net: int
    tax: int
    total: int
    paid: int
    discounted: int
    amount_due: int
    amount_pending: int
    contested: int | None
    discount_basis_points: int
    discount_until: date | None
    discount_includes_tax: bool
    version: int

    @property
    def payable(self) -> int:
        """The amount that is due and not reserved by a payment under way."""
        return self.amount_due - self.amount_pending


@dataclass(frozen=True, slots=True)
class AppliedPart:
    """An application with its invoice, and the later one that has undone it; the amount in minor units."""

    id: UUID
    invoice_id: UUID
    invoice_number: str
    kind: str
    source_id: UUID
    source_number: str
    effective_on: date
    currency: str
    amount: int
    reverses_id: UUID | None
    reason: ApplicationReasonName | None
    reason_text: str | None
    reversed_by_id: UUID | None
    created_at: datetime


# Not frozen, as all rows of long lists: each field of a frozen one is set by a call.
@dataclass(slots=True)
class ExportedInvoice:
    """An invoice as a line of a file; amounts in minor units."""

    id: UUID
    number: str
    type: InvoiceKind
    po_number: str | None
    external_id: str | None
    status: InvoiceStatus
    payment_status: InvoicePaymentStatus
    overdue: bool
    currency: str
    issued_on: date
    due_on: date
    closed_on: date | None
    net: int
    tax: int
    total: int
    paid: int
    credited: int
    deposit_applied: int
    discounted: int
    written_off: int
    voided: int
    amount_due: int
    amount_pending: int
    contested: int
