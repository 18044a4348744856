"""`--state FILE`: changes that were reported survive a kill -9."""

import socket
import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
import requests
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox, run_sandbox

from .parallel import at_once
from .terms import SubscriptionSearch, TransactionSearch

NETWORK_TOKENIZED = "network_tokenized_credit_card"

PLAN = "integration_trialless_plan"


def _sell_until_killed(gateway: Gateway, order_id: str, sandbox: Sandbox, kill_after: int) -> list[str]:
    """Return the ids of all sales that were reported before the process was killed."""
    answered: list[str] = []

    def sell(number: int) -> None:
        if number == kill_after:
            sandbox.process.kill()
        sale = {"amount": "1.00", "order_id": order_id, "payment_method_nonce": Nonces.Transactable}
        with suppress(requests.exceptions.RequestException):
            answered.append(gateway.transaction.sale(sale).transaction.id)

    at_once(gateway, sell, calls=kill_after + 50, threads=4)
    return answered


def _rich_sales(gateway: Gateway) -> dict[str, object]:
    """Return responses of sales that have every optional part."""
    item = {"quantity": "1", "name": "A", "kind": "debit", "unit_amount": "1", "total_amount": "1.00"}
    party = {"first_name": "Alice", "address": {"locality": "São Paulo"}}
    card = {"number": "5555555555554444", "expiration_date": "05/2035"}
    submit = {"submit_for_settlement": True}
    adjusted = {"merchant_account_id": "fake_first_data_merchant_account", "tax_amount": "1.00", "line_items": [item]}
    funded = {"merchant_account_id": "aft_first_data_wallet_transfer", "transfer": {"sender": party}, "options": submit}
    parcelled = {"merchant_account_id": "card_processor_brl", "installments": {"count": 3}, "options": submit}
    sales = [
        gateway.transaction.sale({"amount": "10.00", "credit_card": card, **params}).transaction.id
        for params in (adjusted, funded, parcelled)
    ]
    gateway.transaction.adjust_authorization(sales[0], "12.00")
    gateway.transaction.submit_for_partial_settlement(sales[0], "4.00")
    gateway.transaction.package_tracking(sales[1], {"carrier": "UPS", "tracking_number": "1Z"})
    sales.append(
        gateway.transaction.sale({"amount": "2000.00", "payment_method_token": NETWORK_TOKENIZED}).transaction.id
    )
    transactions = f"{gateway.config.base_merchant_path()}/transactions"
    paths = [f"{transactions}/{sale}" for sale in sales] + [f"{transactions}/{sales[0]}/line_items"]
    return {path: gateway.config.http().get(path) for path in paths}


class TestKill:
    def test_loses_no_sale_that_was_answered(self, tmp_path: Path) -> None:
        state = tmp_path / "state of the sandbox"
        with run_sandbox("--state", str(state)) as first:
            answered = _sell_until_killed(first.gateway(), "one", first, kill_after=200)
        with run_sandbox("--state", str(state)) as second:
            kept = set(second.gateway().transaction.search(TransactionSearch.order_id == "one").ids)

        assert len(answered) >= 190
        assert set(answered) <= kept

    def test_a_line_that_was_cut_off_is_no_obstacle(self, tmp_path: Path) -> None:
        state = tmp_path / "state"
        with run_sandbox("--state", str(state)) as first:
            kept = first.gateway().customer.create().customer.id
            lost = first.gateway().customer.create().customer.id
            first.process.kill()
        state.write_bytes(state.read_bytes()[:-10])

        with run_sandbox("--state", str(state)) as second:
            ids = second.gateway().customer.all().ids
            third = second.gateway().customer.create().customer.id
        with run_sandbox("--state", str(state)) as last:
            assert set(last.gateway().customer.all().ids) == {kept, third}
        assert (kept in ids, lost in ids) == (True, False)


class TestRestart:
    def test_everything_comes_back(self, tmp_path: Path) -> None:
        state = tmp_path / "state"
        with run_sandbox("--state", str(state)) as first:
            gateway = first.gateway()
            customer = gateway.customer.create({"first_name": "Ann", "custom_fields": {"store_me": "x"}}).customer
            verified = {"customer_id": customer.id, "options": {"verify_card": True}}
            card = gateway.payment_method.create({**verified, "payment_method_nonce": Nonces.Transactable})
            account = gateway.payment_method.create({**verified, "payment_method_nonce": Nonces.UsBankAccount})
            sale = {"amount": "7.00", "payment_method_token": card.payment_method.token, "api_request_key": "k"}
            sold = gateway.transaction.sale({**sale, "options": {"submit_for_settlement": True}}).transaction
            first.advance(days=2)
            opened = first.control("POST", f"/transactions/{sold.id}/dispute", {"reply_by_date": "2040-01-31"})
            gateway.dispute.add_text_evidence(opened["id"], "It was a gift.")
            rich = _rich_sales(gateway)
            nonce = first.card_nonce()
            rules = {"duplicate_checking": True}
            first.control("PUT", "/merchants/integration_merchant_id/rules", rules)
            now = first.control("GET", "/clock")["now"]

        with run_sandbox("--state", str(state)) as second:
            gateway = second.gateway()
            found = gateway.customer.find(customer.id)
            assert (found.first_name, found.custom_fields) == ("Ann", {"store_me": "x"})
            assert found.credit_cards[0].verification.status == "verified"
            assert found.us_bank_accounts[0].verifications[0].id == account.payment_method.verifications[0].id
            again = gateway.transaction.sale({**sale, "options": {"submit_for_settlement": True}}).transaction
            assert again.id == sold.id
            assert gateway.transaction.find(sold.id).status == "settled"
            dispute = gateway.transaction.find(sold.id).disputes[0]
            assert (dispute.id, dispute.reply_by_date) == (opened["id"], date(2040, 1, 31))
            assert gateway.dispute.find(dispute.id).evidence[0].comment == "It was a gift."
            assert {path: gateway.config.http().get(path) for path in rich} == rich
            assert gateway.transaction.sale({"amount": "1.00", "payment_method_nonce": nonce}).is_success
            assert second.control("GET", "/clock")["now"] >= now
            merchants = second.control("GET", "/merchants")["merchants"]
            assert merchants[0]["rules"]["duplicate_checking"]

    def test_a_reset_empties_the_file(self, tmp_path: Path) -> None:
        state = tmp_path / "state"
        with run_sandbox("--state", str(state)) as first:
            first.gateway().customer.create()
            first.control("POST", "/reset")
        with run_sandbox("--state", str(state)) as second:
            assert second.gateway().customer.all().ids == []


class TestStart:
    def _start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "braintree_sandbox", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    def test_a_taken_port_is_a_clear_message(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            ended = self._start("--port", str(port))
        assert ended.returncode == 1
        assert f"can't start on 127.0.0.1:{port}: Address already in use" in ended.stderr

    @pytest.mark.parametrize(
        "content", ["something else\n", '{"braintree_sandbox_state":1}\n[["no such","m","k",{}]]\n']
    )
    def test_a_file_that_is_not_ours_is_left_alone(self, tmp_path: Path, content: str) -> None:
        state = tmp_path / "notes"
        state.write_text(content)
        ended = self._start("--port", "0", "--state", str(state))
        assert ended.returncode == 2
        assert state.read_text() == content


class TestKinds:
    def test_come_back_with_their_subscriptions(self, tmp_path: Path) -> None:
        kinds = (
            Nonces.AndroidPayCardVisa,
            Nonces.ApplePayMpan,
            Nonces.Europe,
            Nonces.PayPalBillingAgreement,
            Nonces.SepaDirectDebit,
            Nonces.VenmoAccount,
            Nonces.VisaCheckoutVisa,
        )
        state = tmp_path / "state"
        with run_sandbox("--state", str(state)) as first:
            gateway = first.gateway()
            customer_id = gateway.customer.create().customer.id
            for nonce in kinds:
                params = {"customer_id": customer_id, "payment_method_nonce": nonce}
                token = gateway.payment_method.create(params).payment_method.token
                gateway.subscription.create({"payment_method_token": token, "plan_id": PLAN})
            before = gateway.customer.find(customer_id)
        with run_sandbox("--state", str(state)) as second:
            gateway = second.gateway()
            after = gateway.customer.find(customer_id)
            subscriptions = list(gateway.subscription.search(SubscriptionSearch.plan_id == PLAN).items)

        assert [type(one) for one in after.payment_methods] == [type(one) for one in before.payment_methods]
        assert len(after.payment_methods) == len(kinds)
        assert {one.payment_method_token for one in subscriptions} == {one.token for one in before.payment_methods}
        assert {len(one.transactions) for one in subscriptions} == {1}
