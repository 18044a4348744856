"""Trouble on demand, as the SDK meets it."""

from typing import Any

import pytest
import requests
from braintree.exceptions.server_error import ServerError
from braintree.exceptions.service_unavailable_error import ServiceUnavailableError
from braintree.exceptions.too_many_requests_error import TooManyRequestsError

from tests.braintree_sandbox.conftest import Unique
from tests.braintree_sandbox.terms import TransactionSearch
from tests.fixtures.sandbox import Gateway, Sandbox


@pytest.fixture
def sale(unique: Unique) -> dict[str, Any]:
    """A sale that faults can be aimed at by its order id."""
    card = {"number": "4111111111111111", "expiration_date": "05/2030"}
    return {"amount": "10.00", "order_id": unique("order"), "credit_card": card}


def _sold(sandbox: Sandbox, sale: dict[str, Any]) -> int:
    return len(sandbox.transactions(order_id=sale["order_id"]))


class TestStatus:
    @pytest.mark.parametrize(
        ("status", "error"), [(500, ServerError), (503, ServiceUnavailableError), (429, TooManyRequestsError)]
    )
    @pytest.mark.parametrize("commit", [False, True])
    def test_is_answered_whether_or_not_it_was_done(
        self,
        gateway: Gateway,
        sandbox: Sandbox,
        sale: dict[str, Any],
        status: int,
        error: type[Exception],
        commit: bool,
    ) -> None:
        sandbox.fault("status", status=status, commit=commit, match={"body": sale["order_id"]})
        with pytest.raises(error):
            gateway.transaction.sale({**sale})
        assert _sold(sandbox, sale) == commit

    def test_ends_after_as_many_calls_as_were_asked_for(
        self, gateway: Gateway, sandbox: Sandbox, sale: dict[str, Any]
    ) -> None:
        fault = sandbox.fault("status", status=503, times=2, match={"body": sale["order_id"], "path": "transactions$"})
        for _ in range(2):
            with pytest.raises(ServiceUnavailableError):
                gateway.transaction.sale({**sale})
        assert gateway.transaction.sale({**sale}).is_success
        assert sandbox.hits(fault) == 2


class TestDrop:
    @pytest.mark.parametrize("commit", [False, True])
    def test_cuts_the_connection_before_or_after_the_sale(
        self, gateway: Gateway, sandbox: Sandbox, sale: dict[str, Any], commit: bool
    ) -> None:
        sandbox.fault("drop", commit=commit, match={"body": sale["order_id"]})

        with pytest.raises(requests.exceptions.ConnectionError):
            gateway.transaction.sale({**sale})

        found = gateway.transaction.search(TransactionSearch.order_id == sale["order_id"])
        assert found.maximum_size == commit


class TestDelay:
    def test_answers_too_late_although_it_was_done(self, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        sandbox.fault("delay", seconds=3, commit=True, match={"body": sale["order_id"]})
        with pytest.raises(requests.exceptions.ReadTimeout):
            sandbox.gateway(timeout=1).transaction.sale({**sale})
        assert _sold(sandbox, sale) == 1

    def test_without_commit_nothing_is_done_yet(self, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        sandbox.fault("delay", seconds=30, match={"body": sale["order_id"]})
        with pytest.raises(requests.exceptions.ReadTimeout):
            sandbox.gateway(timeout=1).transaction.sale({**sale})
        assert _sold(sandbox, sale) == 0

    def test_a_short_one_is_only_slow(self, gateway: Gateway, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        sandbox.fault("delay", seconds=0.05, match={"body": sale["order_id"]})
        assert gateway.transaction.sale({**sale}).is_success


class TestGarbage:
    def test_cannot_be_read(self, gateway: Gateway, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        sandbox.fault("garbage", commit=True, match={"body": sale["order_id"]})
        with pytest.raises(Exception, match=r"not well-formed|invalid token|junk"):
            gateway.transaction.sale({**sale})
        assert _sold(sandbox, sale) == 1


class TestMatching:
    def test_leaves_other_calls_alone(self, gateway: Gateway, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        here = {"body": sale["order_id"]}
        aimed = [
            sandbox.fault("drop", match={**here, "method": "PUT"}),
            sandbox.fault("drop", match={**here, "path": "/customers"}),
            sandbox.fault("drop", match={**here, "merchant_id": "integration2_merchant_id"}),
        ]
        assert gateway.transaction.sale({**sale}).is_success
        assert [sandbox.hits(fault) for fault in aimed] == [0, 0, 0]

    @pytest.mark.parametrize(
        "fault", [{}, {"kind": "explode"}, {"kind": "drop", "colour": "red"}, {"kind": "drop", "match": {"path": "("}}]
    )
    def test_a_fault_that_makes_no_sense_is_refused(self, sandbox: Sandbox, fault: dict[str, Any]) -> None:
        with pytest.raises(AssertionError, match="400"):
            sandbox.control("POST", "/faults", fault)
