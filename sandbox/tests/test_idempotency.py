"""`api_request_key` through the SDK."""

from typing import Any

import pytest
from braintree.error_codes import ErrorCodes

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes

Codes = ErrorCodes.Transaction


@pytest.fixture
def keyed(unique: Unique) -> dict[str, Any]:
    """Return a sale with a key of its own."""
    card = {"number": "4111111111111111", "expiration_date": "05/2035"}
    return {"amount": "1000.00", "api_request_key": unique("key"), "credit_card": card}


class TestSale:
    def test_sent_again_is_the_same_sale(
        self, gateway: Gateway, sandbox: Sandbox, keyed: dict[str, Any], unique: Unique
    ) -> None:
        sale = {**keyed, "order_id": unique("order")}
        first, again = (gateway.transaction.sale({**sale}) for _ in range(2))
        assert first.transaction.id == again.transaction.id
        assert [one["id"] for one in sandbox.transactions(order_id=unique("order"))] == [first.transaction.id]

    def test_a_declined_one_is_declined_again_without_a_second_try(
        self, gateway: Gateway, keyed: dict[str, Any]
    ) -> None:
        first, again = (gateway.transaction.sale({**keyed, "amount": "2000.00"}) for _ in range(2))
        assert first.transaction.id == again.transaction.id
        assert again.transaction.status == "processor_declined"

    def test_a_nonce_is_used_once_and_the_answer_comes_again(
        self, gateway: Gateway, sandbox: Sandbox, unique: Unique
    ) -> None:
        sale = {"amount": "9.00", "payment_method_nonce": sandbox.card_nonce(), "api_request_key": unique("key")}
        first, again = (gateway.transaction.sale({**sale}) for _ in range(2))
        assert first.transaction.id == again.transaction.id

    def test_another_request_with_the_key_is_refused(self, gateway: Gateway, keyed: dict[str, Any]) -> None:
        gateway.transaction.sale({**keyed})
        result = gateway.transaction.sale({**keyed, "amount": "200.00"})
        assert codes(result, "transaction", "api_request_key") == [Codes.ApiRequestKeyCanBeReusedOnlyWithTheSameRequest]

    def test_the_key_of_a_failed_request_stays_failed(self, gateway: Gateway, keyed: dict[str, Any]) -> None:
        broken = {**keyed, "order_id": "x" * 256}
        assert codes(gateway.transaction.sale({**broken}), "transaction", "order_id") == [Codes.OrderIdIsTooLong]
        assert codes(gateway.transaction.sale({**broken}), "transaction", "api_request_key") == [
            Codes.ApiRequestKeyWithFailedRequest
        ]

    def test_a_key_has_at_most_255_characters(self, gateway: Gateway, keyed: dict[str, Any]) -> None:
        long = keyed["api_request_key"].ljust(255, "x")
        assert gateway.transaction.sale({**keyed, "api_request_key": long}).is_success
        result = gateway.transaction.sale({**keyed, "api_request_key": f"{long}x"})
        assert codes(result, "transaction", "api_request_key") == [Codes.ApiRequestKeyTooLong]

    def test_a_key_is_forgotten_after_thirty_days(self, clockwork: Sandbox, keyed: dict[str, Any]) -> None:
        gateway = clockwork.gateway()
        first = gateway.transaction.sale({**keyed}).transaction
        clockwork.advance(days=30)
        assert gateway.transaction.sale({**keyed}).transaction.id != first.id

    def test_a_key_whose_request_is_under_way_is_refused(self, sandbox: Sandbox, keyed: dict[str, Any]) -> None:
        fault = sandbox.fault("hold", match={"body": keyed["api_request_key"]})

        with pytest.raises(Exception, match="timed out"):
            sandbox.gateway(timeout=1).transaction.sale({**keyed})
        sandbox.wait_for_hit(fault)
        result = sandbox.gateway().transaction.sale({**keyed})
        sandbox.release(fault)

        assert codes(result, "transaction", "api_request_key") == [Codes.ApiRequestKeyIsInFlight]


class TestOtherSteps:
    def test_a_credit_is_made_once(self, gateway: Gateway, keyed: dict[str, Any]) -> None:
        first, again = (gateway.transaction.credit({**keyed}).transaction for _ in range(2))
        assert first.id == again.id

    def test_void_answers_again_where_a_second_void_would_fail(
        self, gateway: Gateway, keyed: dict[str, Any], unique: Unique
    ) -> None:
        sale = gateway.transaction.sale({**keyed}).transaction
        first, again = (gateway.transaction.void(sale.id, {"api_request_key": unique("void")}) for _ in range(2))
        assert first.transaction.status == again.transaction.status == "voided"
        assert not gateway.transaction.void(sale.id).is_success

    def test_a_submission_is_made_once(self, gateway: Gateway, keyed: dict[str, Any], unique: Unique) -> None:
        sale = gateway.transaction.sale({**keyed}).transaction
        key = {"api_request_key": unique("submit")}
        results = [gateway.transaction.submit_for_settlement(sale.id, None, {**key}) for _ in range(2)]
        assert [result.transaction.status for result in results] == ["submitted_for_settlement"] * 2

    def test_refund_gives_back_once(self, gateway: Gateway, keyed: dict[str, Any], unique: Unique) -> None:
        sale = gateway.transaction.sale({**keyed, "options": {"submit_for_settlement": True}}).transaction
        gateway.testing.settle_transaction(sale.id)
        refund = {"amount": "10.00", "api_request_key": unique("refund")}
        first, again = (gateway.transaction.refund(sale.id, {**refund}).transaction for _ in range(2))
        assert first.id == again.id
        assert gateway.transaction.find(sale.id).refund_ids == [first.id]
