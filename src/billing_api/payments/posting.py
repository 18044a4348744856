"""The journals of a payment and the amounts that its invoices get: pure functions, without SQL."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from billing_api.invoices.applying import Application, ApplicationKind
from billing_api.invoices.locked import LockedInvoices
from billing_api.ledger import postings
from billing_api.ledger.postings import Document, Posting
from billing_api.payments.fields import CreditKind
from billing_api.payments.model import Allocation, Payment, PaymentDetail, UsedCredit


def application(payment: Payment, part: Allocation, effective_on: date) -> Application:
    """Return the money that one invoice gets, as it is applied."""
    return _application(payment, part.invoice_id, ApplicationKind.PAYMENT, effective_on, part.amount)


def posting_of(payment: Payment, effective_on: date) -> Posting:
    """Return the journal of the money, apart from what becomes a deposit."""
    kept = payment.amount - payment.overpaid
    return postings.payment(
        _document(payment, effective_on), allocated=kept - payment.unapplied, unallocated=payment.unapplied
    )


def applications_of(payment: PaymentDetail, invoices: LockedInvoices, effective_on: date) -> Iterator[Application]:
    """Yield all that the invoices get: money, discounts and credits; `invoices` has each of them."""
    for part in payment.allocations:
        if part.amount:
            yield application(payment, part, effective_on)
        if part.discounted:
            yield _application(payment, part.invoice_id, ApplicationKind.DISCOUNT, effective_on, part.discounted)
    for used in payment.credits:
        yield Application(
            invoice_id=used.invoice_id,
            kind=ApplicationKind.CREDIT if used.kind is CreditKind.CREDIT_MEMO else ApplicationKind.DEPOSIT,
            source_id=used.id,
            source_number=used.number,
            effective_on=_day_of(used, invoices, effective_on),
            amount=used.amount,
        )


def postings_of(payment: PaymentDetail, invoices: LockedInvoices, effective_on: date) -> Iterator[Posting]:
    """Yield the journals: of the money, if there is any, then of discounts, then of credits."""
    if payment.amount > payment.overpaid:
        yield posting_of(payment, effective_on)
    document = _document(payment, effective_on)
    for part in payment.allocations:
        if part.discounted:
            yield postings.discount(document, invoice_id=part.invoice_id, amount=part.discounted)
    for used in payment.credits:
        is_memo = used.kind is CreditKind.CREDIT_MEMO
        posting = postings.credit_application if is_memo else postings.deposit_application
        of = Document(used.id, used.number, payment.currency, _day_of(used, invoices, effective_on))
        yield posting(of, invoice_id=used.invoice_id, amount=used.amount)


def _day_of(used: UsedCredit, invoices: LockedInvoices, effective_on: date) -> date:
    """Return the day of a use: never before that of the document, or of the invoice."""
    return max(effective_on, used.dated_on, invoices[used.invoice_id].issued_on)


def _document(payment: Payment, effective_on: date) -> Document:
    return Document(payment.id, payment.number, payment.currency, effective_on)


def _application(
    payment: Payment, invoice_id: UUID, kind: ApplicationKind, effective_on: date, amount: int
) -> Application:
    return Application(
        invoice_id=invoice_id,
        kind=kind,
        source_id=payment.id,
        source_number=payment.number,
        effective_on=effective_on,
        amount=amount,
    )
