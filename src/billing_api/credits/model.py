"""The credit memos' tables."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric, UniqueConstraint, text

from billing_api.db.base import account_key, added_amount, table, tenant_key


@dataclass(frozen=True, slots=True)
class CreditMemo:
    """A credit that the vendor granted; its unapplied rest lowers the balance all the same."""

    account_id: UUID
    id: UUID
    number: str
    external_id: str | None
    currency: str
    issued_on: date
    reason: str | None
    net: int
    tax: int
    total: int
    unapplied: int
    reserved: int  # of what is unapplied: by payments under way
    created_at: datetime
    version: int

    @property
    def available(self) -> int:
        """The amount that is neither applied nor reserved by a payment under way."""
        return self.unapplied - self.reserved


@dataclass(frozen=True, slots=True)
class CreditMemoTax:
    """One tax that a credit memo gives back."""

    account_id: UUID
    id: UUID
    credit_memo_id: UUID
    position: int
    name: str
    rate: Decimal | None  # percent
    amount: int


@dataclass(frozen=True, slots=True)
class CreditMemoDraft:
    """A new credit memo, with its taxes."""

    memo: CreditMemo
    taxes: list[CreditMemoTax]

    @property
    def id(self) -> UUID:
        """The memo's id."""
        return self.memo.id

    @property
    def number(self) -> str:
        """The memo's number."""
        return self.memo.number

    @property
    def external_id(self) -> str | None:
        """The back office's key."""
        return self.memo.external_id


credit_memos = table(
    "credit_memos",
    CreditMemo,
    added_amount("reserved"),
    account_key(),
    UniqueConstraint("account_id", "number"),
    CheckConstraint("total = net + tax AND total > 0 AND net >= 0", name="total"),
    CheckConstraint("0 <= unapplied AND unapplied <= total", name="unapplied"),
    CheckConstraint("0 <= reserved AND reserved <= unapplied", name="reserved"),
    Index("ix_credit_memos_unapplied", "account_id", "currency", "issued_on", postgresql_where=text("unapplied > 0")),
)
credit_memo_taxes = table(
    "credit_memo_taxes",
    CreditMemoTax,
    Column("rate", Numeric(9, 6)),
    tenant_key("credit_memo_id", "credit_memos"),
    UniqueConstraint("account_id", "credit_memo_id", "position"),
)
