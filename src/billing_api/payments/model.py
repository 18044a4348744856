"""The payments' tables, and their rows."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Index, Text, UniqueConstraint, false, text

from billing_api.db.base import account_key, added_amount, table, tenant_key
from billing_api.payments.fields import CreditKind
from billing_api.payments.states import ChargeOutcome, PaymentState, require_transition


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that a customer pays: charged through the gateway, or received offline (check, wire, cash)."""

    account_id: UUID
    id: UUID
    number: str
    kind: str
    state: PaymentState
    currency: str
    amount: int
    received_on: date  # the day that counts: initiated, or received offline
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    unapplied: int = 0  # kept as unapplied cash
    credited: int = 0  # of credit memos, beside the amount
    deposit_applied: int = 0  # of deposits, beside the amount
    discounted: int = 0  # for paying early, beside the amount
    overpaid: int = 0  # of the amount: it becomes a deposit
    deposit_id: UUID | None = None  # of that deposit, once it has succeeded; or of money that came back from a dispute
    refunded: int = 0  # of the amount: given back
    refund_pending: int = 0  # of the amount: reserved by refunds under way
    overpaid_reserved: int = 0  # of `overpaid`: reserved by refunds that were made before its deposit was posted
    disputed: int = 0  # of the amount: taken by chargebacks that are not won
    payment_method_id: UUID | None = None
    method_brand: str | None = None  # as it was when paying: history keeps its last four
    method_last4: str | None = None
    method_token: str | None = None  # the gateway's charge must have been made with it, or has stored its card under it
    new_method_id: UUID | None = None  # the row of the card that a charge by a nonce stores
    three_d_secure_status: str | None = None  # of the card's owner, in the gateway's words
    liability_shifted: bool | None = None
    reference: str | None = None
    order_id: str | None = None
    gateway_transaction_id: str | None = None
    decline_code: str | None = None
    decline_text: str | None = None
    decline_is_soft: bool | None = None
    next_check_at: datetime | None = None
    absent_since: datetime | None = None  # the first time that the gateway did not find the order
    resolved_by: str | None = None  # the source of the outcome, once it was unknown: the gateway or an operator
    version: int = 1
    scheduled_on: date | None = None  # the day that it waits for, or waited for; None for one that is made at once
    is_autopay: bool = False
    submitted_at: datetime | None = None  # of one that was scheduled: when transaction one wrote its order

    @property
    def written_at(self) -> datetime:
        """When its order was written: the fence and the checks count from then on."""
        return self.submitted_at or self.created_at

    def is_taken_back_by(self, outcome: ChargeOutcome) -> bool:
        """Return whether the payment had succeeded, and the outcome says that its money is gone again."""
        if self.state is not PaymentState.SUCCEEDED or outcome.transaction_id != self.gateway_transaction_id:
            return False
        return outcome.state in {PaymentState.CANCELLED, PaymentState.RETURNED}

    def moved(self, state: PaymentState, now: datetime, **changes: Any) -> Self:
        """Return the payment in this state and with these changes, as a new version.

        Raise ImpossibleTransitionError.
        """
        require_transition(self.state, state)
        return replace(self, state=state, updated_at=now, version=self.version + 1, **changes)


@dataclass(frozen=True, slots=True)
class Allocation:
    """The part of a payment that one invoice gets, and the credits, deposits and discount beside it."""

    invoice_id: UUID
    invoice_number: str
    amount: int
    credited: int = 0
    deposit_applied: int = 0
    discounted: int = 0

    @property
    def settled(self) -> int:
        """The amount by which less is due on the invoice."""
        return self.amount + self.credited + self.deposit_applied + self.discounted


@dataclass(frozen=True, slots=True)
class UsedCredit:
    """The part of a credit memo or deposit that one invoice gets with a payment."""

    kind: CreditKind
    id: UUID
    number: str
    dated_on: date
    invoice_id: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class PaymentDetail(Payment):
    """A payment with its allocations, which never change."""

    allocations: tuple[Allocation, ...] = ()
    credits: tuple[UsedCredit, ...] = ()

    @property
    def by_invoice(self) -> dict[UUID, int]:
        """The settled amounts by invoice."""
        return {part.invoice_id: part.settled for part in self.allocations}

    @property
    def settled(self) -> int:
        """The amount by which less is due on all invoices."""
        return sum(part.settled for part in self.allocations)


@dataclass(frozen=True, slots=True)
class PaymentAllocation:
    """An allocation as it is stored: reserved while the payment is live, then applied."""

    account_id: UUID
    id: UUID
    payment_id: UUID
    invoice_id: UUID
    invoice_number: str  # documents never change, so it can stand here too
    amount: int
    discounted: int


@dataclass(frozen=True, slots=True)
class PaymentCredit:
    """A used credit as it is stored: reserved while the payment is live, then applied; one of the two ids is there.

    It is removed when its deposit is taken back while the payment is live.
    """

    account_id: UUID
    id: UUID
    payment_id: UUID
    invoice_id: UUID
    credit_memo_id: UUID | None
    deposit_id: UUID | None
    number: str  # of that document
    dated_on: date  # the document's own day
    amount: int


@dataclass(frozen=True, slots=True)
class PaymentSchedule:
    """The choice of a scheduled payment as it was made, and its outcome.

    `figures` has the invoices as they were worked out last, and those that were left out: see `figures_of` in
    `schedules.py`. `run_id` is of the worker's run that has submitted it.
    """

    account_id: UUID
    payment_id: UUID
    choice: dict[str, Any]
    figures: dict[str, Any]
    most: int | None  # of an automatic payment: it comes to no more, credits included
    attempt: int  # the first try is 1
    reminded_at: datetime | None
    run_id: UUID | None
    ended_code: str | None  # why it ended without being sent
    ended_text: str | None
    retried_by: UUID | None = None  # the payment by which it is tried again


@dataclass(frozen=True, slots=True)
class LateCharge:
    """A charge that was found for a payment that had ended without it, or that is one too many under its order id.

    accepted                   the payment has it: its invoices were payable still
    giving_back → given_back   it is voided or refunded at the gateway; the payment says when that is tried next
    given_back → came_back     its refund failed afterwards: an operator gives it back once more, or in another way
    came_back → given_back     that was done at the gateway
    came_back → given_otherwise   it was paid out outside the gateway, as an operator says
    """

    account_id: UUID
    id: UUID
    payment_id: UUID
    transaction_id: str
    status: str
    failed_refunds: list[str]  # the gateway's refunds of it whose money came back
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class GatewayOrder:
    """Global: the account and payment that an order id at the gateway belongs to, written before the charge."""

    order_id: str
    account_id: UUID
    payment_id: UUID
    transaction_id: str | None


# The entries of a payment that change all the invoices that it was allocated to.
ALLOCATED_KINDS = ("payment", "return", "chargeback", "chargeback_won")
payments = table(
    "payments",
    Payment,
    *map(
        added_amount,
        (
            "credited",
            "deposit_applied",
            "discounted",
            "overpaid",
            "refunded",
            "refund_pending",
            "overpaid_reserved",
            "disputed",
        ),
    ),
    account_key(),
    tenant_key("payment_method_id", "payment_methods"),
    tenant_key("new_method_id", "payment_methods"),
    UniqueConstraint("account_id", "number"),
    CheckConstraint("kind IN ('card', 'us_bank_account', 'check', 'wire', 'cash', 'other', 'credit')", name="kind"),
    CheckConstraint(
        "state IN ('scheduled', 'submitting', 'succeeded', 'processing', 'declined', 'failed', 'unknown', 'returned', "
        "'cancelling', 'cancelled')",
        name="state",
    ),
    CheckConstraint("amount >= 0 AND unapplied >= 0 AND unapplied <= amount", name="amount"),
    CheckConstraint("least(credited, deposit_applied, discounted, overpaid, amount - overpaid) >= 0", name="parts"),
    CheckConstraint("resolved_by IN ('gateway', 'person')", name="resolved_by"),
    CheckConstraint("least(refunded, refund_pending, amount - refunded - refund_pending) >= 0", name="refunded"),
    CheckConstraint("least(disputed, amount - disputed) >= 0", name="disputed"),
    Column("is_autopay", Boolean(), nullable=False, server_default=false()),
    Index(None, "account_id", "created_at", "id"),
    Index("ix_payments_scheduled_on", "scheduled_on", "id", postgresql_where=text("state = 'scheduled'")),
    Index("ix_payments_scheduled", "account_id", postgresql_where=text("state = 'scheduled'")),
    # Of all accounts: the scheduled payments that were sent in a time.
    Index("ix_payments_submitted_at", "submitted_at", postgresql_where=text("submitted_at IS NOT NULL")),
    # Of all accounts: the next due check.
    Index("ix_payments_next_check_at", "next_check_at", "id", postgresql_where=text("next_check_at IS NOT NULL")),
)
payment_allocations = table(
    "payment_allocations",
    PaymentAllocation,
    added_amount("discounted"),
    tenant_key("payment_id", "payments"),
    tenant_key("invoice_id", "invoices"),
    UniqueConstraint("account_id", "payment_id", "invoice_id"),
    CheckConstraint("least(amount, discounted) >= 0", name="amount"),
    Index(None, "account_id", "invoice_id"),
)
payment_credits = table(
    "payment_credits",
    PaymentCredit,
    tenant_key("payment_id", "payments"),
    tenant_key("invoice_id", "invoices"),
    tenant_key("credit_memo_id", "credit_memos"),
    tenant_key("deposit_id", "deposits"),
    CheckConstraint("num_nonnulls(credit_memo_id, deposit_id) = 1", name="one_source"),
    CheckConstraint("amount > 0", name="amount"),
    Index(None, "account_id", "payment_id"),
    Index(None, "account_id", "deposit_id", postgresql_where=text("deposit_id IS NOT NULL")),
)
payment_schedules = table(
    "payment_schedules",
    PaymentSchedule,
    tenant_key("payment_id", "payments"),
    tenant_key("retried_by", "payments"),
    key=("account_id", "payment_id"),
)
late_charges = table(
    "late_charges",
    LateCharge,
    Column("failed_refunds", ARRAY(Text()), nullable=False, server_default="{}"),
    tenant_key("payment_id", "payments"),
    UniqueConstraint("account_id", "payment_id", "transaction_id"),
    CheckConstraint(
        "status IN ('accepted', 'giving_back', 'given_back', 'came_back', 'given_otherwise')", name="status"
    ),
    # Of all accounts: those whose refunds the gateway names.
    Index("ix_late_charges_id", "id"),
)
gateway_orders = table(
    "gateway_orders",
    GatewayOrder,
    Column("transaction_id", Text(), unique=True),
    tenant_key("payment_id", "payments"),
    key=("order_id",),
)
