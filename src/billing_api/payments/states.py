"""The states of a payment, and the outcome that each response of the gateway means.

docs/payments.md has the picture of the states, and the table of TRANSITIONS with the reason of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from billing_api.gateway.charges import Charge, ChargeStatus
from billing_api.gateway.failures import (
    Decline,
    FieldRefusal,
    GatewayError,
    GatewayInvalidError,
    GatewayUnavailableError,
)
from billing_api.gateway.methods import ThreeDSecure, VaultedCard


class PaymentState(StrEnum):
    """The state of a payment; refunded and disputed are amounts on it, not states."""

    SCHEDULED = "scheduled"  # waits for its day; nothing is reserved, and its figures are worked out again then
    SUBMITTING = "submitting"  # written, and about to be sent or on its way
    PROCESSING = "processing"  # a bank transfer under way
    UNKNOWN = "unknown"  # sent, and the response is lost
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    FAILED = "failed"  # never reached the gateway
    RETURNED = "returned"
    CANCELLING = "cancelling"  # charged too late: the money is given back
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether it is unknown whether money was taken."""
        return self in {PaymentState.SUBMITTING, PaymentState.UNKNOWN}

    @property
    def is_live(self) -> bool:
        """Whether the payment's amounts are reserved."""
        return self.is_open or self is PaymentState.PROCESSING

    @property
    def has_ended_without_money(self) -> bool:
        """Whether nothing is reserved and no money is recorded: a charge that is found now is a late one."""
        return not self.is_live and self not in {PaymentState.SCHEDULED, PaymentState.SUCCEEDED}


# The states that may follow each one. A charge that is found late and accepted passes through `unknown`, within one
# transaction. The model of the protocol has the same table (model_check/payments.pml).
_ENDS_WITHOUT_MONEY = {PaymentState.DECLINED, PaymentState.RETURNED, PaymentState.CANCELLED}
_FOUND_LATE = {PaymentState.UNKNOWN, PaymentState.CANCELLING}
_TAKEN = {PaymentState.SUCCEEDED, PaymentState.PROCESSING}
TRANSITIONS: Mapping[PaymentState, set[PaymentState]] = {
    PaymentState.SCHEDULED: {
        PaymentState.SUBMITTING,
        PaymentState.SUCCEEDED,
        PaymentState.FAILED,
        PaymentState.CANCELLED,
    },
    PaymentState.SUBMITTING: {PaymentState.UNKNOWN, PaymentState.FAILED, *_TAKEN, *_ENDS_WITHOUT_MONEY},
    PaymentState.UNKNOWN: {PaymentState.FAILED, PaymentState.CANCELLING, *_TAKEN, *_ENDS_WITHOUT_MONEY},
    PaymentState.PROCESSING: {PaymentState.SUCCEEDED, PaymentState.CANCELLING, *_ENDS_WITHOUT_MONEY},
    PaymentState.SUCCEEDED: {PaymentState.RETURNED, PaymentState.CANCELLED},
    PaymentState.DECLINED: _FOUND_LATE,
    PaymentState.FAILED: {*_FOUND_LATE, *_ENDS_WITHOUT_MONEY},
    PaymentState.RETURNED: _FOUND_LATE,
    PaymentState.CANCELLING: {PaymentState.UNKNOWN, PaymentState.FAILED, *_ENDS_WITHOUT_MONEY},
    PaymentState.CANCELLED: _FOUND_LATE,
}


class ImpossibleTransitionError(Exception):
    """A fault of ours: a payment can't go from the one state to the other, so nothing is written."""


def require_transition(before: PaymentState, after: PaymentState) -> None:
    """Require that a payment may go from one state to another, or stay. Raise ImpossibleTransitionError."""
    if after is not before and after not in TRANSITIONS[before]:
        raise ImpossibleTransitionError(f"from {before} to {after}")


# The source of the outcome of a payment that was unknown.
Resolver = Literal["gateway", "person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOutcome:
    """The result of a charge.

    `flags_method`: the gateway refused the payment method, which is to be looked up there. `frees_key`: the request was
    certainly not sent, and its Idempotency-Key may be used again. `card` was stored by the charge. `surplus` are
    further charges of the same order that hold money, and `alarms` are charges that hold money and differ from it.
    `resolver` has found it out.
    """

    state: PaymentState
    transaction_id: str | None = None
    decline: Decline | None = None
    flags_method: bool = False
    frees_key: bool = False
    three_d_secure: ThreeDSecure | None = None
    card: VaultedCard | None = None
    surplus: tuple[Charge, ...] = ()
    alarms: tuple[Charge, ...] = ()
    resolver: Resolver = "gateway"

    @property
    def holds_money(self) -> bool:
        """Whether the customer's money was taken, or will be in some days."""
        return self.state in {PaymentState.SUCCEEDED, PaymentState.PROCESSING}


_STATE = {
    ChargeStatus.SUCCEEDED: PaymentState.SUCCEEDED,
    ChargeStatus.PROCESSING: PaymentState.PROCESSING,
    ChargeStatus.DECLINED: PaymentState.DECLINED,
    ChargeStatus.RETURNED: PaymentState.RETURNED,
    ChargeStatus.CANCELLED: PaymentState.CANCELLED,
    ChargeStatus.UNKNOWN: PaymentState.UNKNOWN,
}
# Of several charges under one order id, the first of these counts.
_PRECEDENCE = (ChargeStatus.SUCCEEDED, ChargeStatus.PROCESSING, ChargeStatus.RETURNED, ChargeStatus.CANCELLED)

UNKNOWN = ChargeOutcome(state=PaymentState.UNKNOWN)
NEVER_SENT = ChargeOutcome(state=PaymentState.FAILED, frees_key=True)
NEVER_FOUND = ChargeOutcome(state=PaymentState.FAILED)


def outcome_of(charge: Charge) -> ChargeOutcome:
    """Return the outcome that a charge means; one that differs from the order leaves it unknown."""
    return ChargeOutcome(state=PaymentState.UNKNOWN, alarms=(charge,)) if charge.differences else _as_it_stands(charge)


def outcome_of_error(error: GatewayError) -> ChargeOutcome:
    """Return the outcome that a failed request means; it is unknown unless certainly nothing was charged.

    A request that the gateway refused as invalid is a decline for good: nothing was charged. Most likely the payment
    method is wrong, and may be gone there.
    """
    if isinstance(error, GatewayUnavailableError):
        return NEVER_SENT
    if isinstance(error, GatewayInvalidError):
        refusal = error.refusals[0]
        decline = Decline(refusal.code, refusal.text, soft=False)
        return ChargeOutcome(state=PaymentState.DECLINED, decline=decline, flags_method=True)
    return UNKNOWN


def nonce_used(refusal: FieldRefusal) -> ChargeOutcome:
    """Return the outcome of an order whose nonce another order has used: nothing was charged."""
    return ChargeOutcome(state=PaymentState.DECLINED, decline=Decline(refusal.code, refusal.text, soft=False))


def outcome_of_search(charges: tuple[Charge, ...], known_id: str | None = None) -> ChargeOutcome | None:
    """Return the outcome that the charges found under an order id mean; None when there are none.

    The charge that the payment already has, `known_id`, counts before others that hold money. A charge that differs
    from the order keeps the payment from ending without money, unless an operator has voided it.
    """
    alarms = tuple(charge for charge in charges if charge.differences and charge.status is not ChargeStatus.CANCELLED)
    ours = [charge for charge in charges if charge not in alarms]
    if not ours:
        return ChargeOutcome(state=PaymentState.UNKNOWN, alarms=alarms) if alarms else None
    best = _first_that_counts(ours, known_id)
    if alarms and not best.holds_money:
        return ChargeOutcome(state=PaymentState.UNKNOWN, alarms=alarms)
    surplus = tuple(charge for charge in ours if charge.holds_money and charge.transaction_id != best.transaction_id)
    return replace(_as_it_stands(best), surplus=surplus, alarms=alarms)


def _as_it_stands(charge: Charge) -> ChargeOutcome:
    return ChargeOutcome(
        state=_STATE[charge.status],
        transaction_id=charge.transaction_id,
        decline=charge.decline,
        three_d_secure=charge.three_d_secure,
        card=charge.card,
    )


def _first_that_counts(charges: list[Charge], known_id: str | None) -> Charge:
    known = [charge for charge in charges if charge.transaction_id == known_id and charge.holds_money]
    by_status = [charge for status in _PRECEDENCE for charge in charges if charge.status is status]
    return [*known, *by_status, charges[-1]][0]
