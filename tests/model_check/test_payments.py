"""The model of paying: whole it has no fault, and without one safeguard spin finds the double and the lost charge."""

import re

import pytest

from billing_api.payments.states import TRANSITIONS, PaymentState
from model_check.searches import REFUND_VARIANTS, SMALL, VARIANTS, WHOLE_REFUNDS, RefundSearch, Search
from model_check.spin import MODEL, REFUNDS, check, find_spin
from tests.fixtures.spin import needs_spin

pytestmark = pytest.mark.slow


@pytest.fixture
def spin() -> str:
    """Return the path of spin, which CI must have."""
    found = find_spin()
    assert found is not None
    return found


@needs_spin
def test_at_rest_nothing_is_charged_twice_or_lost(spin: str) -> None:
    """In the smallest size; `make model` tries larger ones."""
    result = SMALL.run(spin)
    assert result.story is None
    assert result.states > 100_000


@pytest.mark.slow
@needs_spin
@pytest.mark.parametrize("search", VARIANTS, ids=lambda search: f"{search.without}-{search.fault}")
def test_without_one_safeguard_a_charge_is_double_or_lost(spin: str, search: Search) -> None:
    """The story is read: a payment fails, its charge holds money, and with the double one the invoice is paid again."""
    result = search.run(spin)
    assert search.is_right(result)
    assert result.story is not None
    story = [re.sub(r"^payment (\d): (.*)$", r"\1 \2", line) for line in result.story]
    failed = next(line[0] for line in story if line.endswith("-> FAILED"))
    assert f"{failed} the gateway charges it" in story
    assert f"{failed} its process dies" in story
    paid_by = {line[0] for line in story if line.endswith(("-> SUCCEEDED", "-> PROCESSING"))}
    assert failed not in paid_by
    assert bool(paid_by) is (search.fault == "double")
    assert all(f"{payment} the gateway charges it" in story for payment in paid_by)


@needs_spin
def test_a_reservation_keeps_two_requests_from_one_invoice(spin: str) -> None:
    result = check(spin, requests=2, checkers=1, definitions=["NO_RESERVATION"], shortest=True)
    assert result.story is not None
    assert [line.split(": ")[1] for line in result.story].count("the gateway charges it") == 2


@needs_spin
@pytest.mark.parametrize(
    ("end", "last"), [("ACCEPTED", "-> SUCCEEDED"), ("GIVEN_BACK", "its charge is given back, it is CANCELLED")]
)
def test_late_charges_are_accepted_and_given_back_in_the_model(spin: str, end: str, last: str) -> None:
    """Otherwise that none is lost would say nothing."""
    result = check(spin, requests=2, checkers=1, definitions=[f"UNREACHABLE={end}"], shortest=True)
    assert result.story is not None
    assert any(line.endswith(last) for line in result.story)


@needs_spin
def test_no_more_is_given_back_than_was_captured(spin: str) -> None:
    result = WHOLE_REFUNDS.run(spin)
    assert result.story is None
    assert result.states > 5_000


@needs_spin
@pytest.mark.parametrize("search", REFUND_VARIANTS, ids=lambda search: search.without)
def test_without_one_safeguard_more_is_given_back(spin: str, search: RefundSearch) -> None:
    """Both requests are carried out, although together they are more than the charge."""
    result = search.run(spin)
    assert search.is_right(result)
    assert result.story is not None
    assert {line for line in result.story if line.endswith("the gateway makes it")} == {
        "refund 0: the gateway makes it",
        "refund 1: the gateway makes it",
    }


@needs_spin
@pytest.mark.parametrize("end", ["RETURNED_AFTER_A_REFUND", "VOIDED_IN_TIME", "REFUNDED_ANEW"])
def test_refunds_race_with_returns_in_the_model(spin: str, end: str) -> None:
    """Otherwise that none is double would say nothing."""
    result = check(spin, definitions=[f"UNREACHABLE={end}"], shortest=True, model=REFUNDS)
    assert result.story is not None


def test_the_model_has_the_transitions_of_the_code() -> None:
    (table,) = re.findall(
        r"#define may_become\(from, to\) \(from == to \|\|(.*?)\)\)\)\n", MODEL.read_text(), re.DOTALL
    )
    found = {
        PaymentState(before.lower()): {PaymentState(after.lower()) for after in re.findall(r"to == (\w+)", row)}
        for before, row in re.findall(r"from == (\w+) && \(([^()]*)", table)
    }
    assert found == {before: after for before, after in TRANSITIONS.items() if after}
