"""The state of a payment for each response of the gateway."""

from dataclasses import replace
from itertools import combinations

import pytest

from billing_api.gateway.charges import Charge, ChargeStatus
from billing_api.gateway.failures import (
    Decline,
    FieldRefusal,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    GatewayUnavailableError,
)
from billing_api.payments.states import (
    NEVER_FOUND,
    ChargeOutcome,
    PaymentState,
    outcome_of,
    outcome_of_error,
    outcome_of_search,
)


def charge(status: ChargeStatus, transaction_id: str = "abc") -> Charge:
    decline = Decline("2000", "Do Not Honor", soft=True) if status is ChargeStatus.DECLINED else None
    return Charge(transaction_id=transaction_id, status=status, decline=decline)


@pytest.mark.parametrize("state", PaymentState)
def test_a_state_is_open_while_its_outcome_is_unknown_and_live_while_money_may_move(state: PaymentState) -> None:
    is_open = state in {"submitting", "unknown"}
    assert (state.is_open, state.is_live) == (is_open, is_open or state == "processing")
    assert state.has_ended_without_money == (state in {"declined", "failed", "returned", "cancelling", "cancelled"})
    assert ChargeOutcome(state=state).holds_money == (state in {"succeeded", "processing"})


@pytest.mark.parametrize("status", ChargeStatus)
def test_every_status_of_a_charge_has_its_state(status: ChargeStatus) -> None:
    response = charge(status)
    assert outcome_of(response) == ChargeOutcome(
        state=PaymentState(status.value),
        transaction_id="abc",
        decline=response.decline,
        flags_method=False,
        frees_key=False,
    )


def test_only_an_outcome_without_any_effect_is_not_unknown() -> None:
    """Its key is free again only when nothing was sent, and its method is checked only when the gateway refused it."""
    assert outcome_of_error(GatewayUnavailableError()) == ChargeOutcome(
        state=PaymentState.FAILED, flags_method=False, frees_key=True
    )
    assert outcome_of_error(GatewayOutcomeUnknownError()) == ChargeOutcome(
        state=PaymentState.UNKNOWN, flags_method=False, frees_key=False
    )
    assert outcome_of_error(GatewayInvalidError((FieldRefusal("token", "91518", "Unknown token."),))) == ChargeOutcome(
        state=PaymentState.DECLINED,
        decline=Decline("91518", "Unknown token.", soft=False),
        flags_method=True,
        frees_key=False,
    )
    assert ChargeOutcome(state=PaymentState.FAILED, frees_key=False) == NEVER_FOUND


# The one that counts comes first: money that is here, money on its way, money that came and went, and none at all.
IN_ORDER = [
    ChargeStatus.SUCCEEDED,
    ChargeStatus.PROCESSING,
    ChargeStatus.RETURNED,
    ChargeStatus.CANCELLED,
    ChargeStatus.DECLINED,
]


@pytest.mark.parametrize(("heavy", "light"), list(combinations(IN_ORDER, 2)))
def test_the_charge_that_took_money_counts(heavy: ChargeStatus, light: ChargeStatus) -> None:
    """The order in which the gateway lists them does not matter."""
    counts, other = charge(heavy, "counts"), charge(light, "other")
    for found in ((counts, other), (other, counts)):
        surplus = (other,) if heavy is ChargeStatus.SUCCEEDED and light is ChargeStatus.PROCESSING else ()
        assert outcome_of_search(found) == replace(outcome_of(counts), surplus=surplus)


def test_one_of_two_equal_charges_counts_and_the_other_is_surplus() -> None:
    first, second = taken = tuple(charge(ChargeStatus.SUCCEEDED, name) for name in ("first", "second"))
    assert outcome_of_search(taken) == replace(outcome_of(first), surplus=(second,))
    assert outcome_of_search(taken, known_id="second") == replace(outcome_of(second), surplus=(first,))
    declined = [charge(ChargeStatus.DECLINED, name) for name in ("first", "second", "last")]
    assert outcome_of_search(tuple(declined)) == outcome_of(declined[-1])


@pytest.mark.parametrize("status", ChargeStatus)
def test_a_charge_that_differs_from_its_order_is_an_alarm_and_no_outcome(status: ChargeStatus) -> None:
    strange = replace(charge(status, "strange"), differences=("amount 1050.00 for 1050",))
    outcome = outcome_of(strange)
    assert (outcome.state, outcome.transaction_id, outcome.alarms) == (PaymentState.UNKNOWN, None, (strange,))
    if status is not ChargeStatus.CANCELLED:  # a person may have voided it since
        ours = charge(ChargeStatus.SUCCEEDED, "ours")
        assert outcome_of_search((strange,)) == outcome
        assert outcome_of_search((strange, ours)) == replace(outcome_of(ours), alarms=(strange,))


@pytest.mark.parametrize("status", [ChargeStatus.DECLINED, ChargeStatus.RETURNED, ChargeStatus.CANCELLED])
def test_an_alarm_keeps_a_payment_from_ending_without_money(status: ChargeStatus) -> None:
    strange = replace(charge(ChargeStatus.SUCCEEDED, "strange"), differences=("amount 1050.00 for 1050",))
    outcome = outcome_of_search((charge(status, "ours"), strange))
    assert outcome == outcome_of(strange)


def test_a_charge_that_differs_and_was_voided_is_no_alarm_any_more() -> None:
    voided = replace(charge(ChargeStatus.CANCELLED), differences=("amount 1050.00 for 1050",))
    assert outcome_of_search((voided,)) == outcome_of(replace(voided, differences=()))


def test_nothing_found_is_no_outcome() -> None:
    assert {*IN_ORDER, ChargeStatus.UNKNOWN} == set(ChargeStatus)  # an unknown one always differs
    assert outcome_of_search(()) is None
