"""What the gateway's answers make of a payment."""

import pytest

from billing_api.gateway.port import (
    Charge,
    ChargeStatus,
    Decline,
    FieldRefusal,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    GatewayUnavailableError,
)
from billing_api.payments.states import PaymentState, outcome_of, outcome_of_error, outcome_of_search


def charge(status: ChargeStatus, transaction_id: str = "abc") -> Charge:
    decline = Decline("2000", "Do Not Honor", soft=True) if status is ChargeStatus.DECLINED else None
    return Charge(transaction_id=transaction_id, status=status, decline=decline)


@pytest.mark.parametrize("status", ChargeStatus)
def test_every_status_of_a_charge_has_its_state(status: ChargeStatus) -> None:
    outcome = outcome_of(charge(status))
    assert (outcome.state, outcome.transaction_id) == (PaymentState(status.value), "abc")


def test_only_what_certainly_did_nothing_is_not_unknown() -> None:
    assert outcome_of_error(GatewayUnavailableError()).state is PaymentState.FAILED
    assert outcome_of_error(GatewayOutcomeUnknownError()).state is PaymentState.UNKNOWN
    refused = outcome_of_error(GatewayInvalidError((FieldRefusal("token", "91518", "Unknown token."),)))
    assert (refused.state, refused.decline) == (PaymentState.DECLINED, Decline("91518", "Unknown token.", soft=False))


def test_of_several_charges_the_one_that_took_money_counts() -> None:
    declined, taken = charge(ChargeStatus.DECLINED, "first"), charge(ChargeStatus.SUCCEEDED, "second")
    for found in ((declined, taken), (taken, declined)):
        outcome = outcome_of_search(found)
        assert outcome is not None
        assert outcome.transaction_id == "second"
    only = outcome_of_search((declined,))
    assert only is not None
    assert only.state is PaymentState.DECLINED
    assert outcome_of_search(()) is None
