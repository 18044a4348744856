"""The states of a refund: docs/payments.md has those of the code, and each response of the gateway means one."""

import re
from itertools import product
from pathlib import Path

import pytest

from billing_api.gateway.charges import Charge, ChargeStatus
from billing_api.gateway.failures import (
    Decline,
    FieldRefusal,
    GatewayError,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    GatewayTooEarlyError,
    GatewayUnavailableError,
)
from billing_api.refunds.states import (
    TRANSITIONS,
    ImpossibleRefundError,
    RefundState,
    outcome_of,
    outcome_of_error,
    outcome_of_search,
    require_transition,
)

_PAGE = (Path(__file__).parents[2] / "docs" / "payments.md").read_text()
_REFUSED = (FieldRefusal("base", "91506", "Cannot refund transaction unless it is settled."),)


def _states(cell: str) -> list[RefundState]:
    return [RefundState(name) for name in re.findall(r"`(\w+)`", cell)]


def test_the_table_has_each_transition_once() -> None:
    _, _, after_heading = _PAGE.partition("| a refund that is | becomes | when |\n|---|---|---|\n")
    rows = [line.split("|")[1:3] for line in after_heading.partition("\n\n")[0].splitlines()]
    named = [pair for before, after in rows for pair in product(_states(before), _states(after))]
    assert len(named) == len(set(named))
    assert set(named) == {(before, after) for before, all_after in TRANSITIONS.items() for after in all_after}


@pytest.mark.parametrize(("before", "after"), list(product(RefundState, RefundState)))
def test_a_refund_goes_to_no_other_state(before: RefundState, after: RefundState) -> None:
    if before is after or after in TRANSITIONS[before]:
        require_transition(before, after)
    else:
        with pytest.raises(ImpossibleRefundError):
            require_transition(before, after)


@pytest.mark.parametrize(
    ("error", "state", "frees_key"),
    [
        (GatewayTooEarlyError(_REFUSED), "waiting_for_settlement", False),
        (GatewayInvalidError(_REFUSED), "failed", False),
        (GatewayUnavailableError("no connection"), "failed", True),
        (GatewayOutcomeUnknownError("time-out"), "unknown", False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_was_certainly_not_done_has_failed(error: GatewayError, state: str, frees_key: bool) -> None:
    outcome = outcome_of_error(error)
    assert (outcome.state, outcome.frees_key) == (state, frees_key)


@pytest.mark.parametrize("status", ChargeStatus)
def test_a_refund_without_money_says_why(status: ChargeStatus) -> None:
    decline = Decline("2004", "Expired Card", soft=False) if status is ChargeStatus.DECLINED else None
    outcome = outcome_of(Charge(transaction_id="one", status=status, decline=decline))
    assert outcome.holds_money or outcome.state.is_open or outcome.decline is not None


def test_of_several_refunds_the_one_with_money_counts() -> None:
    declined = Charge(
        transaction_id="one", status=ChargeStatus.DECLINED, decline=Decline("2004", "Expired Card", soft=False)
    )
    made = Charge(transaction_id="two", status=ChargeStatus.SUCCEEDED, decline=None)
    found = outcome_of_search([declined, made])
    assert found is not None
    assert found.transaction_id == "two"
    assert outcome_of_search([]) is None
