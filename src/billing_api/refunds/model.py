"""The refunds' tables, and their rows."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text

from billing_api.db.base import account_key, table, tenant_key
from billing_api.gateway.charges import RefundOrder
from billing_api.kit.ids import new_id
from billing_api.payments.values import InvoiceMoney
from billing_api.refunds.choosing import RefundParts
from billing_api.refunds.states import RefundState, RefundWay, require_transition


@dataclass(frozen=True, slots=True)
class Refund:
    """Money of a payment that is given back; its id is its order id at the gateway."""

    account_id: UUID
    id: UUID
    payment_id: UUID
    payment_number: str  # documents never change, so it can stand here too
    state: RefundState
    method: RefundWay
    currency: str
    amount: int
    unapplied: int  # of the amount: the payment's unapplied money
    deposit_id: UUID | None  # of the payment's overpayment, if a part of it is given back
    deposit_amount: int
    deposit_reserved: int  # of that part: reserved on the deposit, or on the payment until its deposit is posted
    credit_memo_id: UUID | None  # the memo that is paid out
    credit_memo_amount: int
    credit_memo_reserved: int  # of that amount: reserved on the memo
    is_whole: bool  # the charge may be voided instead
    reason: str | None
    charge_id: str | None  # the gateway's transaction of the payment; None for an offline one
    transaction_id: str | None  # the gateway's own of the refund
    decline_code: str | None
    decline_text: str | None
    decline_is_soft: bool | None
    refunded_on: date | None
    sent_at: datetime  # when it was last written that it is about to be sent
    next_check_at: datetime | None
    absent_since: datetime | None  # the first time that the gateway did not find it
    created_at: datetime
    updated_at: datetime
    repayment_id: UUID | None  # the invoice by which its money is due again, since its payment was returned too

    def moved(self, state: RefundState, now: datetime, **changes: Any) -> Self:
        """Return the refund in this state and with these changes. Raise ImpossibleRefundError."""
        require_transition(self.state, state)
        return replace(self, state=state, updated_at=now, **changes)


@dataclass(frozen=True, slots=True)
class RefundDetail(Refund):
    """A refund with the money that invoices lose by it."""

    invoices: tuple[InvoiceMoney, ...]

    @property
    def parts(self) -> RefundParts:
        """The refunded amounts by place."""
        return RefundParts(
            invoices=self.invoices,
            unapplied=self.unapplied,
            deposit=self.deposit_amount,
            credit_memo=self.credit_memo_amount,
        )

    @property
    def overpaid_reserved(self) -> int:
        """The amount that the payment keeps for the refund, made before its deposit was posted."""
        return self.deposit_reserved if self.deposit_id is None else 0

    @property
    def order(self) -> RefundOrder:
        """The refund as the gateway gets it, with a request key of this try alone."""
        assert self.charge_id is not None  # an offline payment's refund is never sent
        return RefundOrder(
            transaction_id=self.charge_id,
            order_id=str(self.id),
            request_key=str(new_id()),
            amount=self.amount,
            currency=self.currency,
            written_at=self.sent_at,
        )


@dataclass(frozen=True, slots=True)
class RefundPart:
    """The money that one invoice loses by a refund, as it is stored."""

    account_id: UUID
    id: UUID
    refund_id: UUID
    invoice_id: UUID
    invoice_number: str
    amount: int


_STATES = ", ".join(f"'{state}'" for state in RefundState)
_METHODS = ", ".join(f"'{method}'" for method in RefundWay)
refunds = table(
    "refunds",
    Refund,
    account_key(),
    tenant_key("payment_id", "payments"),
    tenant_key("deposit_id", "deposits"),
    tenant_key("credit_memo_id", "credit_memos"),
    tenant_key("repayment_id", "invoices"),
    UniqueConstraint("account_id", "transaction_id"),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    CheckConstraint(f"method IN ({_METHODS})", name="method"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint(
        "least(unapplied, deposit_amount, deposit_reserved, credit_memo_amount, credit_memo_reserved) >= 0",
        name="parts",
    ),
    Index(None, "account_id", "payment_id", "id"),
    Index(None, "account_id", "deposit_id", postgresql_where=text("deposit_id IS NOT NULL")),
    Index(None, "account_id", "credit_memo_id", postgresql_where=text("credit_memo_id IS NOT NULL")),
    # Of all accounts: those that the gateway names, and the next due check.
    Index("ix_refunds_id", "id"),
    Index("ix_refunds_next_check_at", "next_check_at", "id", postgresql_where=text("next_check_at IS NOT NULL")),
    # Of all accounts: those whose money is due again.
    Index("ix_refunds_repayment", "id", postgresql_where=text("repayment_id IS NOT NULL")),
    # Of all accounts: the refunds of a time.
    Index("ix_refunds_sent_at", "sent_at"),
)
refund_parts = table(
    "refund_parts",
    RefundPart,
    tenant_key("refund_id", "refunds"),
    tenant_key("invoice_id", "invoices"),
    CheckConstraint("amount > 0", name="amount"),
    Index(None, "account_id", "refund_id"),
    Index(None, "account_id", "invoice_id"),
)
