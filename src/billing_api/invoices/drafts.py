"""An invoice as the back office sends it, turned into rows: totals, due date and discount terms are worked out."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from billing_api.accounts.schemas import Terms
from billing_api.invoices.repository import InvoiceRows
from billing_api.invoices.schemas import InvoiceCreate, InvoiceLineCreate, TaxCreate
from billing_api.kit.ids import new_id
from billing_api.ledger.postings import Document

_NOTHING_YET = ("paid", "credited", "deposit_applied", "discounted", "written_off", "voided", "amount_pending")


def draft(account_id: UUID, invoice_id: UUID, new: InvoiceCreate, terms: Terms, now: datetime) -> InvoiceRows:
    """Make the rows; what the invoice does not say about its terms is the account's."""
    return InvoiceRows(
        invoice=_row(account_id, invoice_id, new, terms) | {"created_at": now, "updated_at": now, "version": 1},
        lines=_parts(account_id, invoice_id, new.lines),
        taxes=_parts(account_id, invoice_id, new.taxes),
    )


def _row(account_id: UUID, invoice_id: UUID, new: InvoiceCreate, terms: Terms) -> dict[str, Any]:
    total = new.net + new.tax
    closed_on = None if total else new.issued_on
    return {
        "account_id": account_id,
        "id": invoice_id,
        "kind": new.kind,
        "number": new.number,
        "po_number": new.po_number,
        "external_id": new.external_id,
        "status": "open" if total else "paid",
        "currency": new.currency,
        "issued_on": new.issued_on,
        "due_on": new.due_on or new.issued_on + timedelta(days=terms.net_days),
        "closed_on": closed_on,
        "memo": new.memo,
        "net": new.net,
        "tax": new.tax,
        "total": total,
        "amount_due": total,
        **dict.fromkeys(_NOTHING_YET, 0),
        **_discount(new, terms),
    }


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


def document_of(row: Mapping[str, Any]) -> Document:
    """An invoice as the books know it."""
    return Document(id=row["id"], number=row["number"], currency=row["currency"], effective_on=row["issued_on"])


def told_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """An invoice as the change feed tells of it."""
    told = {name: row[name] for name in ("number", "external_id", "kind", "currency", "net", "tax", "total")}
    return told | {"issued_on": row["issued_on"].isoformat(), "due_on": row["due_on"].isoformat()}


def _parts(
    account_id: UUID, invoice_id: UUID, parts: Sequence[InvoiceLineCreate] | Sequence[TaxCreate]
) -> list[dict[str, Any]]:
    return [
        {"account_id": account_id, "id": new_id(), "invoice_id": invoice_id, "position": position, **part.model_dump()}
        for position, part in enumerate(parts, 1)
    ]
