"""The papers that can be printed, in plain values: amounts in minor units, days as dates, texts as written."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypeAlias

Lines: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where money in one currency is sent: pairs of a label and a value, as the vendor writes them."""

    currency: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The vendor, as every paper shows it."""

    name: str
    address: Lines
    country: str  # ISO 3166
    contact: Lines  # telephone, e-mail, web
    registration: Lines  # such as "VAT ID DE123456789", for the foot of the page
    color: str  # "#1f4fd8"
    logo: str | None  # an SVG document
    remit_to: Lines  # the address that checks are sent to, with its first line
    banks: tuple[BankAccount, ...]
    portal_url: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """The customer, and the lines of the label: its name and its billing address in its country's order."""

    name: str
    lines: Lines
    country: str | None  # ISO 3166; printed where it is not the vendor's
    account_number: str | None


@dataclass(frozen=True, slots=True)
class Movement:
    """One row of an account: `amount` raises what is owed, or lowers it when it is negative.

    The use of a credit or deposit for an invoice moves no balance: its `amount` is 0, and `used` is the part used; a
    negative one came back.
    """

    day: date
    type: str  # a type of the transaction history, such as "invoice"
    number: str
    reference: str | None
    amount: int
    balance: int | None  # after this row; None in a list without a running balance
    used: int = 0
    invoices: Lines = ()  # the numbers of those that a payment was for


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A document with something open; `open` is negative for a credit or a deposit that is not applied."""

    type: str
    number: str
    reference: str | None
    issued_on: date
    due_on: date | None
    total: int
    open: int
    days_overdue: int  # 0: not overdue
    contested: int = 0  # the part of `open` that the customer contests
    pending: int = 0  # the part of `open` that payments under way will settle


@dataclass(frozen=True, slots=True)
class Ageing:
    """The balance by days past due, the credits that lower it apart; the parts add up to the balance."""

    current: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    over_90: int
    unapplied: int = 0  # zero or negative

    @property
    def total(self) -> int:
        """The balance."""
        return self.current + self.days_1_30 + self.days_31_60 + self.days_61_90 + self.over_90 + self.unapplied


@dataclass(frozen=True, slots=True)
class Sum:
    """A named sum of a summary: a type of the transaction history, its number of rows, and its sum."""

    type: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class CurrencyPart:
    """The figures of one currency: opening + adjusted + charges + credits = closing; open items have no others."""

    currency: str
    opening: int
    closing: int
    due: int  # 0 prints no slip
    adjusted: int = 0
    charges: int = 0
    credits: int = 0  # zero or negative
    overdue: int = 0
    contested: int = 0  # the part of the open invoices that the customer contests
    paid_since: int = 0  # the part of `due` that was paid or credited between the last day and the making
    pending: int = 0  # the part of `due` that payments under way will settle
    sums: tuple[Sum, ...] = ()
    adjusted_sums: tuple[Sum, ...] = ()  # as the adjustments, in a summary
    adjustments: tuple[Movement, ...] = ()  # of earlier periods, posted since the last statement
    movements: tuple[Movement, ...] = ()
    open_items: tuple[OpenItem, ...] = ()
    ageing: Ageing | None = None

    @property
    def left_to_pay(self) -> int:
        """The amount that is still to be paid when the payments under way have arrived."""
        return max(0, self.due - self.paid_since - self.pending)


@dataclass(frozen=True, slots=True)
class StatementPaper:
    """A statement of account."""

    letterhead: Letterhead
    recipient: Recipient
    number: str
    kind: Literal["activity", "open_items"]
    summary: bool  # sums instead of rows
    period_from: date | None  # None: from the account's beginning
    period_to: date  # also the day of the open items
    issued_on: date
    made_at: datetime
    parts: tuple[CurrencyPart, ...]  # the account's own currency first
    previous_number: str | None = None  # of the statement that it continues


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line of an invoice."""

    description: str
    quantity: Decimal
    unit_amount: int | None
    amount: int


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax of an invoice; the rate is in percent."""

    name: str
    rate: Decimal | None
    amount: int


@dataclass(frozen=True, slots=True)
class PrintedApplication:
    """Something that was applied to an invoice: positive when it lowered the amount due."""

    day: date
    type: str
    number: str
    amount: int
    reason: str | None = None  # why it undoes an earlier one, or brings one back
    reason_text: str | None = None  # the vendor's words for an undoing or a void


@dataclass(frozen=True, slots=True)
class DiscountTerms:
    """A discount for paying the whole invoice by a day."""

    percent: Decimal
    until: date
    amount: int


@dataclass(frozen=True, slots=True)
class InvoicePaper:
    """An invoice."""

    letterhead: Letterhead
    recipient: Recipient
    number: str
    kind: Literal["invoice", "fee", "repayment"]
    status: Literal["open", "paid", "void"]
    po_number: str | None
    issued_on: date
    due_on: date
    closed_on: date | None
    is_overdue: bool
    contested: int  # by the customer, as far as it is due
    currency: str
    net: int
    total: int
    amount_due: int
    amount_pending: int
    memo: str | None
    lines: tuple[PrintedLine, ...]
    taxes: tuple[Tax, ...]
    applications: tuple[PrintedApplication, ...]
    discount: DiscountTerms | None
    made_at: datetime

    @property
    def left_to_pay(self) -> int:
        """The amount due without payments that are under way."""
        return self.amount_due - self.amount_pending


class ReceiptStatus(StrEnum):
    """How far the money of a payment is."""

    RECEIVED = "received"
    PENDING = "pending"
    RETURNED = "returned"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PrintedShare:
    """The amount that one invoice got, with credits and discounts."""

    number: str
    amount: int


@dataclass(frozen=True, slots=True)
class Reduction:
    """An amount that the customer did not have to pay: a type of the transaction history, and the document's number."""

    type: str
    number: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """The receipt of a payment."""

    letterhead: Letterhead
    recipient: Recipient
    number: str
    status: ReceiptStatus
    method: str  # a type of payments, such as "card"
    brand: str | None
    last4: str | None
    reference: str | None
    received_on: date
    currency: str
    amount: int
    refunded: int
    unapplied: int
    allocations: tuple[PrintedShare, ...]
    made_at: datetime
    reductions: tuple[Reduction, ...] = ()
    deposited: int = 0  # of the amount: kept as a deposit
    disputed: int = 0  # of the amount: taken back by the card's bank
    return_reason: str | None = None  # why it was returned: a word of the contract
    return_text: str | None = None  # the same as the vendor wrote it, which goes before


Paper: TypeAlias = StatementPaper | InvoicePaper | ReceiptPaper
