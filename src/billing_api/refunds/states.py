"""The states of a refund, and the outcome that each response of the gateway means.

docs/payments.md has the table of TRANSITIONS with the reason of each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from billing_api.gateway.charges import Charge, ChargeStatus
from billing_api.gateway.failures import (
    Decline,
    GatewayError,
    GatewayInvalidError,
    GatewayTooEarlyError,
    GatewayUnavailableError,
)


class RefundState(StrEnum):
    """The state of a refund."""

    SUBMITTING = "submitting"  # written, and about to be sent or on its way
    WAITING_FOR_SETTLEMENT = "waiting_for_settlement"  # refused for now: the charge has not settled
    PENDING = "pending"  # the gateway has it, and the bank has yet to confirm it
    UNKNOWN = "unknown"  # sent, and the response is lost
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # refused, declined, or never sent

    @property
    def is_live(self) -> bool:
        """Whether the refund's amounts are reserved."""
        return self not in {RefundState.SUCCEEDED, RefundState.FAILED}

    @property
    def is_open(self) -> bool:
        """Whether it is unknown whether money was given back."""
        return self in {RefundState.SUBMITTING, RefundState.UNKNOWN}


class RefundWay(StrEnum):
    """The way in which the money goes back."""

    REFUND = "refund"  # a refund of the settled charge, through the gateway
    VOID = "void"  # the charge is voided before it settles, so that it never takes place
    OFFLINE = "offline"  # the vendor pays it out, outside the gateway


# The states that may follow each one. A refund that has failed because it was not found may turn up, and the money of
# one that has succeeded may come back.
_ENDS = {RefundState.SUCCEEDED, RefundState.FAILED}
TRANSITIONS: Mapping[RefundState, set[RefundState]] = {
    RefundState.SUBMITTING: {
        RefundState.WAITING_FOR_SETTLEMENT,
        RefundState.PENDING,
        RefundState.UNKNOWN,
        *_ENDS,
    },
    RefundState.WAITING_FOR_SETTLEMENT: {RefundState.SUBMITTING, RefundState.PENDING, *_ENDS},
    RefundState.UNKNOWN: {RefundState.WAITING_FOR_SETTLEMENT, RefundState.PENDING, *_ENDS},
    RefundState.PENDING: _ENDS,
    RefundState.FAILED: {RefundState.PENDING, RefundState.SUCCEEDED},
    RefundState.SUCCEEDED: {RefundState.FAILED},
}


class ImpossibleRefundError(RuntimeError):
    """A change of state that is not in the table: a fault of the program."""


def require_transition(before: RefundState, after: RefundState) -> None:
    """Raise ImpossibleRefundError for a change that TRANSITIONS does not have."""
    if after is not before and after not in TRANSITIONS[before]:
        raise ImpossibleRefundError(f"a refund that is {before} can't become {after}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOutcome:
    """The result of a refund; `frees_key` says that it certainly was not sent, and may be asked for again."""

    state: RefundState
    transaction_id: str | None = None
    decline: Decline | None = None
    method: RefundWay = RefundWay.REFUND
    frees_key: bool = False

    @property
    def holds_money(self) -> bool:
        """Whether the customer gets the money, or will in some days."""
        return self.state in {RefundState.SUCCEEDED, RefundState.PENDING}


UNKNOWN = RefundOutcome(state=RefundState.UNKNOWN)
VOIDED = RefundOutcome(state=RefundState.SUCCEEDED, method=RefundWay.VOID)
WAITING = RefundOutcome(state=RefundState.WAITING_FOR_SETTLEMENT)
NEVER_SENT = RefundOutcome(state=RefundState.FAILED, frees_key=True)
NEVER_FOUND = RefundOutcome(state=RefundState.FAILED)
# The payment has lost its money by another way while its refund waited.
NO_MONEY_LEFT = RefundOutcome(
    state=RefundState.FAILED,
    decline=Decline("payment_not_refundable", "The payment has no money any more", soft=False),
)

_STATE = {
    ChargeStatus.SUCCEEDED: RefundState.SUCCEEDED,
    ChargeStatus.PROCESSING: RefundState.PENDING,
    ChargeStatus.DECLINED: RefundState.FAILED,
    ChargeStatus.RETURNED: RefundState.FAILED,
    ChargeStatus.CANCELLED: RefundState.FAILED,
    ChargeStatus.UNKNOWN: RefundState.UNKNOWN,
}
_REFUND_VOIDED = Decline("voided", "The refund was voided at the gateway", soft=False)


def outcome_of(refund: Charge) -> RefundOutcome:
    """Return the outcome that a refund at the gateway means."""
    state = _STATE[refund.status]
    decline = refund.decline or (_REFUND_VOIDED if state is RefundState.FAILED else None)
    return RefundOutcome(state=state, transaction_id=refund.transaction_id, decline=decline)


def outcome_of_error(error: GatewayError) -> RefundOutcome:
    """Return the outcome that a failed request means; it is unknown unless certainly nothing was given back."""
    if isinstance(error, GatewayTooEarlyError):
        return WAITING
    if isinstance(error, GatewayUnavailableError):
        return NEVER_SENT
    if isinstance(error, GatewayInvalidError):
        refusal = error.refusals[0]
        return RefundOutcome(state=RefundState.FAILED, decline=Decline(refusal.code, refusal.text, soft=False))
    return UNKNOWN


def outcome_of_search(refunds: Sequence[Charge]) -> RefundOutcome | None:
    """Return the outcome that the refunds under one order id mean, those that hold money first; None for none."""
    outcomes = sorted(map(outcome_of, refunds), key=lambda outcome: not outcome.holds_money)
    return outcomes[0] if outcomes else None
