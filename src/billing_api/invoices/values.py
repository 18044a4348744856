"""Invoices as a payment reads them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing_api.invoices.schemas import InvoiceStatus


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
