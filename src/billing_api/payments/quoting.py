"""The figures of a payment: pure arithmetic over payable amounts, discounts and credits."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any
from uuid import UUID

from billing_api.gateway.methods import MethodKind
from billing_api.invoices.values import Payable
from billing_api.payments.choosing import ChosenInvoice, by_due_date, choose
from billing_api.payments.crediting import CreditUse, by_age, use_credits
from billing_api.payments.fields import CreditKind
from billing_api.payments.quote_schemas import PaymentQuoteCreate
from billing_api.payments.values import AvailableCredit


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """The amounts that settle one invoice, or a part of it, in minor units; `amount` is charged."""

    invoice_id: UUID
    number: str
    amount_due: int
    payable: int
    amount: int
    credited: int
    deposit_applied: int
    discounted: int

    @property
    def figures(self) -> tuple[object, ...]:
        """All of it but the number, which follows from the id."""
        settled = (self.amount, self.credited, self.deposit_applied, self.discounted)
        return str(self.invoice_id), self.amount_due, self.payable, *settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The cost of a payment, the credits that it uses, and the kinds of method that can make it."""

    currency: str
    lines: tuple[QuoteLine, ...]
    more_payable: bool
    available: tuple[AvailableCredit, ...]
    uses: tuple[CreditUse, ...]
    overpayment: int
    kinds: tuple[MethodKind, ...]

    @property
    def amount(self) -> int:
        """The amount to be charged."""
        return sum(line.amount for line in self.lines) + self.overpayment

    @property
    def can_be_paid(self) -> bool:
        """Whether a kind of method can pay it; without a charge none is needed."""
        return bool(self.kinds) or not self.amount

    @property
    def version(self) -> str:
        """The digest of the figures; the order of the invoices and of the credits does not change it."""
        uses = sorted((str(use.credit.id), str(use.invoice_id), use.amount) for use in self.uses)
        figures = [self.currency, self.overpayment, sorted(line.figures for line in self.lines), uses]
        return blake2b(json.dumps(figures).encode(), digest_size=16).hexdigest()

    def total(self, name: str) -> int:
        """Return the sum of one amount of all lines."""
        return sum(getattr(line, name) for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the quote as plain values."""
        reason = {"code": "currency_not_payable", "detail": f"Invoices in {self.currency} can't be paid online."}
        return {
            "currency": self.currency,
            "amount": self.amount,
            **{name: self.total(name) for name in ("credited", "deposit_applied", "discounted")},
            "overpayment": self.overpayment,
            "invoices": [_line_as_dict(line) for line in self.lines],
            "more_payable": self.more_payable,
            "credits": self._credits(),
            "can_be_paid": self.can_be_paid,
            "problem": None if self.can_be_paid else reason,
            "payment_method_types": list(self.kinds),
            "quote_version": self.version,
        }

    def _credits(self) -> list[dict[str, Any]]:
        used = Counter[UUID]()
        for use in self.uses:
            used[use.credit.id] += use.amount
        return [
            {
                "type": credit.kind,
                "id": str(credit.id),
                "number": credit.number,
                "dated_on": credit.dated_on.isoformat(),
                "available": credit.available,
                "amount": used[credit.id],
            }
            for credit in self.available
        ]


def quote(
    wanted: PaymentQuoteCreate,
    invoices: Mapping[UUID, Payable],
    available: Sequence[AvailableCredit],
    kinds: tuple[MethodKind, ...],
    today: date,
) -> Quote:
    """Return the figures of today; `invoices` are those of the choice, `kinds` those that can pay in the currency.

    `available` are the credit memos and deposits with something left, among them all that were chosen.
    Raise the errors of `choose` and `use_credits`.
    """
    chosen = choose(wanted.currency, wanted.pay, invoices, today)
    in_order = sorted(chosen.parts, key=lambda part: by_due_date(part.invoice))
    uses = use_credits(wanted.credits, available, [(part.invoice.id, part.price) for part in in_order])
    sums = Counter[tuple[UUID, CreditKind]]()
    for use in uses:
        sums[use.invoice_id, use.credit.kind] += use.amount
    return Quote(
        currency=wanted.currency,
        lines=tuple(_line(part, sums) for part in chosen.parts),
        more_payable=chosen.leaves_out,
        available=tuple(sorted(available, key=by_age)),
        uses=tuple(uses),
        overpayment=wanted.overpayment or 0,
        kinds=kinds,
    )


def _line(part: ChosenInvoice, sums: Mapping[tuple[UUID, CreditKind], int]) -> QuoteLine:
    invoice = part.invoice
    credited, deposited = (sums[invoice.id, kind] for kind in (CreditKind.CREDIT_MEMO, CreditKind.DEPOSIT))
    return QuoteLine(
        invoice_id=invoice.id,
        number=invoice.number,
        amount_due=invoice.amount_due,
        payable=invoice.payable,
        amount=part.price - credited - deposited,
        credited=credited,
        deposit_applied=deposited,
        discounted=part.discount,
    )


def _line_as_dict(line: QuoteLine) -> dict[str, Any]:
    return {
        "invoice_id": str(line.invoice_id),
        "number": line.number,
        "amount_due": line.amount_due,
        "payable": line.payable,
        "amount": line.amount,
        "credited": line.credited,
        "deposit_applied": line.deposit_applied,
        "discounted": line.discounted,
    }
