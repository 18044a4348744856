"""The journal of each document: one function for each kind.

Debits are positive. The customer's balance is receivable + customer_credit; every posting sums to zero.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing_api.ledger.values import EntryKind


@dataclass(frozen=True, slots=True)
class Document:
    """A document to be posted: its id, its number, its currency, and the date that counts."""

    id: UUID
    number: str
    currency: str
    effective_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One journal: the document's own amount, and the change of each ledger account, in minor units."""

    kind: EntryKind
    currency: str
    effective_on: date
    document_id: UUID
    number: str
    amount: int
    invoice_id: UUID | None = None
    receivable: int = 0
    customer_credit: int = 0
    revenue: int = 0
    tax: int = 0
    cash_clearing: int = 0
    discounts: int = 0
    write_offs: int = 0

    @property
    def total(self) -> int:
        """The sum of all lines, which must be zero."""
        return (
            self.receivable
            + self.customer_credit
            + self.revenue
            + self.tax
            + self.cash_clearing
            + self.discounts
            + self.write_offs
        )

    @property
    def balance_effect(self) -> int:
        """The change of the amount that the customer owes."""
        return self.receivable + self.customer_credit


def _posting(
    kind: EntryKind, document: Document, amount: int, *, invoice_id: UUID | None = None, **lines: int
) -> Posting:
    return Posting(
        kind=kind,
        currency=document.currency,
        effective_on=document.effective_on,
        document_id=document.id,
        number=document.number,
        amount=amount,
        invoice_id=invoice_id,
        **lines,
    )


def invoice(document: Document, *, net: int, tax: int, is_fee: bool = False) -> Posting:
    """Return the journal of an invoice, or of a fee such as that of a returned payment."""
    kind = EntryKind.FEE if is_fee else EntryKind.INVOICE
    return _posting(kind, document, net + tax, invoice_id=document.id, receivable=net + tax, revenue=-net, tax=-tax)


def void(document: Document, *, net: int, tax: int) -> Posting:
    """Return the journal that undoes an invoice without applications, dated by its own day."""
    return _posting(
        EntryKind.VOID, document, net + tax, invoice_id=document.id, receivable=-(net + tax), revenue=net, tax=tax
    )


def repayment(document: Document, *, amount: int) -> Posting:
    """Return the journal of a refund that its payment does not cover: the customer owes it on this invoice."""
    return _posting(
        EntryKind.REPAYMENT, document, amount, invoice_id=document.id, receivable=amount, cash_clearing=-amount
    )


def void_repayment(document: Document, *, amount: int) -> Posting:
    """Return the journal that undoes a repayment: the refund's money has come back."""
    return _posting(EntryKind.VOID, document, amount, invoice_id=document.id, receivable=-amount, cash_clearing=amount)


def credit_memo(document: Document, *, net: int, tax: int) -> Posting:
    """Return the journal of a credit that the vendor grants, with the tax that it gives back."""
    return _posting(EntryKind.CREDIT_MEMO, document, net + tax, customer_credit=-(net + tax), revenue=net, tax=tax)


def deposit(document: Document, *, amount: int) -> Posting:
    """Return the journal of money received ahead of any invoice."""
    return _posting(EntryKind.DEPOSIT, document, amount, customer_credit=-amount, cash_clearing=amount)


def payment(document: Document, *, allocated: int, unallocated: int = 0) -> Posting:
    """Return the journal of money received for invoices; the unallocated part stays the customer's credit."""
    return _received(EntryKind.PAYMENT, document, allocated, unallocated)


def credit_application(document: Document, *, invoice_id: UUID, amount: int) -> Posting:
    """Return the journal of a part of a credit memo, used for an invoice; the document is the credit memo."""
    return _application(EntryKind.CREDIT_APPLICATION, document, invoice_id, amount)


def deposit_application(document: Document, *, invoice_id: UUID, amount: int) -> Posting:
    """Return the journal of a part of a deposit or payment, the document, used for an invoice."""
    return _application(EntryKind.DEPOSIT_APPLICATION, document, invoice_id, amount)


def discount(document: Document, *, invoice_id: UUID, amount: int) -> Posting:
    """Return the journal of a discount for paying early; the document is the payment."""
    return _posting(EntryKind.DISCOUNT, document, amount, invoice_id=invoice_id, receivable=-amount, discounts=amount)


def payment_application(document: Document, *, invoice_id: UUID, amount: int) -> Posting:
    """Return the journal of unapplied money of a payment, used for an invoice; the document is the payment."""
    return _application(EntryKind.PAYMENT_APPLICATION, document, invoice_id, amount)


def payment_application_reversal(document: Document, *, invoice_id: UUID, amount: int) -> Posting:
    """Return the journal that takes a payment's money from an invoice, and keeps it as the customer's credit."""
    return _application_reversal(EntryKind.PAYMENT_APPLICATION_REVERSAL, document, invoice_id, amount)


def credit_application_reversal(document: Document, *, invoice_id: UUID, amount: int) -> Posting:
    """Return the journal that undoes the use of a credit memo for an invoice; the document is the credit memo."""
    return _application_reversal(EntryKind.CREDIT_APPLICATION_REVERSAL, document, invoice_id, amount)


def deposit_application_reversal(document: Document, *, invoice_id: UUID, amount: int) -> Posting:
    """Return the journal that undoes the use of a deposit for an invoice; the document is the deposit."""
    return _application_reversal(EntryKind.DEPOSIT_APPLICATION_REVERSAL, document, invoice_id, amount)


def write_off(document: Document, *, invoice_id: UUID, amount: int) -> Posting:
    """Return the journal of an amount that the vendor gives up."""
    return _posting(EntryKind.WRITE_OFF, document, amount, invoice_id=invoice_id, receivable=-amount, write_offs=amount)


def write_off_reversal(document: Document, *, invoice_id: UUID, amount: int) -> Posting:
    """Return the journal that makes a written-off amount due again; the document is the write-off."""
    return _posting(
        EntryKind.WRITE_OFF_REVERSAL, document, amount, invoice_id=invoice_id, receivable=amount, write_offs=-amount
    )


def payment_refund(document: Document, *, reopened: int = 0, unapplied: int = 0) -> Posting:
    """Return the journal of a refund: `reopened` is owed again on the invoices, `unapplied` comes off the credit."""
    amount = reopened + unapplied
    return _posting(
        EntryKind.REFUND, document, amount, receivable=reopened, customer_credit=unapplied, cash_clearing=-amount
    )


def credit_refund(document: Document, *, amount: int) -> Posting:
    """Return the journal of an unapplied credit memo that is paid out."""
    return _posting(EntryKind.CREDIT_REFUND, document, amount, customer_credit=amount, cash_clearing=-amount)


def deposit_refund(document: Document, *, amount: int) -> Posting:
    """Return the journal of an unapplied deposit that is paid out."""
    return _posting(EntryKind.DEPOSIT_REFUND, document, amount, customer_credit=amount, cash_clearing=-amount)


def refund_failed(document: Document, *, reopened: int = 0, unapplied: int = 0) -> Posting:
    """Return the journal of a refund that did not reach the customer: the lines of `payment_refund` reversed."""
    return _received(EntryKind.REFUND_FAILED, document, reopened, unapplied)


def payment_return(document: Document, *, allocated: int, unallocated: int = 0, discounted: int = 0) -> Posting:
    """Return the journal of a payment that the bank took back: its lines and its discount's, reversed."""
    return _undone(EntryKind.RETURN, document, allocated, unallocated, discounted)


def chargeback(document: Document, *, allocated: int, unallocated: int = 0, discounted: int = 0) -> Posting:
    """Return the journal of a payment that the cardholder contested: that of a return."""
    return _undone(EntryKind.CHARGEBACK, document, allocated, unallocated, discounted)


def chargeback_won(document: Document, *, allocated: int = 0, unallocated: int = 0) -> Posting:
    """Return the journal of contested money that came back: the payment's lines again."""
    return _received(EntryKind.CHARGEBACK_WON, document, allocated, unallocated)


def _received(kind: EntryKind, document: Document, allocated: int, unallocated: int) -> Posting:
    amount = allocated + unallocated
    return _posting(kind, document, amount, receivable=-allocated, customer_credit=-unallocated, cash_clearing=amount)


def _application(kind: EntryKind, document: Document, invoice_id: UUID, amount: int) -> Posting:
    return _posting(kind, document, amount, invoice_id=invoice_id, receivable=-amount, customer_credit=amount)


def _application_reversal(kind: EntryKind, document: Document, invoice_id: UUID, amount: int) -> Posting:
    return _posting(kind, document, amount, invoice_id=invoice_id, receivable=amount, customer_credit=-amount)


def _undone(kind: EntryKind, document: Document, allocated: int, unallocated: int, discounted: int) -> Posting:
    amount = allocated + unallocated
    return _posting(
        kind,
        document,
        amount,
        receivable=allocated + discounted,
        customer_credit=unallocated,
        cash_clearing=-amount,
        discounts=-discounted,
    )
