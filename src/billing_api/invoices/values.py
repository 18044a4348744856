"""Invoices as they are read: for a payment, and with all their parts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from billing_api.invoices.schemas import InvoiceKind, InvoiceStatus, PaymentStatus


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
    amount_due: int
    amount_pending: int
    discount_basis_points: int
    discount_until: date | None
    discount_includes_tax: bool
    version: int

    @property
    def payable(self) -> int:
        """The amount that is due and not reserved by a payment under way."""
        return self.amount_due - self.amount_pending


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """An invoice with its lines, taxes and applications."""

    id: UUID
    number: str
    external_id: str | None
    kind: InvoiceKind
    po_number: str | None
    status: InvoiceStatus
    currency: str
    issued_on: date
    due_on: date
    closed_on: date | None
    memo: str | None
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
    discount_basis_points: int
    discount_until: date | None
    discount_includes_tax: bool
    created_at: datetime
    updated_at: datetime
    payment_status: PaymentStatus
    overdue: bool
    lines: list[dict[str, Any]]
    taxes: list[dict[str, Any]]
    applications: list[dict[str, Any]]

    @property
    def discount(self) -> dict[str, Any] | None:
        """The discount for paying early, if there is one."""
        if self.discount_until is None:
            return None
        return {
            "basis_points": self.discount_basis_points,
            "until": self.discount_until,
            "includes_tax": self.discount_includes_tax,
        }
