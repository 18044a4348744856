"""The transitions of a payment: docs/payments.md has those of the code, and no other one is written."""

import re
from itertools import product
from pathlib import Path

import pytest

from billing_api.payments.states import TRANSITIONS, ImpossibleTransitionError, PaymentState, require_transition

_PAGE = (Path(__file__).parents[2] / "docs" / "payments.md").read_text()


def _states(cell: str) -> list[PaymentState]:
    return [PaymentState(name) for name in re.findall(r"`(\w+)`", cell)]


def test_the_table_has_each_transition_once() -> None:
    _, _, after_heading = _PAGE.partition("| from | to | when |\n|---|---|---|\n")
    rows = [line.split("|")[1:3] for line in after_heading.partition("\n\n")[0].splitlines()]
    named = [pair for before, after in rows for pair in product(_states(before), _states(after))]
    assert len(named) == len(set(named))
    assert set(named) == {(before, after) for before, all_after in TRANSITIONS.items() for after in all_after}


def test_the_picture_has_every_state_and_no_other_transition() -> None:
    arrows = re.findall(r"^    (\w+) --> (\w+)", _PAGE, re.MULTILINE)
    for before, after in arrows:
        assert PaymentState(after) in TRANSITIONS[PaymentState(before)]
    assert {state for arrow in arrows for state in arrow} == {state.value for state in PaymentState}


@pytest.mark.parametrize(("before", "after"), list(product(PaymentState, PaymentState)))
def test_a_payment_goes_to_no_other_state(before: PaymentState, after: PaymentState) -> None:
    if before is after or after in TRANSITIONS[before]:
        require_transition(before, after)
    else:
        with pytest.raises(ImpossibleTransitionError, match=f"from {before} to {after}"):
            require_transition(before, after)


def test_every_state_has_its_transitions_and_a_payment_is_written_once() -> None:
    assert set(TRANSITIONS) == set(PaymentState)
    before = {state for state, after in TRANSITIONS.items() if PaymentState.SUBMITTING in after}
    assert before == {PaymentState.SCHEDULED}
