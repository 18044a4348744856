"""The invoices of a payment, and the amount that each is to get: pure arithmetic over payable amounts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing_api.invoices.applying import require_currency, require_room
from billing_api.invoices.discounts import early_discount
from billing_api.invoices.values import Payable
from billing_api.payments.errors import AmountExceedsPayableError, InvoiceNotPayableError, NothingPayableError
from billing_api.payments.quote_schemas import MOST_INVOICES, PayAmount, PayInvoices, PaymentChoice, PaymentInvoice


@dataclass(frozen=True, slots=True)
class ChosenInvoice:
    """An invoice, the amount that is to be paid on it, and the discount that settles the rest, in minor units."""

    invoice: Payable
    price: int
    discount: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The parts, and whether payable invoices were left out because they were too many."""

    parts: tuple[ChosenInvoice, ...]
    leaves_out: bool = False


def named_ids(choice: PaymentChoice) -> list[UUID] | None:
    """Return the ids of the invoices that a choice names; None for one that takes the payable ones by due date."""
    return [item.invoice_id for item in choice.invoices] if isinstance(choice, PayInvoices) else None


def choose(currency: str, choice: PaymentChoice, invoices: Mapping[UUID, Payable], today: date) -> Chosen:
    """Return the parts; `invoices` are those that the choice names, or the payable ones.

    `today` decides on early-payment discounts. Of payable ones there is one more than a payment pays, where there are
    so many.
    Raise OtherCurrencyError, InvoiceNotPayableError, AmountExceedsDueError, NothingPayableError,
    AmountExceedsPayableError.
    """
    if isinstance(choice, PayInvoices):
        return Chosen(tuple(_named(item, invoices[item.invoice_id], currency, today) for item in choice.invoices))
    payable = sorted((one for one in invoices.values() if uncontested(one)), key=by_due_date)
    if not payable:
        raise NothingPayableError(currency)
    leaves_out, payable = len(payable) > MOST_INVOICES, payable[:MOST_INVOICES]
    most = choice.amount if isinstance(choice, PayAmount) else None
    return Chosen(tuple(_spread(payable, most, today, leaves_out=leaves_out)), leaves_out)


def by_due_date(invoice: Payable) -> tuple[date, date, UUID]:
    """Return the key of the order in which invoices are paid: by due date, then by date of issue, then by id."""
    return invoice.due_on, invoice.issued_on, invoice.id


def uncontested(invoice: Payable) -> int:
    """Return the payable amount less the part that the customer contests, which is paid only by name."""
    return max(0, invoice.payable - min(invoice.contested or 0, invoice.amount_due))


def _named(wanted: PaymentInvoice, invoice: Payable, currency: str, today: date) -> ChosenInvoice:
    require_currency(invoice, currency)
    if invoice.payable == 0:
        raise InvoiceNotPayableError(wanted.invoice_id, invoice.number, invoice.amount_pending)
    if wanted.amount is not None:
        require_room(invoice, wanted.amount)
    return _part(invoice, invoice.payable, wanted.amount, today)


def _part(invoice: Payable, room: int, most: int | None, today: date) -> ChosenInvoice:
    """Return the part of an invoice that takes `room`, for `most` at most; None is enough for all of it.

    The discount is given when the part settles the invoice: nothing of it is under way elsewhere, or contested.
    """
    discount = early_discount(invoice, today) if room == invoice.amount_due else 0
    full = room - discount
    return ChosenInvoice(invoice, full, discount) if most is None or most >= full else ChosenInvoice(invoice, most, 0)


def _spread(payable: Sequence[Payable], most: int | None, today: date, *, leaves_out: bool) -> Iterable[ChosenInvoice]:
    """Yield the parts until `most` is used up; None is enough for all of them. Raise AmountExceedsPayableError."""
    left = most
    for invoice in payable:
        if left == 0:
            return
        part = _part(invoice, uncontested(invoice), left, today)
        yield part
        left = None if left is None else left - part.price
    if most is not None and left:
        raise AmountExceedsPayableError(amount=most, payable=most - left, leaves_out=leaves_out)
