"""The figures of a payment: pure arithmetic over what is payable."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any, Protocol
from uuid import UUID

from billing_api.invoices.errors import AmountExceedsDueError, OtherCurrencyError
from billing_api.payments.errors import InvoiceNotPayableError
from billing_api.payments.schemas import PaymentInvoice


class Payable(Protocol):
    """What a quote needs to know of an invoice."""

    @property
    def number(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def amount_due(self) -> int: ...
    @property
    def amount_pending(self) -> int: ...
    @property
    def payable(self) -> int: ...


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """What one invoice would get, in minor units."""

    invoice_id: UUID
    number: str
    amount_due: int
    payable: int
    amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What paying would cost."""

    currency: str
    invoices: tuple[QuoteLine, ...]

    @property
    def amount(self) -> int:
        """What is to be charged."""
        return sum(line.amount for line in self.invoices)

    @property
    def version(self) -> str:
        """A digest of the figures: the same figures give the same version, whatever the order of the invoices."""
        figures = sorted((str(line.invoice_id), line.amount_due, line.payable, line.amount) for line in self.invoices)
        return blake2b(json.dumps([self.currency, figures]).encode(), digest_size=16).hexdigest()

    def as_facts(self) -> dict[str, Any]:
        """The quote as plain values."""
        lines = [asdict(line) | {"invoice_id": str(line.invoice_id)} for line in self.invoices]
        return {"currency": self.currency, "amount": self.amount, "invoices": lines, "version": self.version}


def quote(currency: str, wanted: Sequence[PaymentInvoice], invoices: Mapping[UUID, Payable]) -> Quote:
    """Work out the figures; `invoices` has every invoice that is wanted.

    Raises OtherCurrencyError, InvoiceNotPayableError, AmountExceedsDueError.
    """
    return Quote(currency, tuple(_line(item, invoices[item.invoice_id], currency) for item in wanted))


def _line(wanted: PaymentInvoice, invoice: Payable, currency: str) -> QuoteLine:
    if invoice.currency != currency:
        raise OtherCurrencyError(
            invoice_id=wanted.invoice_id,
            number=invoice.number,
            invoice_currency=invoice.currency,
            currency=currency,
        )
    if invoice.payable == 0:
        raise InvoiceNotPayableError(wanted.invoice_id, invoice.number, invoice.amount_pending)
    amount = invoice.payable if wanted.amount is None else wanted.amount
    if amount > invoice.payable:
        raise AmountExceedsDueError(
            invoice_id=wanted.invoice_id, number=invoice.number, amount=amount, payable=invoice.payable
        )
    return QuoteLine(wanted.invoice_id, invoice.number, invoice.amount_due, invoice.payable, amount)
