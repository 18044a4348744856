"""Invoices as a payment reads them."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from billing_api.invoices.fields import InvoiceStatus


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
    def contested(self) -> int | None: ...


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
    contested: int | None
    discount_basis_points: int
    discount_until: date | None
    discount_includes_tax: bool
    version: int

    @property
    def payable(self) -> int:
        """The amount that is due and not reserved by a payment under way."""
        return self.amount_due - self.amount_pending
