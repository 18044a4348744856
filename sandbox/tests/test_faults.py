"""Faults on demand, as the SDK sees them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from braintree.exceptions.server_error import ServerError
from braintree.exceptions.service_unavailable_error import ServiceUnavailableError
from braintree.exceptions.too_many_requests_error import TooManyRequestsError

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes
from .receiver import PATIENCE_SECONDS
from .terms import TransactionSearch


@pytest.fixture
def sale(unique: Unique) -> dict[str, Any]:
    """Return a sale that faults can be aimed at by its order id."""
    card = {"number": "4111111111111111", "expiration_date": "05/2030"}
    return {"amount": "10.00", "order_id": unique("order"), "credit_card": card}


def _sell_and_hang_up(sandbox: Sandbox, sale: dict[str, Any]) -> Any:
    """Return the sale's result, and close this thread's connection, since the thread ends."""
    seller = sandbox.gateway()
    try:
        return seller.transaction.sale({**sale})
    finally:
        seller.config.close()


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
        fault = sandbox.fault("delay", seconds=30, commit=True, match={"body": sale["order_id"]})
        with pytest.raises(requests.exceptions.ReadTimeout):
            sandbox.gateway(timeout=1).transaction.sale({**sale})
        sandbox.wait_for_hit(fault)
        assert _sold(sandbox, sale) == 1

    def test_without_commit_nothing_is_done_yet(self, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        sandbox.fault("delay", seconds=30, match={"body": sale["order_id"]})
        with pytest.raises(requests.exceptions.ReadTimeout):
            sandbox.gateway(timeout=1).transaction.sale({**sale})
        assert _sold(sandbox, sale) == 0

    def test_a_short_one_is_only_slow(self, gateway: Gateway, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        sandbox.fault("delay", seconds=0.05, match={"body": sale["order_id"]})
        assert gateway.transaction.sale({**sale}).is_success


class TestHold:
    @pytest.mark.parametrize("commit", [False, True])
    def test_keeps_the_call_until_it_is_released(
        self, gateway: Gateway, sandbox: Sandbox, sale: dict[str, Any], commit: bool
    ) -> None:
        fault = sandbox.fault("hold", commit=commit, match={"body": sale["order_id"]})
        with ThreadPoolExecutor(1) as pool:
            selling = pool.submit(_sell_and_hang_up, sandbox, sale)
            sandbox.wait_for_hit(fault)
            sold_while_held = _sold(sandbox, sale)
            answered_while_held = selling.done()
            sandbox.release(fault)
            result = selling.result(timeout=PATIENCE_SECONDS)
        assert (sold_while_held, answered_while_held) == (commit, False)
        assert result.is_success
        assert _sold(sandbox, sale) == 1

    @pytest.mark.parametrize("commit", [False, True])
    def test_a_client_that_left_meanwhile_changes_nothing(
        self, sandbox: Sandbox, sale: dict[str, Any], commit: bool
    ) -> None:
        fault = sandbox.fault("hold", commit=commit, match={"body": sale["order_id"]})
        with pytest.raises(requests.exceptions.ReadTimeout):
            sandbox.gateway(timeout=1).transaction.sale({**sale})
        sandbox.wait_for_hit(fault)
        assert _sold(sandbox, sale) == commit
        sandbox.release(fault)
        assert _sold(sandbox, sale) == 1

    def test_a_key_is_in_flight_as_long_as_its_call_is_held(
        self, gateway: Gateway, sandbox: Sandbox, sale: dict[str, Any], unique: Unique
    ) -> None:
        keyed = {**sale, "api_request_key": unique("key")}
        fault = sandbox.fault("hold", match={"body": sale["order_id"]})
        with ThreadPoolExecutor(1) as pool:
            selling = pool.submit(_sell_and_hang_up, sandbox, keyed)
            sandbox.wait_for_hit(fault)
            refused = gateway.transaction.sale({**keyed})
            sandbox.release(fault)
            result = selling.result(timeout=PATIENCE_SECONDS)
        assert codes(refused, "transaction", "api_request_key") == ["915233"]
        assert gateway.transaction.sale({**keyed}).transaction.id == result.transaction.id

    def test_several_calls_are_waited_for_and_released_together(self, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        fault = sandbox.fault("hold", times=2, match={"body": sale["order_id"]})
        with ThreadPoolExecutor(2) as pool:
            selling = [pool.submit(_sell_and_hang_up, sandbox, sale) for _ in range(2)]
            sandbox.wait_for_hit(fault, hits=2)
            sandbox.release(fault)
            assert all(one.result(timeout=PATIENCE_SECONDS).is_success for one in selling)
        assert _sold(sandbox, sale) == 2

    @pytest.mark.parametrize("all_of_them", [False, True])
    def test_a_fault_that_is_forgotten_lets_its_calls_go_on(
        self, clockwork: Sandbox, sale: dict[str, Any], all_of_them: bool
    ) -> None:
        fault = clockwork.fault("hold", match={"body": sale["order_id"]})
        with ThreadPoolExecutor(1) as pool:
            selling = pool.submit(_sell_and_hang_up, clockwork, sale)
            clockwork.wait_for_hit(fault)
            clockwork.control("DELETE", "/faults" if all_of_them else f"/faults/{fault}")
            assert selling.result(timeout=PATIENCE_SECONDS).is_success
        with pytest.raises(AssertionError, match="404"):
            clockwork.hits(fault)

    def test_one_that_was_released_holds_no_later_call(
        self, gateway: Gateway, sandbox: Sandbox, sale: dict[str, Any]
    ) -> None:
        fault = sandbox.fault("hold", match={"body": sale["order_id"]})
        sandbox.release(fault)
        assert gateway.transaction.sale({**sale}).is_success
        assert sandbox.hits(fault) == 1


class TestWaiting:
    def test_ends_when_the_time_is_over(self, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        fault = sandbox.fault("drop", match={"body": sale["order_id"]})
        with pytest.raises(AssertionError, match="was not hit"):
            sandbox.wait_for_hit(fault, seconds=0.01)

    def test_is_for_faults_of_every_kind(self, gateway: Gateway, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        fault = sandbox.fault("status", match={"body": sale["order_id"]})
        with pytest.raises(ServiceUnavailableError):
            gateway.transaction.sale({**sale})
        sandbox.wait_for_hit(fault)

    @pytest.mark.parametrize("query", [{"wait": "61"}, {"wait": "nan"}, {"wait": "-1"}, {"hits": "0"}, {"hits": "x"}])
    def test_has_limits(self, sandbox: Sandbox, sale: dict[str, Any], query: dict[str, str]) -> None:
        fault = sandbox.fault("drop", match={"body": sale["order_id"]})
        with pytest.raises(AssertionError, match=f"400.*{next(iter(query))}"):
            sandbox.control("GET", f"/faults/{fault}", query=query)

    def test_only_a_hold_is_released(self, sandbox: Sandbox, sale: dict[str, Any]) -> None:
        fault = sandbox.fault("drop", match={"body": sale["order_id"]})
        with pytest.raises(AssertionError, match="409"):
            sandbox.release(fault)


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
        "fault",
        [
            {},
            {"kind": "explode"},
            {"kind": "drop", "colour": "red"},
            {"kind": "drop", "commit": "no"},
            {"kind": "drop", "times": 0},
            {"kind": "drop", "times": "2"},
            {"kind": "drop", "match": {"path": "("}},
            {"kind": "drop", "match": {"path": 1}},
            {"kind": "drop", "match": {"verb": "GET"}},
            {"kind": "status", "status": 99},
            {"kind": "status", "status": 1000},
            {"kind": "delay", "seconds": -1},
            {"kind": "delay", "seconds": 1e300},
        ],
    )
    def test_a_fault_that_makes_no_sense_is_refused(self, sandbox: Sandbox, fault: dict[str, Any]) -> None:
        with pytest.raises(AssertionError, match="400"):
            sandbox.control("POST", "/faults", fault)
