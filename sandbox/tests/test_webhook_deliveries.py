"""Webhooks on their way: in order, late, twice, lost, retried, and after a restart."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from braintree.exceptions.invalid_signature_error import InvalidSignatureError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Sandbox, run_sandbox

from .receiver import PATIENCE_SECONDS, Receiver, receiving

DEBIT = {
    "amount": "10.00",
    "payment_method_nonce": Nonces.UsBankAccount,
    "merchant_account_id": "us_bank_merchant_account",
    "options": {"submit_for_settlement": True},
}


@pytest.fixture
def receiver(clockwork: Sandbox) -> Iterator[Receiver]:
    """Return a server that has everything of the exempt merchant sent, in a sandbox with a clock of its own."""
    clockwork.control("POST", "/reset")
    with receiving(clockwork.gateway()) as running:
        clockwork.control("POST", "/webhook-endpoints", {"url": running.url})
        yield running


def send(sandbox: Sandbox, subject_id: str, **how: object) -> str:
    """Send one on demand and return the delivery's id."""
    body = {"kind": "transaction_settled", "id": subject_id, "deliver": True, **how}
    return str(sandbox.control("POST", "/webhooks", body)["deliveries"][0])


def delivery(sandbox: Sandbox, delivery_id: str) -> dict[str, Any]:
    """Return its entry in the log."""
    log = sandbox.control("GET", "/webhook-deliveries")["deliveries"]
    return next(one for one in log if one["delivery_id"] == delivery_id)


def settled_log(sandbox: Sandbox, delivery_id: str, *, attempts: int) -> dict[str, Any]:
    """Return the log's entry once it has that many attempts: the receiver has them a moment earlier."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        entry = delivery(sandbox, delivery_id)
        if len(entry["attempts"]) >= attempts:
            return entry
    raise AssertionError(f"The delivery {delivery_id} did not come to {attempts} attempts")


def arrived(receiver: Receiver, count: int) -> list[str]:
    """Return the ids of the next subjects."""
    return [receiver.notification().transaction.id for _ in range(count)]


class TestOrder:
    def test_is_that_of_the_events(self, clockwork: Sandbox, receiver: Receiver) -> None:
        wanted = [f"sale{number}" for number in range(20)]
        for name in wanted:
            send(clockwork, name)
        assert arrived(receiver, 20) == wanted

    def test_is_lost_when_asked_for(self, clockwork: Sandbox, receiver: Receiver) -> None:
        for name, how in (("first", {"trouble": "overtaken"}), ("second", {}), ("third", {})):
            send(clockwork, name, **how)
        order = arrived(receiver, 3)
        assert order.index("first") > order.index("second")


class TestTrouble:
    def test_can_send_twice(self, clockwork: Sandbox, receiver: Receiver) -> None:
        once = send(clockwork, "sale", trouble="twice")
        assert arrived(receiver, 2) == ["sale", "sale"]
        entry = settled_log(clockwork, once, attempts=2)
        assert (entry["status"], [one["status"] for one in entry["attempts"]]) == ("delivered", [200, 200])

    def test_late_by_the_sandboxs_clock(self, clockwork: Sandbox, receiver: Receiver) -> None:
        send(clockwork, "late", trouble="late", seconds=3600)
        send(clockwork, "prompt")
        assert arrived(receiver, 1) == ["prompt"]
        clockwork.advance(hours=1)
        assert arrived(receiver, 1) == ["late"]

    def test_can_sign_badly(self, clockwork: Sandbox, receiver: Receiver) -> None:
        send(clockwork, "sale", trouble="bad_signature")
        with pytest.raises(InvalidSignatureError):
            receiver.notification()

    def test_waits_for_what_happens_later(self, clockwork: Sandbox, receiver: Receiver) -> None:
        gateway = clockwork.gateway()
        sale = gateway.transaction.sale({**DEBIT}).transaction
        match = {"kind": "transaction_settled", "id": sale.id}
        clockwork.control("POST", "/webhook-troubles", {"trouble": "twice", "match": match})
        gateway.testing.settle_transaction(sale.id)
        assert arrived(receiver, 2) == [sale.id, sale.id]
        troubles = clockwork.control("GET", "/webhook-troubles")["troubles"]
        assert [(one["trouble"], one["hits"]) for one in troubles] == [("twice", 1)]
        assert clockwork.control("DELETE", "/webhook-troubles") == {"troubles": []}

    @pytest.mark.parametrize(
        "body",
        [
            {"trouble": "much"},
            {"match": {"colour": "red"}},
            {"trouble": "late", "seconds": "long"},
            {"trouble": "late", "seconds": -1},
            {"trouble": "late", "seconds": 1e12},
        ],
    )
    def test_of_an_unknown_sort_is_refused(self, clockwork: Sandbox, body: dict[str, object]) -> None:
        with pytest.raises(AssertionError, match="400"):
            clockwork.control("POST", "/webhook-troubles", body)


class TestRetries:
    def test_come_hourly_three_times(self, clockwork: Sandbox, receiver: Receiver) -> None:
        receiver.statuses = [500, 404, 503, 500]
        sent = send(clockwork, "sale")
        for attempts in range(1, 5):
            assert arrived(receiver, 1) == ["sale"]
            entry = settled_log(clockwork, sent, attempts=attempts)
            assert entry["status"] == ("waiting" if attempts < 4 else "given_up")
            clockwork.advance(hours=1)
        assert [one["status"] for one in entry["attempts"]] == [500, 404, 503, 500]

    def test_come_at_once_on_demand(self, clockwork: Sandbox, receiver: Receiver) -> None:
        receiver.statuses = [500]
        sent = send(clockwork, "sale")
        arrived(receiver, 1)
        settled_log(clockwork, sent, attempts=1)
        clockwork.control("POST", f"/webhook-deliveries/{sent}/retry")
        assert arrived(receiver, 1) == ["sale"]
        assert settled_log(clockwork, sent, attempts=2)["status"] == "delivered"
        with pytest.raises(AssertionError, match="404"):
            clockwork.control("POST", "/webhook-deliveries/nothing/retry")

    def test_follow_what_was_lost(self, clockwork: Sandbox, receiver: Receiver) -> None:
        sent = send(clockwork, "lost", trouble="lost")
        send(clockwork, "found")
        assert arrived(receiver, 1) == ["found"]
        assert "lost" in settled_log(clockwork, sent, attempts=1)["attempts"][0]["error"]
        clockwork.advance(hours=1)
        assert arrived(receiver, 1) == ["lost"]

    def test_follow_a_server_that_was_away(self, clockwork: Sandbox) -> None:
        clockwork.control("POST", "/reset")
        with receiving(clockwork.gateway()) as gone:
            clockwork.control("POST", "/webhook-endpoints", {"url": gone.url})
        sent = send(clockwork, "sale")
        assert "ConnectError" in settled_log(clockwork, sent, attempts=1)["attempts"][0]["error"]


class TestOwnEvents:
    def test_a_debit_settles_and_is_returned(self, clockwork: Sandbox, receiver: Receiver) -> None:
        gateway = clockwork.gateway()
        sale = gateway.transaction.sale({**DEBIT}).transaction
        clockwork.advance(days=3)
        settled = receiver.notification()
        clockwork.control("POST", f"/transactions/{sale.id}/return", {"code": "R01"})
        returned = receiver.notification()
        assert (settled.kind, settled.transaction.status) == ("transaction_settled", "settled")
        assert (returned.kind, returned.transaction.ach_return_code) == ("transaction_settlement_declined", "R01")
        assert returned.transaction.status == "settled"

    def test_a_debit_is_returned_before_it_settles(self, clockwork: Sandbox, receiver: Receiver) -> None:
        sale = clockwork.gateway().transaction.sale({**DEBIT}).transaction
        clockwork.control("POST", f"/transactions/{sale.id}/return", {"code": "R03"})
        told = receiver.notification()
        assert (told.kind, told.transaction.status) == ("transaction_settlement_declined", "settlement_declined")

    def test_cards_settle_in_silence(self, clockwork: Sandbox, receiver: Receiver) -> None:
        options = {"submit_for_settlement": True}
        card = {"amount": "10.00", "payment_method_nonce": Nonces.Transactable, "options": options}
        sale = clockwork.gateway().transaction.sale(card).transaction
        clockwork.advance(days=3)
        assert clockwork.transactions()[0]["status"] == "settled"
        send(clockwork, "next")
        assert arrived(receiver, 1) == ["next"]
        clockwork.advance(days=3)
        paid = receiver.notification()
        assert (paid.kind, paid.transaction.id) == ("transaction_disbursed", sale.id)
        assert paid.transaction.disbursement_details.is_valid

    def test_a_declined_network_token_is_retried(self, clockwork: Sandbox, receiver: Receiver) -> None:
        sale = {"amount": "2000.00", "payment_method_token": "network_tokenized_credit_card"}
        declined = clockwork.gateway().transaction.sale(sale).transaction
        told = receiver.notification()
        assert (told.kind, told.transaction.retried_transaction_id) == ("transaction_retried", declined.id)

    def test_tell_of_a_refund_that_fails(self, clockwork: Sandbox, receiver: Receiver) -> None:
        gateway = clockwork.gateway()
        options = {"submit_for_settlement": True}
        card = {"amount": "4002.00", "payment_method_nonce": Nonces.Transactable, "options": options}
        sale = gateway.transaction.sale(card).transaction
        gateway.testing.settle_transaction(sale.id)
        refund = gateway.transaction.refund(sale.id, "4001.00").transaction
        gateway.testing.settle_transaction(refund.id)
        told = receiver.notification()
        assert (told.kind, told.transaction.id) == ("refund_failed", refund.id)
        assert told.transaction.refunded_transaction_id == sale.id


class TestRestart:
    def test_what_waited_is_sent_afterwards(self, tmp_path: Path) -> None:
        state = tmp_path / "state"
        with run_sandbox("--state", str(state)) as first, receiving(first.gateway()) as running:
            first.control("POST", "/webhook-endpoints", {"url": running.url})
            sale = first.gateway().transaction.sale({**DEBIT}).transaction
            first.control("POST", "/webhook-troubles", {"trouble": "late", "seconds": 3600})
            first.gateway().testing.settle_transaction(sale.id)
            log = first.control("GET", "/webhook-deliveries", query={"id": sale.id})["deliveries"]
            assert [one["kind"] for one in log] == ["transaction_settled"]
            first.process.kill()
            first.process.wait()
            with run_sandbox("--state", str(state)) as second:
                second.advance(hours=1)
                assert running.notification().transaction.id == sale.id
