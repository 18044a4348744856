"""The figures of a payment: pure arithmetic over payable amounts."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

from billing_api.gateway.port import MethodKind
from billing_api.invoices.values import Payable
from billing_api.payments.choosing import Part, choose
from billing_api.payments.quote_schemas import PaymentChoice


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """The amount that one invoice would get, in minor units."""

    invoice_id: UUID
    number: str
    amount_due: int
    payable: int
    amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The cost of a payment, and the kinds of method that can make it."""

    currency: str
    invoices: tuple[QuoteLine, ...]
    more_payable: bool
    kinds: tuple[MethodKind, ...]

    @property
    def amount(self) -> int:
        """The amount to be charged."""
        return sum(line.amount for line in self.invoices)

    @property
    def version(self) -> str:
        """The digest of the figures; the order of the invoices does not change it."""
        figures = sorted((str(line.invoice_id), line.amount_due, line.payable, line.amount) for line in self.invoices)
        return blake2b(json.dumps([self.currency, figures]).encode(), digest_size=16).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Return the quote as plain values."""
        lines = [asdict(line) | {"invoice_id": str(line.invoice_id)} for line in self.invoices]
        reason = {"code": "currency_not_payable", "detail": f"Invoices in {self.currency} can't be paid online."}
        return {
            "currency": self.currency,
            "amount": self.amount,
            "invoices": lines,
            "more_payable": self.more_payable,
            "can_be_paid": bool(self.kinds),
            "problem": None if self.kinds else reason,
            "payment_method_types": list(self.kinds),
            "quote_version": self.version,
        }


def quote(
    currency: str, choice: PaymentChoice, invoices: Mapping[UUID, Payable], kinds: tuple[MethodKind, ...]
) -> Quote:
    """Return the figures; `invoices` are those of the choice, `kinds` are those that can pay in the currency.

    Raise the errors of `choose`.
    """
    chosen = choose(currency, choice, invoices)
    return Quote(currency, tuple(_line(part) for part in chosen.parts), chosen.leaves_out, kinds)


def _line(part: Part) -> QuoteLine:
    invoice = part.invoice
    return QuoteLine(invoice.id, invoice.number, invoice.amount_due, invoice.payable, part.price)
