"""The two sides of a reconciliation, and their differences."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from billing_api.payments.states import PaymentState
from billing_api.refunds.states import RefundState


class DifferenceKind(StrEnum):
    """The sort of a difference between our books and the gateway."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    SECOND_CHARGE = "second_charge"
    AMOUNT = "amount"
    CURRENCY = "currency"
    STATUS = "status"
    LATE_CHARGE = "late_charge"
    DISPUTE = "dispute"
    REFUND_MISSING_HERE = "refund_missing_here"
    REFUND_MISSING_THERE = "refund_missing_there"
    REFUND_AMOUNT = "refund_amount"
    REFUND_STATUS = "refund_status"
    REFUND_FOUND_LATE = "refund_found_late"


# The advice to an operator about a difference.
ADVICE: Mapping[DifferenceKind, str] = {
    DifferenceKind.MISSING_HERE: "No payment of ours has this sale. Find out who made it; then void or refund it at "
    "the gateway, or record its money as a payment.",
    DifferenceKind.MISSING_THERE: "The gateway does not have the payment's charge. Look for it there by its order id; "
    "if it is gone, ask the gateway before the payment is taken back.",
    DifferenceKind.SECOND_CHARGE: "The order was charged once more. Run `billing-api payments resolve` for the "
    "payment: a charge that is one too many is given back.",
    DifferenceKind.AMOUNT: "The charge has another amount than the payment. Void or refund it at the gateway, and have "
    "it paid again.",
    DifferenceKind.CURRENCY: "The charge has another currency than the payment. Compare the merchant accounts of the "
    "settings; void or refund it at the gateway, and have it paid again.",
    DifferenceKind.STATUS: "Run `billing-api payments resolve` for the payment: it records the charge as it stands. If "
    "the difference stays, look at the charge at the gateway.",
    DifferenceKind.LATE_CHARGE: "A charge that came late was to be given back, and the gateway has its money. Run "
    "`billing-api payments resolve` for the payment: it is refunded once more. If that fails, pay it out in another "
    "way, and record that with `--given-back`.",
    DifferenceKind.DISPUTE: "The dispute of a card's bank stands otherwise here. `billing-api jobs list` shows the "
    "webhooks that wait; the sweep of each hour finds one that was lost. One in another currency than its charge waits "
    "for its amount in that of the charge: ask the gateway, and say it by `billing-api chargebacks record`.",
    DifferenceKind.REFUND_MISSING_HERE: "Money was refunded at the gateway and not here. Record it: take the payment's "
    "money from its invoices, or pay a credit memo out.",
    DifferenceKind.REFUND_MISSING_THERE: "The gateway does not have the refund. Look for it there by its order id; if "
    "it was never made, make it there, under that order id.",
    DifferenceKind.REFUND_AMOUNT: "The refund has another amount or currency than ours. Refund the rest at the "
    "gateway, or record what is too much.",
    DifferenceKind.REFUND_STATUS: "Run `billing-api reconcile`: a refund that is not final is looked up. The "
    "sweep of each hour records one that has succeeded here and lost its money there: make it again then.",
    DifferenceKind.REFUND_FOUND_LATE: "The refund has failed here, and was made there all the same. `billing-api "
    "reconcile` records it where the payment still has the money. Where the difference stays, that was refunded anew "
    "or disputed: the customer has it twice. Void the refund at the gateway before it settles; else ask for it back.",
}


@dataclass(frozen=True, slots=True)
class BookedCharge:
    """A payment that was sent to the gateway."""

    account_id: UUID
    payment_id: UUID
    number: str
    order_id: str
    transaction_id: str | None
    state: PaymentState
    currency: str
    amount: int
    refunded: int
    refund_pending: int
    disputed: int
    written_at: datetime  # its order: the sale was sent within minutes


@dataclass(frozen=True, slots=True)
class BookedRefund:
    """A refund that was sent to the gateway."""

    account_id: UUID
    id: UUID
    payment_id: UUID
    payment_number: str
    charge_id: str
    state: RefundState
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class BookedDispute:
    """A chargeback of the books."""

    account_id: UUID
    payment_id: UUID
    payment_number: str
    dispute_id: str
    kind: str
    gateway_status: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class KnownLateCharge:
    """A charge beside a payment's own: it was accepted, or it is given back under its id as an order id."""

    id: UUID
    transaction_id: str
    account_id: UUID
    payment_id: UUID
    payment_number: str
    status: str
    failed_refunds: list[str]

    @property
    def is_to_be_given_back(self) -> bool:
        """Whether the gateway must have given its money back, or is about to."""
        return self.status in {"giving_back", "given_back", "came_back"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference: `ours` and `theirs` are the two facts; ids are None where a side has none."""

    kind: DifferenceKind
    ours: str | None
    theirs: str | None
    account_id: UUID | None = None
    payment_id: UUID | None = None
    payment_number: str | None = None
    refund_id: UUID | None = None
    transaction_id: str | None = None

    @property
    def advice(self) -> str:
        """The advice to an operator."""
        return ADVICE[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The comparison of a time, from `since` to before `until`, and the number of transactions on either side."""

    since: datetime
    until: datetime
    booked: int
    found: int
    differences: tuple[Difference, ...]

    def counts(self) -> Mapping[DifferenceKind, int]:
        """Return the number of differences of each kind, also of those that there are none of."""
        counted = Counter(one.kind for one in self.differences)
        return {kind: counted[kind] for kind in DifferenceKind}
