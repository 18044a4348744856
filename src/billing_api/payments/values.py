"""Narrow reads of payments, each for its purpose."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from billing_api.gateway.charges import OrderedSale
from billing_api.payments.fields import CreditKind
from billing_api.payments.states import PaymentState


@dataclass(frozen=True, slots=True)
class PaymentSummary:
    """A payment as a list shows it."""

    id: UUID
    number: str
    kind: str
    state: PaymentState
    currency: str
    amount: int
    unapplied: int
    credited: int
    deposit_applied: int
    discounted: int
    overpaid: int
    refunded: int
    refund_pending: int
    disputed: int
    received_on: date
    payment_method_id: UUID | None
    method_brand: str | None
    method_last4: str | None
    reference: str | None
    decline_code: str | None
    decline_text: str | None
    decline_is_soft: bool | None
    next_check_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    scheduled_on: date | None
    is_autopay: bool


@dataclass(frozen=True, slots=True)
class AvailableCredit:
    """A credit memo or deposit, and the amount of it that can be used now, in minor units."""

    kind: CreditKind
    id: UUID
    number: str
    dated_on: date
    available: int


@dataclass(frozen=True, slots=True)
class DroppedCredit:
    """A part of a deposit that a payment under way no longer uses, in minor units."""

    payment_id: UUID
    invoice_id: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class SentPayment:
    """A payment as a search at the gateway needs it."""

    account_id: UUID
    id: UUID
    state: PaymentState
    currency: str
    amount: int
    method_token: str | None
    new_method_id: UUID | None
    order_id: str | None
    gateway_transaction_id: str | None
    next_check_at: datetime | None
    created_at: datetime
    submitted_at: datetime | None  # of one that was scheduled

    @property
    def written_at(self) -> datetime:
        """When its order was written: the fence and the checks count from then on."""
        return self.submitted_at or self.created_at

    @property
    def sale(self) -> OrderedSale | None:
        """The sale as it was ordered at the gateway; None for a payment that never goes there."""
        if self.order_id is None:
            return None
        stores = self.new_method_id is not None
        return OrderedSale(
            order_id=self.order_id,
            token=None if stores else self.method_token,
            amount=self.amount,
            currency=self.currency,
            stored_as=self.method_token if stores else None,
        )


@dataclass(frozen=True, slots=True)
class OrderedPayment:
    """A payment that was ordered at the gateway; `transaction_id` is None until it is known."""

    order_id: str
    transaction_id: str | None
    account_id: UUID
    payment_id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class Reversal:
    """A charge that is to be given back, or was."""

    id: UUID
    transaction_id: str
    status: str
    failed_refunds: list[str]

    @property
    def is_open(self) -> bool:
        """Whether it is still to be given back, by the next check."""
        return self.status == "giving_back"

    @property
    def has_come_back(self) -> bool:
        """Whether its refund failed afterwards, so that an operator has to act."""
        return self.status == "came_back"

    @property
    def may_come_back(self) -> bool:
        """Whether the gateway has given it back, which may fail afterwards."""
        return self.status == "given_back"


@dataclass(frozen=True, slots=True)
class NoticedLateCharge:
    """A late charge whose refund the gateway names."""

    account_id: UUID
    id: UUID
    payment_id: UUID
    transaction_id: str
    status: str
    failed_refunds: list[str]


@dataclass(frozen=True, slots=True)
class KnownSale:
    """A sale whose outcome the gateway has given."""

    order_id: str
    transaction_id: str
    method_token: str | None
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class AwaitedPayments:
    """The payments of all accounts in one state that are still looked up at the gateway."""

    state: PaymentState
    count: int
    oldest_created_at: datetime
    first_check_at: datetime


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A payment whose outcome is open, as an operator's list shows it."""

    account_id: UUID
    id: UUID
    number: str
    kind: str
    state: PaymentState
    currency: str
    amount: int
    created_at: datetime
    next_check_at: datetime | None
    absent_since: datetime | None


@dataclass(frozen=True, slots=True)
class InvoiceMoney:
    """The money of a payment that one invoice has, in minor units."""

    invoice_id: UUID
    invoice_number: str
    amount: int


@dataclass(frozen=True, slots=True)
class Refundable:
    """A payment as a refund needs it; amounts in minor units.

    `invoices` have its money now, or will have it once a bank transfer is confirmed; `deposit_id` is None until the
    overpayment is posted.
    """

    id: UUID
    number: str
    kind: str
    state: PaymentState
    currency: str
    amount: int
    unapplied: int
    overpaid: int
    deposit_id: UUID | None
    refunded: int
    refund_pending: int
    disputed: int
    transaction_id: str | None
    invoices: tuple[InvoiceMoney, ...]

    @property
    def left(self) -> int:
        """The amount that is neither refunded, nor reserved by a refund under way, nor taken by a chargeback."""
        return max(0, self.amount - self.refunded - self.refund_pending - self.disputed)


@dataclass(frozen=True, slots=True)
class DuePayment:
    """A payment whose next check is due."""

    account_id: UUID
    id: UUID
    state: PaymentState
