"""A receivables file, in the columns of IBM's public sample: read, told as lines of an import, and summed by itself.

The sums know nothing of the product: they are what its figures are compared with.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

CURRENCY = "USD"
_AGES = ((30, "days_1_30"), (60, "days_31_60"), (90, "days_61_90"))


@dataclass(frozen=True, slots=True)
class Receivable:
    """One invoice and the day it was settled; the amount is in cents."""

    customer: str
    number: str
    issued_on: date
    due_on: date
    settled_on: date
    amount: int
    is_disputed: bool

    def is_open(self, day: date) -> bool:
        """Whether it was owed at the end of the day."""
        return self.issued_on <= day < self.settled_on

    def age(self, day: date) -> str:
        """How late it was on the day."""
        late = (day - self.due_on).days
        if late <= 0:
            return "current"
        return next((name for days, name in _AGES if late <= days), "days_over_90")


def read(file: Path) -> list[Receivable]:
    """The file's rows; the numbers of invoices are text, whose leading zeros count."""
    with file.open(newline="", encoding="utf-8") as text:
        return [
            Receivable(
                customer=row["customerID"],
                number=row["invoiceNumber"],
                issued_on=_day(row["InvoiceDate"]),
                due_on=_day(row["DueDate"]),
                settled_on=_day(row["SettledDate"]),
                amount=_cents(row["InvoiceAmount"]),
                is_disputed=row["Disputed"] == "Yes",
            )
            for row in csv.DictReader(text)
        ]


def _day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no zone


def _cents(text: str) -> int:
    cents = Decimal(text) * 100
    assert cents == cents.to_integral_value(), text
    return int(cents)


def lines(receivables: Sequence[Receivable]) -> Iterator[bytes]:
    """The file as an import takes it: customers, invoices, and every settlement as an offline payment on its day."""
    for customer in sorted({one.customer for one in receivables}):
        yield _line("account", external_id=customer, name=f"Customer {customer}", currency=CURRENCY)
    for one in receivables:
        yield _line(
            "invoice",
            account=one.customer,
            external_id=one.number,
            number=one.number,
            currency=CURRENCY,
            issued_on=one.issued_on.isoformat(),
            due_on=one.due_on.isoformat(),
            memo="Disputed" if one.is_disputed else None,
            lines=[{"description": "Goods", "amount": one.amount}],
        )
    for one in receivables:
        yield _line(
            "payment",
            account=one.customer,
            external_id=f"settlement-{one.number}",
            method="check",
            currency=CURRENCY,
            amount=one.amount,
            received_on=one.settled_on.isoformat(),
            allocations=[{"invoice": one.number, "amount": one.amount}],
        )


def _line(line_type: str, **fields: Any) -> bytes:
    return json.dumps({"type": line_type} | fields).encode()


def days_of_interest(receivables: Sequence[Receivable]) -> list[date]:
    """Days across the whole range: around both ends, month ends, the days after them, and some in between."""
    first = min(one.issued_on for one in receivables)
    last = max(one.settled_on for one in receivables)
    step = max((last - first) // 7, timedelta(days=1))
    days = {first - timedelta(days=1), first, last - timedelta(days=1), last, last + timedelta(days=400)}
    for n in range(1, 7):
        between = first + n * step
        month_end = between.replace(day=1) - timedelta(days=1)
        days |= {between, month_end, month_end + timedelta(days=1)}
    return sorted(days)


def month_ends(receivables: Sequence[Receivable]) -> list[date]:
    """The last day of each month, from the one before the first invoice to that of the last settlement."""
    day = min(one.issued_on for one in receivables).replace(day=1) - timedelta(days=1)
    last = max(one.settled_on for one in receivables)
    ends = [day]
    while ends[-1] < last:
        ends.append((ends[-1] + timedelta(days=32)).replace(day=1) - timedelta(days=1))
    return ends


def ageing(receivables: Sequence[Receivable], day: date) -> dict[str, int]:
    """What was due at the end of the day, by how late it was."""
    ages = {"current": 0, **{name: 0 for _, name in _AGES}, "days_over_90": 0}
    for one in receivables:
        if one.is_open(day):
            ages[one.age(day)] += one.amount
    return ages


def balance(receivables: Sequence[Receivable], day: date) -> int:
    """What was invoiced up to the day, less what was settled up to it."""
    invoiced = sum(one.amount for one in receivables if one.issued_on <= day)
    return invoiced - sum(one.amount for one in receivables if one.settled_on <= day)
