"""An invoice as the back office sends it, turned into rows: totals, due date and discount terms are worked out."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.accounts.schemas import Terms
from billing_api.invoices.create_schemas import InvoiceCreate
from billing_api.invoices.errors import InvoiceNumberTakenError
from billing_api.invoices.model import Invoice, InvoiceDraft, InvoiceLine, InvoiceTax
from billing_api.kit.ids import new_id
from billing_api.ledger import postings
from billing_api.ledger.documents import DocumentKind
from billing_api.ledger.postings import Document, Posting


def draft(account: LockedAccount, new: InvoiceCreate, now: datetime) -> InvoiceDraft:
    """Return the rows; terms that the invoice does not give are the account's."""
    invoice = _invoice(account, new_id(), new, now)
    return InvoiceDraft(
        invoice,
        [
            InvoiceLine(
                account.id, new_id(), invoice.id, place, line.description, line.quantity, line.unit_amount, line.amount
            )
            for place, line in enumerate(new.lines, 1)
        ],
        [
            InvoiceTax(account.id, new_id(), invoice.id, place, tax.name, tax.rate, tax.amount)
            for place, tax in enumerate(new.taxes, 1)
        ],
    )


def _invoice(account: LockedAccount, invoice_id: UUID, new: InvoiceCreate, now: datetime) -> Invoice:
    net, tax = new.net, new.tax
    total = net + tax
    return Invoice(
        account_id=account.id,
        id=invoice_id,
        kind=new.kind,
        number=new.number,
        po_number=new.po_number,
        external_id=new.external_id,
        status="open" if total else "paid",
        currency=new.currency,
        issued_on=new.issued_on,
        due_on=new.due_on or new.issued_on + timedelta(days=account.terms.net_days),
        closed_on=None if total else new.issued_on,
        last_applied_on=None,
        memo=new.memo,
        net=net,
        tax=tax,
        total=total,
        paid=0,
        credited=0,
        deposit_applied=0,
        discounted=0,
        written_off=0,
        voided=0,
        amount_due=total,
        amount_pending=0,
        contested=None,
        created_at=now,
        updated_at=now,
        version=1,
        **_discount(new, account.terms),
    )


def _discount(new: InvoiceCreate, terms: Terms) -> dict[str, Any]:
    if new.discount is not None:
        given = new.discount
        return _discount_columns(given.basis_points, given.until, includes_tax=given.includes_tax)
    if "discount" in new.model_fields_set or not terms.discount_basis_points:
        return _discount_columns(0, None, includes_tax=terms.discount_includes_tax)
    until = new.issued_on + timedelta(days=terms.discount_days)
    return _discount_columns(terms.discount_basis_points, until, includes_tax=terms.discount_includes_tax)


def _discount_columns(basis_points: int, until: date | None, *, includes_tax: bool) -> dict[str, Any]:
    return {
        "discount_basis_points": basis_points,
        "discount_until": until,
        "discount_includes_tax": includes_tax,
    }


def posting_of(draft: InvoiceDraft) -> Posting:
    """Return the journal of a new invoice."""
    invoice = draft.invoice
    document = Document(invoice.id, invoice.number, invoice.currency, invoice.issued_on)
    if invoice.kind == "repayment":
        return postings.repayment(document, amount=invoice.total)
    return postings.invoice(document, net=invoice.net, tax=invoice.tax, is_fee=invoice.kind == "fee")


def event_payload(draft: InvoiceDraft) -> dict[str, Any]:
    """Return a new invoice as the events show it."""
    invoice = draft.invoice
    return {
        "number": invoice.number,
        "external_id": invoice.external_id,
        "type": invoice.kind,
        "currency": invoice.currency,
        "net": invoice.net,
        "tax": invoice.tax,
        "total": invoice.total,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
    }


INVOICE = DocumentKind(
    name="invoice",
    audited_as="invoice.posted",
    event="invoice.posted",
    posting=posting_of,
    event_payload=event_payload,
    number_taken=InvoiceNumberTakenError,
)
