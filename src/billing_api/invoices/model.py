"""The invoices' tables: documents, their lines and taxes, and everything that was applied to them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import TenantRow, account_key, tenant_key
from billing_api.db.natural_order import NATURAL_NUMBER

_OPEN = text("status = 'open'")


class Invoice(TenantRow):
    """A posted invoice. Lines never change; the sums below the total follow what is applied."""

    __tablename__ = "invoices"
    __table_args__ = (
        account_key(),
        UniqueConstraint("account_id", "number"),
        CheckConstraint("kind IN ('invoice', 'fee')", name="kind"),
        CheckConstraint("status IN ('open', 'paid', 'void')", name="status"),
        CheckConstraint("total = net + tax AND total >= 0 AND net >= 0", name="total"),
        CheckConstraint(
            "total = paid + credited + deposit_applied + discounted + written_off + voided + amount_due", name="applied"
        ),
        CheckConstraint("0 <= amount_pending AND amount_pending <= amount_due", name="pending"),
        CheckConstraint("(status = 'open') = (closed_on IS NULL)", name="closed"),
        Index(None, "account_id", "issued_on", "id"),
        Index(None, "account_id", "status", "issued_on", "id"),
        Index(None, "account_id", "due_on", "id"),
        Index(None, "account_id", "status", "due_on", "id"),
        Index(None, "account_id", "total", "id"),
        Index(None, "account_id", "amount_due", "id"),
        Index("ix_invoices_natural_number", "account_id", text(NATURAL_NUMBER), "id"),
        Index(
            "ix_invoices_account_id_closed_on",
            "account_id",
            "closed_on",
            "id",
            postgresql_where=text("status = 'paid'"),
        ),
        Index(
            "ix_invoices_open_by_amount_due",
            "account_id",
            "amount_due",
            "id",
            postgresql_where=text("status = 'open'"),
        ),
        Index(
            "ix_invoices_open_by_due_date",
            "account_id",
            "currency",
            "due_on",
            postgresql_where=_OPEN,
            postgresql_include=["amount_due", "amount_pending"],
        ),
    )

    kind: Mapped[str]
    number: Mapped[str]
    po_number: Mapped[str | None]
    external_id: Mapped[str | None]
    status: Mapped[str]
    currency: Mapped[str]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    # The latest day of anything applied, or the invoice's own if that is later: what was open on a day is known by it.
    closed_on: Mapped[date | None]
    last_applied_on: Mapped[date | None]
    memo: Mapped[str | None]
    net: Mapped[int]
    tax: Mapped[int]
    total: Mapped[int]
    paid: Mapped[int]
    credited: Mapped[int]
    deposit_applied: Mapped[int]
    discounted: Mapped[int]
    written_off: Mapped[int]
    voided: Mapped[int]
    amount_due: Mapped[int]
    amount_pending: Mapped[int]
    discount_basis_points: Mapped[int]
    discount_until: Mapped[date | None]
    discount_includes_tax: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]


class InvoiceLine(TenantRow):
    """One line: what was sold. `amount` is what counts; quantity and unit amount explain it."""

    __tablename__ = "invoice_lines"
    __table_args__ = (tenant_key("invoice_id", "invoices"), UniqueConstraint("account_id", "invoice_id", "position"))

    invoice_id: Mapped[UUID]
    position: Mapped[int]
    description: Mapped[str]
    quantity: Mapped[object] = mapped_column(Numeric(20, 6))
    unit_amount: Mapped[int | None]
    amount: Mapped[int]


class InvoiceTax(TenantRow):
    """One tax of an invoice, as the back office worked it out."""

    __tablename__ = "invoice_taxes"
    __table_args__ = (tenant_key("invoice_id", "invoices"), UniqueConstraint("account_id", "invoice_id", "position"))

    invoice_id: Mapped[UUID]
    position: Mapped[int]
    name: Mapped[str]
    rate: Mapped[object | None] = mapped_column(Numeric(9, 6))  # percent
    amount: Mapped[int]


class InvoiceApplication(TenantRow):
    """Something that lowered what is due (or, negative, raised it again): a payment, credit, discount …"""

    __tablename__ = "invoice_applications"
    __table_args__ = (
        tenant_key("invoice_id", "invoices"),
        CheckConstraint("amount <> 0", name="amount"),
        Index(None, "account_id", "invoice_id", "effective_on", "id"),
        Index(None, "account_id", "source_id"),
    )

    invoice_id: Mapped[UUID]
    kind: Mapped[str]
    source_id: Mapped[UUID]
    source_number: Mapped[str]
    effective_on: Mapped[date]
    amount: Mapped[int]
    created_at: Mapped[datetime]
