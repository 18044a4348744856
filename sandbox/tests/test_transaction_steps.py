"""Steps of a transaction: void, submit, refund, and settlement in tests."""

from decimal import Decimal
from typing import Any

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .errors import codes

Codes = ErrorCodes.Transaction
CARD = {"number": "4111111111111111", "expiration_date": "05/2030"}


def _sale(gateway: Gateway, amount: str = "100.00", *, submit: bool = True) -> Any:
    params = {"amount": amount, "credit_card": CARD, "options": {"submit_for_settlement": submit}}
    return gateway.transaction.sale(params).transaction


def _settled(gateway: Gateway, amount: str = "100.00") -> Any:
    return gateway.testing.settle_transaction(_sale(gateway, amount).id).transaction


class TestVoid:
    @pytest.mark.parametrize("submit", [False, True])
    def test_takes_back_what_has_not_settled(self, gateway: Gateway, submit: bool) -> None:
        voided = gateway.transaction.void(_sale(gateway, submit=submit).id).transaction
        assert voided.status == voided.status_history[-1].status == "voided"

    def test_is_too_late_after_settlement(self, gateway: Gateway) -> None:
        result = gateway.transaction.void(_settled(gateway).id)
        assert codes(result, "transaction", "base") == [Codes.CannotBeVoided]

    def test_an_unknown_transaction_is_not_found(self, gateway: Gateway) -> None:
        with pytest.raises(NotFoundError):
            gateway.transaction.void("nothing")


class TestSubmit:
    def test_all_or_a_part(self, gateway: Gateway) -> None:
        whole = gateway.transaction.submit_for_settlement(_sale(gateway, submit=False).id).transaction
        part = gateway.transaction.submit_for_settlement(
            _sale(gateway, submit=False).id, Decimal(90), {"order_id": "ABC123"}
        ).transaction
        assert (whole.status, whole.amount) == ("submitted_for_settlement", Decimal(100))
        assert (part.amount, part.order_id) == (Decimal(90), "ABC123")

    def test_not_more_than_was_authorised(self, gateway: Gateway) -> None:
        result = gateway.transaction.submit_for_settlement(_sale(gateway, submit=False).id, "100.01")
        assert codes(result, "transaction", "amount") == [Codes.SettlementAmountIsTooLarge]

    def test_only_once(self, gateway: Gateway) -> None:
        result = gateway.transaction.submit_for_settlement(_sale(gateway).id)
        assert codes(result, "transaction", "base") == [Codes.CannotSubmitForSettlement]


class TestRefund:
    def test_gives_all_back(self, gateway: Gateway) -> None:
        sale = _settled(gateway)
        refund = gateway.transaction.refund(sale.id).transaction
        assert (refund.type, refund.status, refund.amount) == ("credit", "submitted_for_settlement", Decimal(100))
        assert refund.refunded_transaction_id == sale.id
        found = gateway.transaction.find(sale.id)
        assert (found.refund_id, found.refund_ids) == (refund.id, [refund.id])

    def test_in_parts_up_to_the_whole(self, gateway: Gateway) -> None:
        sale = _settled(gateway)
        first = gateway.transaction.refund(sale.id, "60.00").transaction
        too_much = gateway.transaction.refund(sale.id, "40.01")
        second = gateway.transaction.refund(sale.id, {"amount": Decimal("40.00"), "order_id": "abcd"}).transaction
        nothing_left = gateway.transaction.refund(sale.id)

        assert codes(too_much, "transaction", "amount") == [Codes.RefundAmountIsTooLarge]
        assert second.order_id == "abcd"
        assert gateway.transaction.find(sale.id).refund_ids == [first.id, second.id]
        assert codes(nothing_left, "transaction", "base") == [Codes.HasAlreadyBeenRefunded]

    def test_that_is_voided_can_be_given_again(self, gateway: Gateway) -> None:
        sale = _settled(gateway)
        gateway.transaction.void(gateway.transaction.refund(sale.id).transaction.id)
        assert gateway.transaction.refund(sale.id).is_success

    def test_needs_a_settled_sale(self, gateway: Gateway) -> None:
        unsettled = gateway.transaction.refund(_sale(gateway).id)
        credit = gateway.transaction.credit({"amount": "10.00", "credit_card": CARD}).transaction
        assert codes(unsettled, "transaction", "base") == [Codes.CannotRefundUnlessSettled]
        assert codes(gateway.transaction.refund(credit.id), "transaction", "base") == [Codes.CannotRefundCredit]

    def test_can_be_declined_by_the_bank(self, gateway: Gateway) -> None:
        result = gateway.transaction.refund(_settled(gateway, "9000.00").id, "2009.00")
        assert codes(result, "transaction", "base") == [Codes.RefundAuthHardDeclined]
        declined = result.transaction
        assert (declined.status, declined.processor_response_type) == ("processor_declined", "hard_declined")
        assert declined.additional_processor_response == "2009 : No Such Issuer"

    def test_goes_ahead_after_a_soft_decline(self, gateway: Gateway) -> None:
        refund = gateway.transaction.refund(_settled(gateway, "9000.00").id, "2046.00").transaction
        assert (refund.status, refund.processor_response_type) == ("submitted_for_settlement", "approved")
        assert refund.additional_processor_response == "2046 : Declined"


class TestSettlementVerbs:
    def test_settles_a_sale(self, gateway: Gateway) -> None:
        settled = _settled(gateway)
        assert (settled.status, settled.processor_settlement_response_code) == ("settled", "4000")
        assert settled.settlement_batch_id.endswith("_sandbox_credit_card")

    @pytest.mark.parametrize(
        ("verb", "status", "code"),
        [
            ("settlement_confirm_transaction", "settlement_confirmed", None),
            ("settlement_decline_transaction", "settlement_declined", "4001"),
            ("settlement_pending_transaction", "settlement_pending", "4002"),
        ],
    )
    def test_moves_a_sale_to_the_other_states(self, gateway: Gateway, verb: str, status: str, code: str | None) -> None:
        moved = getattr(gateway.testing, verb)(_sale(gateway).id).transaction
        assert (moved.status, moved.processor_settlement_response_code) == (status, code)

    @pytest.mark.parametrize("amount", ["4001.00", "4003.00", "5000.99"])
    def test_some_amounts_are_declined_in_the_batch(self, gateway: Gateway, amount: str) -> None:
        assert _settled(gateway, amount).status == "settlement_declined"

    def test_need_money_that_is_on_its_way(self, gateway: Gateway) -> None:
        result = gateway.testing.settle_transaction(_sale(gateway, submit=False).id)
        assert codes(result, "transaction", "base") == [Codes.CannotSimulateTransactionSettlement]


class TestDaysThatPass:
    def test_cards_settle_after_one_day_and_debits_after_three(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        card = _sale(gateway)
        debit = gateway.transaction.sale(
            {
                "amount": "10.00",
                "payment_method_nonce": Nonces.UsBankAccount,
                "merchant_account_id": "us_bank_merchant_account",
                "options": {"submit_for_settlement": True},
            }
        ).transaction

        def statuses() -> tuple[str, str]:
            return gateway.transaction.find(card.id).status, gateway.transaction.find(debit.id).status

        clockwork.advance(hours=23)
        assert statuses() == ("submitted_for_settlement", "settlement_pending")
        clockwork.advance(hours=1)
        assert statuses() == ("settled", "settlement_pending")
        clockwork.advance(days=2)
        assert statuses() == ("settled", "settled")

    def test_an_authorisation_lapses_after_a_week(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        sale = _sale(gateway, submit=False)
        assert (sale.authorization_expires_at - sale.created_at).days == 7
        clockwork.advance(days=7)
        assert gateway.transaction.find(sale.id).status == "authorization_expired"
