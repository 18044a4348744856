"""The invoices' tables: documents, their lines and taxes, and everything that was applied to them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    Index,
    Numeric,
    Select,
    Subquery,
    UniqueConstraint,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    text,
    true,
    union_all,
)

from billing_api.db.base import account_key, table, tenant_key
from billing_api.db.natural_order import NATURAL_NUMBER
from billing_api.invoices.fields import InvoiceKind, InvoicePaymentStatus, InvoiceStatus

_OPEN = text("status = 'open'")


@dataclass(frozen=True, slots=True)
class Invoice:
    """A posted invoice. Lines never change; the sums below the total follow the applications."""

    account_id: UUID
    id: UUID
    kind: InvoiceKind
    number: str
    po_number: str | None
    external_id: str | None
    status: InvoiceStatus
    currency: str
    issued_on: date
    due_on: date
    # The latest day of anything applied, or the invoice's own if that is later: it shows which were open on a day.
    closed_on: date | None
    last_applied_on: date | None
    memo: str | None
    net: int
    tax: int
    total: int
    paid: int
    credited: int
    deposit_applied: int
    discounted: int
    written_off: int
    voided: int
    amount_due: int
    amount_pending: int
    contested: int | None  # by the customer, whose objection is open; a later payment may leave less of it due
    discount_basis_points: int
    discount_until: date | None
    discount_includes_tax: bool
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def payable(self) -> int:
        """The amount that is due and not reserved by a payment under way."""
        return self.amount_due - self.amount_pending


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line. `amount` counts; quantity and unit amount explain it."""

    account_id: UUID
    id: UUID
    invoice_id: UUID
    position: int
    description: str
    quantity: Decimal
    unit_amount: int | None
    amount: int


@dataclass(frozen=True, slots=True)
class InvoiceTax:
    """One tax of an invoice, as the back office worked it out."""

    account_id: UUID
    id: UUID
    invoice_id: UUID
    position: int
    name: str
    rate: Decimal | None  # percent
    amount: int


@dataclass(frozen=True, slots=True)
class InvoiceApplication:
    """A part of a payment, credit, discount … that lowered the due amount; a negative one raised it again."""

    account_id: UUID
    id: UUID
    invoice_id: UUID
    kind: str
    source_id: UUID
    source_number: str
    effective_on: date
    amount: int
    reverses_id: UUID | None  # the earlier application that this one undoes
    reason: str | None  # why it undoes that one, or brings one back
    reason_text: str | None  # the vendor's words for that, or for a void
    created_at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceDetail(Invoice):
    """An invoice with its lines, taxes and applications."""

    payment_status: InvoicePaymentStatus
    overdue: bool
    lines: list[dict[str, Any]]
    taxes: list[dict[str, Any]]
    applications: list[dict[str, Any]]

    @property
    def type(self) -> InvoiceKind:
        """The kind, by its name in the contract."""
        return self.kind

    @property
    def discount(self) -> dict[str, Any] | None:
        """The discount for paying early, if there is one."""
        if self.discount_until is None:
            return None
        return {
            "basis_points": self.discount_basis_points,
            "until": self.discount_until,
            "includes_tax": self.discount_includes_tax,
        }


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """A new invoice, with its lines and taxes."""

    invoice: Invoice
    lines: list[InvoiceLine]
    taxes: list[InvoiceTax]

    @property
    def id(self) -> UUID:
        """The invoice's id."""
        return self.invoice.id

    @property
    def number(self) -> str:
        """The invoice's number."""
        return self.invoice.number

    @property
    def external_id(self) -> str | None:
        """The back office's key."""
        return self.invoice.external_id


invoices = table(
    "invoices",
    Invoice,
    account_key(),
    UniqueConstraint("account_id", "number"),
    CheckConstraint("kind IN ('invoice', 'fee', 'repayment')", name="kind"),
    CheckConstraint("status IN ('open', 'paid', 'void')", name="status"),
    CheckConstraint("total = net + tax AND total >= 0 AND net >= 0", name="total"),
    CheckConstraint(
        "total = paid + credited + deposit_applied + discounted + written_off + voided + amount_due", name="applied"
    ),
    CheckConstraint("0 <= amount_pending AND amount_pending <= amount_due", name="pending"),
    CheckConstraint("0 < contested AND contested <= total", name="contested"),
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
    Index(
        "ix_invoices_contested",
        "account_id",
        "currency",
        "due_on",
        postgresql_where=text("status = 'open' AND contested IS NOT NULL"),
        postgresql_include=["amount_due", "contested"],
    ),
)
invoice_lines = table(
    "invoice_lines",
    InvoiceLine,
    Column("quantity", Numeric(20, 6), nullable=False),
    tenant_key("invoice_id", "invoices"),
    UniqueConstraint("account_id", "invoice_id", "position"),
)
invoice_taxes = table(
    "invoice_taxes",
    InvoiceTax,
    Column("rate", Numeric(9, 6)),
    tenant_key("invoice_id", "invoices"),
    UniqueConstraint("account_id", "invoice_id", "position"),
)
invoice_applications = table(
    "invoice_applications",
    InvoiceApplication,
    tenant_key("invoice_id", "invoices"),
    tenant_key("reverses_id", "invoice_applications"),
    CheckConstraint("amount <> 0", name="amount"),
    CheckConstraint("reverses_id IS NULL OR amount < 0", name="reverses_id"),
    CheckConstraint(
        "reason IN ('return', 'cancellation', 'refund', 'refund_failed', 'chargeback', 'chargeback_won', 'correction')",
        name="reason",
    ),
    Index(  # what is undone is undone once
        "uq_invoice_applications_account_id_reverses_id",
        "account_id",
        "reverses_id",
        unique=True,
        postgresql_where=text("reverses_id IS NOT NULL"),
    ),
    Index(None, "account_id", "invoice_id", "effective_on", "id"),
    Index(None, "account_id", "source_id"),
)


def open_on() -> Subquery:
    """Return the invoices that were open at the end of a day, each with its `amount_open`, by the dates of documents.

    Its parameters are `account_id` and `on`.
    """
    i, applied = invoices.c, invoice_applications.c
    own, day = bindparam("account_id", type_=Uuid), bindparam("on", type_=Date)
    documents = ("account_id", "id", "kind", "number", "po_number", "currency", "issued_on", "due_on", "total")
    names = (*documents, "contested", "amount_pending")

    def issued(status: str, *where: ColumnElement[bool]) -> Select[Any]:
        return select(*(i[name] for name in names)).where(
            i.account_id == own, i.status == literal_column(f"'{status}'"), i.issued_on <= day, *where
        )

    # `closed_on` is the day of the latest application: on that day and after it nothing was due. One part for each
    # status has an index of its own, so that the paid invoices of other days are not read.
    found = union_all(issued("open"), issued("paid", i.closed_on > day), issued("void", i.closed_on > day)).subquery()
    applied_by_then = (
        select(func.coalesce(func.sum(applied.amount), literal_column("0")).cast(BigInteger).label("amount"))
        .where(applied.account_id == found.c.account_id, applied.invoice_id == found.c.id, applied.effective_on <= day)
        .lateral()
    )
    amount_open = (found.c.total - applied_by_then.c.amount).label("amount_open")
    return select(*found.c, amount_open).select_from(found.join(applied_by_then, true())).subquery("open_on")
