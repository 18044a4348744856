"""The invoices of a payment, and the amount that each is to get: pure arithmetic over payable amounts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing_api.invoices.applying import require_currency, require_room
from billing_api.invoices.values import Payable
from billing_api.payments.errors import AmountExceedsPayableError, InvoiceNotPayableError, NothingPayableError
from billing_api.payments.quote_schemas import MOST_INVOICES, PayAmount, PayInvoices, PaymentChoice, PaymentInvoice


@dataclass(frozen=True, slots=True)
class Part:
    """An invoice, and the amount that is to be paid on it, in minor units."""

    invoice: Payable
    price: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The parts, and whether payable invoices were left out because they were too many."""

    parts: tuple[Part, ...]
    leaves_out: bool = False


def named_ids(choice: PaymentChoice) -> list[UUID] | None:
    """Return the ids of the invoices that a choice names; None for one that takes the payable ones by due date."""
    return [item.invoice_id for item in choice.invoices] if isinstance(choice, PayInvoices) else None


def choose(currency: str, choice: PaymentChoice, invoices: Mapping[UUID, Payable]) -> Chosen:
    """Return the parts; `invoices` are those that the choice names, or the payable ones.

    Of payable ones there is one more than a payment pays, where there are so many.
    Raise OtherCurrencyError, InvoiceNotPayableError, AmountExceedsDueError, NothingPayableError,
    AmountExceedsPayableError.
    """
    if isinstance(choice, PayInvoices):
        return Chosen(tuple(_named(item, invoices[item.invoice_id], currency) for item in choice.invoices))
    payable = sorted((one for one in invoices.values() if uncontested(one)), key=by_due_date)
    if not payable:
        raise NothingPayableError(currency)
    leaves_out, payable = len(payable) > MOST_INVOICES, payable[:MOST_INVOICES]
    most = choice.amount if isinstance(choice, PayAmount) else None
    return Chosen(tuple(_spread(payable, most, leaves_out=leaves_out)), leaves_out)


def by_due_date(invoice: Payable) -> tuple[date, date, UUID]:
    """Return the key of the order in which invoices are paid: by due date, then by date of issue, then by id."""
    return invoice.due_on, invoice.issued_on, invoice.id


def uncontested(invoice: Payable) -> int:
    """Return the payable amount less the part that the customer contests, which is paid only by name."""
    return max(0, invoice.payable - min(invoice.contested or 0, invoice.amount_due))


def _named(wanted: PaymentInvoice, invoice: Payable, currency: str) -> Part:
    require_currency(invoice, currency)
    if invoice.payable == 0:
        raise InvoiceNotPayableError(wanted.invoice_id, invoice.number, invoice.amount_pending)
    amount = invoice.payable if wanted.amount is None else wanted.amount
    require_room(invoice, amount)
    return Part(invoice, amount)


def _spread(payable: Sequence[Payable], most: int | None, *, leaves_out: bool) -> Iterable[Part]:
    """Yield the parts until `most` is used up; None is enough for all of them. Raise AmountExceedsPayableError."""
    left = most
    for invoice in payable:
        if left == 0:
            return
        price = uncontested(invoice) if left is None else min(left, uncontested(invoice))
        yield Part(invoice, price)
        left = None if left is None else left - price
    if most is not None and left:
        raise AmountExceedsPayableError(amount=most, payable=most - left, leaves_out=leaves_out)
