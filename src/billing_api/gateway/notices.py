"""Events at the gateway: webhooks, disputes, and settled transactions."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class NoticeSubject(StrEnum):
    """The sort of record that a webhook is about."""

    TRANSACTION = "transaction"
    DISPUTE = "dispute"
    PAYMENT_METHOD = "payment_method"
    OTHER = "other"  # the portal has no use for it, or searches for it, as for payouts


class GatewayDisputeStatus(StrEnum):
    """The state of a dispute at the gateway."""

    OPEN = "open"
    UNDER_REVIEW = "under_review"  # the merchant has replied
    WON = "won"  # by the merchant
    LOST = "lost"
    ACCEPTED = "accepted"
    EXPIRED = "expired"  # without a reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A dispute that a bank has opened about a transaction; amounts in the currency's minor unit.

    `kind` is `chargeback`, `pre_arbitration`, or `retrieval`, which moves no money. `gateway_status` and `reason` are
    the gateway's words. `amount_won` is 0 until it is won.
    """

    id: str
    transaction_id: str
    order_id: str | None  # of the transaction
    kind: str
    status: GatewayDisputeStatus
    gateway_status: str
    reason: str
    currency: str
    amount: int
    amount_won: int
    opened_on: date
    reply_by: date | None
    case_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDispute:
    """A dispute as a list has it, its kind and status in the gateway's words; `amount` is in the minor unit."""

    id: str
    transaction_id: str
    order_id: str | None  # of the transaction
    kind: str
    gateway_status: str
    currency: str
    amount: int


# The kind of a notice that no webhook has brought.
MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A webhook: `kind` is the gateway's word, and its subject is to be looked up.

    `subject_id` is the id of the transaction or dispute, or the token of the payment method. A transaction
    comes with its `order_id`. `return_code` is there when a bank took a transfer back, which the transaction itself may
    not say. `facts` are the transaction and the status of a dispute.
    """

    kind: str
    subject: NoticeSubject
    subject_id: str | None = None
    order_id: str | None = None
    return_code: str | None = None
    facts: dict[str, str] = field(default_factory=dict)


class MoneyDirection(StrEnum):
    """The direction of settled money."""

    CHARGE = "charge"  # to the vendor
    REFUND = "refund"  # back to a customer


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledTransaction:
    """A charge or refund that has settled; `batch_id` is that of all whose money goes to the vendor's bank together.

    `amount` is in the currency's minor unit. `sale_id` is the transaction of the sale, a refund's too; None for a
    credit without a sale. `paid_on` is the day of the transfer to the bank, and None before it is known.
    """

    transaction_id: str
    sale_id: str | None
    order_id: str | None
    movement: MoneyDirection
    amount: int
    currency: str
    merchant_account: str
    batch_id: str
    settled_on: date
    paid_on: date | None
    has_failed: bool
