"""The choice of a scheduled payment on its day: the part of it that can still be paid. Pure arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing_api.invoices.values import Payable
from billing_api.payments.choosing import by_due_date, choose
from billing_api.payments.credit_schemas import NO_CREDITS, ChosenCredit, ChosenCredits, PaymentCredits
from billing_api.payments.errors import NothingPayableError
from billing_api.payments.quote_schemas import (
    PayAmount,
    PayEverythingDue,
    PayInvoices,
    PaymentChoice,
    PaymentInvoice,
    PaymentQuoteCreate,
)
from billing_api.payments.schedule_schemas import LeftOutReason
from billing_api.payments.values import AvailableCredit


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An invoice of the choice that is not paid, and why."""

    invoice_id: UUID
    invoice_number: str
    reason: LeftOutReason


@dataclass(frozen=True, slots=True)
class Rechosen:
    """The choice that can be paid, None where nothing of it can, and the invoices that it leaves out."""

    wanted: PaymentQuoteCreate | None
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of an automatic payment: it leaves contested invoices alone, and comes to no more than `most`."""

    most: int | None


def rechoose(
    wanted: PaymentQuoteCreate,
    invoices: Mapping[UUID, Payable],
    available: Sequence[AvailableCredit],
    today: date,
    bounds: Bounds | None = None,
) -> Rechosen:
    """Return the choice without all that can't be paid any more, so that `quote` raises nothing.

    Reduce an amount that exceeds what is payable; never move the rest to another invoice. `bounds` are those of an
    automatic payment: an overpayment takes its part of the limit first, and a customer who has changed the choice to
    `spread` or `everything_due` pays no more than the limit.
    """
    if bounds is not None and bounds.most is not None:
        bounds = Bounds(bounds.most - (wanted.overpayment or 0))
    if isinstance(wanted.pay, PayInvoices):
        items, left_out = _named(wanted.pay.invoices, wanted.currency, invoices, today, bounds)
        pay: PaymentChoice | None = PayInvoices(type="named", invoices=items) if items else None
    else:
        most = None if bounds is None else bounds.most
        pay, left_out = _payable(wanted.pay, wanted.currency, invoices, today, most), []
    if pay is None:
        return Rechosen(None, tuple(left_out))
    changed = {"pay": pay, "credits": _credits(wanted.credits, available)}
    return Rechosen(wanted.model_copy(update=changed), tuple(left_out))


def _named(
    items: Sequence[PaymentInvoice],
    currency: str,
    invoices: Mapping[UUID, Payable],
    today: date,
    bounds: Bounds | None,
) -> tuple[list[PaymentInvoice], list[LeftOut]]:
    """Return the invoices that are paid, in the request's order; those that are due first have the limit first."""
    kept, left_out = set[UUID](), list[LeftOut]()
    left = None if bounds is None else bounds.most
    clipped = {item.invoice_id: _clipped(item, invoices[item.invoice_id]) for item in items}
    for invoice in sorted((invoices[invoice_id] for invoice_id in clipped), key=by_due_date):
        reason: LeftOutReason | None = None
        if invoice.payable <= 0:
            reason = "not_payable"
        elif bounds is not None and invoice.contested is not None:
            reason = "contested"
        elif left is not None:
            price = _price(PayInvoices(type="named", invoices=[clipped[invoice.id]]), currency, invoices, today)
            if price > left:
                reason = "above_limit"
            else:
                left -= price
        if reason is None:
            kept.add(invoice.id)
        else:
            left_out.append(LeftOut(invoice.id, invoice.number, reason))
    return [one for one in clipped.values() if one.invoice_id in kept], left_out


def _clipped(item: PaymentInvoice, invoice: Payable) -> PaymentInvoice:
    if item.amount is None or item.amount <= invoice.payable:
        return item
    return item.model_copy(update={"amount": None})


def _payable(
    pay: PayAmount | PayEverythingDue,
    currency: str,
    invoices: Mapping[UUID, Payable],
    today: date,
    most: int | None,
) -> PaymentChoice | None:
    everything = PayEverythingDue(type="everything_due")
    try:
        price = _price(everything, currency, invoices, today)
    except NothingPayableError:
        return None
    wanted = min([price, *([pay.amount] if isinstance(pay, PayAmount) else []), *([] if most is None else [most])])
    if wanted <= 0:
        return None
    return PayAmount(type="spread", amount=wanted) if wanted < price else everything


def _price(pay: PaymentChoice, currency: str, invoices: Mapping[UUID, Payable], today: date) -> int:
    return sum(part.price for part in choose(currency, pay, invoices, today).parts)


def _credits(choice: PaymentCredits, available: Sequence[AvailableCredit]) -> PaymentCredits:
    """Return the choice of credits as far as they are left."""
    if not isinstance(choice, ChosenCredits):
        return choice
    left = {credit.id: credit.available for credit in available}
    kept = [
        one if one.amount is None or one.amount <= left[one.id] else ChosenCredit(id=one.id, amount=left[one.id])
        for one in choice.credits
        if left.get(one.id, 0) > 0
    ]
    return ChosenCredits(type="chosen", credits=kept) if kept else NO_CREDITS
