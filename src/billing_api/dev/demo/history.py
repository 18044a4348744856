"""The demo account's three years, day by day: documents that come in, payments through the gateway, voids."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from billing_api.dev.demo.documents import (
    abroad,
    account_line,
    credits_and_deposits,
    invoice_id,
    invoice_line,
    received,
    total,
)
from billing_api.dev.demo.methods import AMEX, CHECKING, VISA, Method, demo_methods

_EVERY_DAYS = 4
INVOICES = 270
_ONLINE = range(1, 135)  # the places of the invoices that came after the methods were stored
_YEARS = _EVERY_DAYS * INVOICES

# The places of invoices that are not simply paid, counted back from the newest; an invoice is 4 days older than the
# one before it, so 0 to 7 are not due yet, and from 8, 15, 23 and 30 on the next part of the ageing begins.
_OPEN = {0, 1, 2, 4, 5, 7, 9, 12, 16, 25, 33, 61}
_PARTLY = {13: 20_000, 20: 5_000, 62: 10_000}  # and the minor units that came by check
_VOID = {40, 101, 180}
_PROCESSING = {6, 8}
_RETURNED, _DECLINED = 18, 19
_SETTLING_DAYS = 3

# The sandbox declines amounts by themselves between these.
_ODD_AMOUNTS = range(200_000, 500_200)
_DECLINED_AMOUNT = 200_100


@dataclass(frozen=True, slots=True)
class Imported:
    """A line of the back office."""

    line: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Voided:
    """An invoice is voided."""

    invoice: str


@dataclass(frozen=True, slots=True)
class Paid:
    """An invoice is paid through the gateway, with the bank's decision: a debit takes days."""

    invoice: str
    method: str
    amount: int
    fate: Literal["succeeds", "settles", "stays processing", "is returned", "is declined"]


@dataclass(frozen=True, slots=True)
class Ended:
    """The bank's news of a debit."""

    paid: Paid


Step = Imported | Voided | Paid | Ended | Method


def demo_history(today: date) -> list[tuple[date, Step]]:
    """Return the steps by day; those of one day in the order in which they build on each other."""
    steps: list[tuple[date, Step]] = [(today - timedelta(days=_YEARS), Imported(account_line()))]
    steps += [(method.stored_on, method) for method in demo_methods(today)]
    for place in reversed(range(INVOICES)):
        steps += _invoice(place, today)
    steps += [(on, Imported(line)) for on, line in abroad(today)]
    steps += [(on, Imported(line)) for on, line in credits_and_deposits(today)]
    return sorted(steps, key=lambda step: step[0])


def _invoice(place: int, today: date) -> Iterator[tuple[date, Step]]:
    issued_on = today - timedelta(days=_EVERY_DAYS * place + 1)
    number = 1000 + INVOICES - 1 - place
    line = invoice_line(place, number, issued_on)
    yield issued_on, Imported(line)
    paid_on = min(issued_on + timedelta(days=6 + number % 37), today - timedelta(days=1))
    if place in _VOID:
        yield issued_on + timedelta(days=2), Voided(invoice_id(place))
    elif place in _PARTLY:
        yield paid_on, Imported(received(line, f"demo-part-{number}", paid_on, amount=_PARTLY[place], method="check"))
    elif place in _PROCESSING:
        yield today, Paid(invoice_id(place), CHECKING, total(line), "stays processing")
    elif place == _RETURNED:
        yield from _debited(paid_on, Paid(invoice_id(place), CHECKING, total(line), "is returned"))
    elif place == _DECLINED:
        yield paid_on, Paid(invoice_id(place), VISA, _DECLINED_AMOUNT, "is declined")
    elif place not in _OPEN:
        yield from _paid(place, number, line, paid_on)


def _paid(place: int, number: int, line: dict[str, Any], paid_on: date) -> Iterator[tuple[date, Step]]:
    amount = total(line)
    is_online = place in _ONLINE and amount not in _ODD_AMOUNTS
    if is_online and number % 10 in {1, 5, 8}:
        method = AMEX if number % 10 == 5 else VISA
        yield paid_on, Paid(invoice_id(place), method, amount, "succeeds")
    elif is_online and number % 10 == 3 and place > _RETURNED:
        yield from _debited(paid_on, Paid(invoice_id(place), CHECKING, amount, "settles"))
    else:
        method = "check" if number % 3 else "wire"
        yield paid_on, Imported(received(line, f"demo-payment-{number}", paid_on, amount=amount, method=method))


def _debited(paid_on: date, paid: Paid) -> Iterator[tuple[date, Step]]:
    yield paid_on, paid
    yield paid_on + timedelta(days=_SETTLING_DAYS), Ended(paid)
