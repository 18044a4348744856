"""Submitting for settlement: whole, in parts, changed, and reversed."""

from decimal import Decimal
from typing import Any

import pytest
from braintree.error_codes import ErrorCodes
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes

Codes = ErrorCodes.Transaction
CARD = {"number": "5105105105105100", "expiration_date": "05/2030"}
DESCRIPTOR = {"name": "456*123456789012345678", "phone": "3334445555", "url": "ebay.com"}


def _sale(gateway: Gateway, amount: str = "1000.00", *, submit: bool = False, **params: Any) -> Any:
    options = {"submit_for_settlement": submit}
    return gateway.transaction.sale({"amount": amount, "credit_card": CARD, "options": options, **params}).transaction


class TestSubmit:
    def test_with_everything_it_takes(self, gateway: Gateway, unique: Unique) -> None:
        item = {"quantity": "1", "name": "A", "kind": "debit", "unit_amount": "1", "total_amount": "1.00"}
        submitted = gateway.transaction.submit_for_settlement(
            _sale(gateway).id,
            Decimal(900),
            {
                "order_id": unique("order"),
                "descriptor": DESCRIPTOR,
                "shipping_tax_amount": "2.00",
                "purchase_order_number": "1",
                "line_items": [item],
                "shipping": {"first_name": "Andrew"},
                "industry": {"industry_type": "travel_cruise", "data": {"travel_package": "car"}},
            },
        ).transaction
        assert (submitted.status, submitted.amount) == ("submitted_for_settlement", Decimal(900))
        assert (submitted.order_id, submitted.descriptor.url) == (unique("order"), "ebay.com")
        assert (submitted.shipping_tax_amount, submitted.shipping_details.first_name) == (Decimal(2), "Andrew")
        assert [one.name for one in submitted.line_items] == ["A"]
        assert [step.status for step in submitted.status_history] == ["authorized", "submitted_for_settlement"]

    def test_not_for_more_than_was_authorised(self, gateway: Gateway) -> None:
        result = gateway.transaction.submit_for_settlement(_sale(gateway).id, "1000.01")
        assert codes(result, "transaction", "amount") == [Codes.SettlementAmountIsTooLarge]


class TestPartialSettlement:
    def test_parts_are_sales_of_their_own(self, gateway: Gateway) -> None:
        authorised = _sale(gateway)
        first = gateway.transaction.submit_for_partial_settlement(authorised.id, "400.00", {"order_id": "a"})
        second = gateway.transaction.submit_for_partial_settlement(authorised.id, "600.00", {"descriptor": DESCRIPTOR})
        parts = [first.transaction, second.transaction]
        assert {(one.type, one.status) for one in parts} == {("sale", "submitted_for_settlement")}
        assert {one.authorized_transaction_id for one in parts} == {authorised.id}
        assert (parts[0].order_id, parts[1].descriptor.phone) == ("a", "3334445555")
        parent = gateway.transaction.find(authorised.id)
        assert parent.partial_settlement_transaction_ids == [one.id for one in parts]
        assert parent.status == "settlement_pending"

    def test_are_not_more_than_the_whole(self, gateway: Gateway) -> None:
        authorised = _sale(gateway)
        gateway.transaction.submit_for_partial_settlement(authorised.id, "600.00")
        result = gateway.transaction.submit_for_partial_settlement(authorised.id, "400.01")
        assert codes(result, "transaction", "amount") == [Codes.SettlementAmountIsTooLarge]

    def test_end_with_the_final_capture(self, gateway: Gateway) -> None:
        authorised = _sale(gateway)
        gateway.transaction.submit_for_partial_settlement(authorised.id, "100.00", {"final_capture": "true"})
        result = gateway.transaction.submit_for_partial_settlement(authorised.id, "100.00")
        assert codes(result, "transaction", "base") == [Codes.CannotSubmitForPartialSettlement]

    def test_a_part_has_no_parts(self, gateway: Gateway) -> None:
        part = gateway.transaction.submit_for_partial_settlement(_sale(gateway).id, "500.00").transaction
        result = gateway.transaction.submit_for_partial_settlement(part.id, "250.00")
        assert codes(result, "transaction", "base") == [Codes.CannotSubmitForPartialSettlement]

    def test_only_the_parts_move_money(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        authorised = _sale(gateway)
        part = gateway.transaction.submit_for_partial_settlement(authorised.id, "400.00").transaction
        clockwork.advance(days=8)
        assert gateway.transaction.find(part.id).status == "settled"
        assert gateway.transaction.find(authorised.id).status == "settlement_pending"
        result = gateway.transaction.void(authorised.id)
        assert codes(result, "transaction", "base") == [Codes.CannotBeVoided]

    def test_the_same_key_submits_once(self, gateway: Gateway, unique: Unique) -> None:
        authorised, key = _sale(gateway), {"api_request_key": unique("key")}
        first = gateway.transaction.submit_for_partial_settlement(authorised.id, "400.00", key).transaction
        again = gateway.transaction.submit_for_partial_settlement(authorised.id, "400.00", key).transaction
        assert first.id == again.id
        assert len(gateway.transaction.find(authorised.id).partial_settlement_transaction_ids) == 1

    def test_bank_accounts_have_none(self, gateway: Gateway) -> None:
        debit = gateway.transaction.sale(
            {
                "amount": "10.00",
                "payment_method_nonce": Nonces.UsBankAccount,
                "merchant_account_id": "us_bank_merchant_account",
                "options": {"submit_for_settlement": True},
            }
        ).transaction
        result = gateway.transaction.submit_for_partial_settlement(debit.id, "5.00")
        assert codes(result, "transaction", "base") == [Codes.ProcessorDoesNotSupportPartialSettlement]


class TestUpdateDetails:
    def test_changes_amount_order_and_descriptor(self, gateway: Gateway) -> None:
        change = {"amount": "9.00", "order_id": "123", "descriptor": DESCRIPTOR}
        updated = gateway.transaction.update_details(_sale(gateway, "10.00", submit=True).id, change).transaction
        assert (updated.amount, updated.order_id, updated.status) == (Decimal(9), "123", "submitted_for_settlement")
        assert updated.descriptor.name == DESCRIPTOR["name"]

    @pytest.mark.parametrize(
        ("change", "path", "attribute", "code"),
        [
            ({"amount": "999.00"}, "transaction", "amount", Codes.SettlementAmountIsTooLarge),
            ({"order_id": "A" * 256}, "transaction", "order_id", Codes.OrderIdIsTooLong),
            (
                {"descriptor": {"name": "bad", "phone": "bad", "url": "1" * 20}},
                "transaction.descriptor", "url", ErrorCodes.Descriptor.UrlFormatIsInvalid,
            ),
        ],
    )  # fmt: skip
    def test_refuses_wrong_details(
        self, gateway: Gateway, change: dict[str, Any], path: str, attribute: str, code: str
    ) -> None:
        result = gateway.transaction.update_details(_sale(gateway, "10.00", submit=True).id, change)
        assert codes(result, path, attribute) == [code]

    def test_only_then_and_only_where_the_processor_can(self, gateway: Gateway) -> None:
        early = gateway.transaction.update_details(_sale(gateway).id, {"amount": "9.00"})
        fixed = _sale(gateway, submit=True, merchant_account_id="fake_amex_direct_usd")
        late = gateway.transaction.update_details(fixed.id, {"amount": "9.00"})
        assert codes(early, "transaction", "base") == [Codes.CannotUpdateTransactionDetailsNotSubmittedForSettlement]
        assert codes(late, "transaction", "base") == [Codes.ProcessorDoesNotSupportUpdatingTransactionDetails]


class TestAdjustAuthorization:
    def _sale(self, gateway: Gateway, **params: Any) -> Any:
        return _sale(gateway, "75.50", merchant_account_id="fake_first_data_merchant_account", **params)

    def test_to_a_new_total(self, gateway: Gateway) -> None:
        adjusted = gateway.transaction.adjust_authorization(self._sale(gateway).id, Decimal("85.50")).transaction
        assert adjusted.amount == Decimal("85.50")
        (adjustment,) = adjusted.authorization_adjustments
        assert (adjustment.amount, adjustment.success, adjustment.processor_response_code) == (10, True, "1000")

    @pytest.mark.parametrize(
        ("amount", "path", "attribute", "code"),
        [
            ("0.0", "transaction", "amount", Codes.AmountMustBeGreaterThanZero),
            ("75.50", "authorization_adjustment", "base", Codes.NoNetAmountToPerformAuthAdjustment),
            ("2046.00", "authorization_adjustment", "base", Codes.FailedAuthAdjustmentAllowRetry),
            ("2015.00", "authorization_adjustment", "base", Codes.FailedAuthAdjustmentHardDecline),
        ],
    )
    def test_a_refusal_shows_what_stays(
        self, gateway: Gateway, amount: str, path: str, attribute: str, code: str
    ) -> None:
        result = gateway.transaction.adjust_authorization(self._sale(gateway).id, amount)
        assert codes(result, path, attribute) == [code]
        assert result.transaction.amount == Decimal("75.50")

    def test_is_not_for_every_transaction(self, gateway: Gateway) -> None:
        plain = gateway.transaction.adjust_authorization(_sale(gateway).id, "85.50")
        recurring = self._sale(gateway, transaction_source="recurring")
        submitted = self._sale(gateway, submit=True)
        assert codes(plain, "transaction", "base") == [Codes.ProcessorDoesNotSupportAuthAdjustment]
        refused = gateway.transaction.adjust_authorization(recurring.id, "85.50")
        assert codes(refused, "transaction", "base") == [Codes.TransactionIsNotEligibleForAdjustment]
        refused = gateway.transaction.adjust_authorization(submitted.id, "85.50")
        assert codes(refused, "transaction", "base") == [Codes.TransactionMustBeInStateAuthorized]


class TestClone:
    def test_sells_again(self, gateway: Gateway) -> None:
        people: dict[str, Any] = {"customer": {"first_name": "Dan"}, "billing": {"first_name": "Carl"}}
        original = _sale(gateway, order_id="123", **people)
        clone = gateway.transaction.clone_transaction(
            original.id, {"amount": "123.45", "channel": "Shop", "options": {"submit_for_settlement": "false"}}
        ).transaction
        assert clone.id != original.id
        assert (clone.type, clone.status, clone.amount) == ("sale", "authorized", Decimal("123.45"))
        assert (clone.order_id, clone.channel, clone.customer_details.first_name) == ("123", "Shop", "Dan")
        assert clone.credit_card_details.masked_number == original.credit_card_details.masked_number

    def test_may_submit_at_once(self, gateway: Gateway) -> None:
        submit = {"amount": "1.00", "options": {"submit_for_settlement": "true"}}
        clone = gateway.transaction.clone_transaction(_sale(gateway).id, submit).transaction
        assert clone.status == "submitted_for_settlement"

    def test_may_be_declined(self, gateway: Gateway) -> None:
        submit = {"amount": "2000.00", "options": {"submit_for_settlement": "true"}}
        result = gateway.transaction.clone_transaction(_sale(gateway).id, submit)
        assert result.transaction.status == "processor_declined"

    def test_refuses_credits_failures_and_vaulted_cards(self, gateway: Gateway, card_token: str) -> None:
        submit = {"amount": "1.00", "options": {"submit_for_settlement": "true"}}
        credit = gateway.transaction.credit({"amount": "1.00", "credit_card": CARD}).transaction
        vaulted = gateway.transaction.sale({"amount": "1.00", "payment_method_token": card_token}).transaction
        expected = {
            credit.id: Codes.CannotCloneCredit,
            _sale(gateway, "2000.00").id: Codes.CannotCloneUnsuccessfulTransaction,
            vaulted.id: Codes.CannotCloneTransactionWithVaultCreditCard,
        }
        for transaction_id, code in expected.items():
            result = gateway.transaction.clone_transaction(transaction_id, submit)
            assert codes(result, "transaction", "base") == [code]
        result = gateway.transaction.clone_transaction(_sale(gateway).id, {"amount": "1.00"})
        assert codes(result, "transaction.options", "submit_for_settlement") == [
            Codes.Options.SubmitForSettlementIsRequiredForCloning
        ]


class TestReverse:
    def test_voids_what_can_be_voided(self, gateway: Gateway) -> None:
        sale = _sale(gateway, submit=True)
        reversed_ = gateway.transaction.reverse(sale.id).transaction
        assert (reversed_.id, reversed_.status) == (sale.id, "voided")

    def test_refunds_what_is_settled(self, gateway: Gateway, unique: Unique) -> None:
        sale, key = _sale(gateway, submit=True), {"api_request_key": unique("key")}
        gateway.testing.settle_transaction(sale.id)
        refund = gateway.transaction.reverse(sale.id, key).transaction
        assert (refund.type, refund.amount, refund.refunded_transaction_id) == ("credit", sale.amount, sale.id)
        assert gateway.transaction.reverse(sale.id, key).transaction.id == refund.id

    def test_refuses_a_declined_sale(self, gateway: Gateway) -> None:
        result = gateway.transaction.reverse(_sale(gateway, "2000.00").id)
        # `CannotReverseAtThisTime`, which the stubs do not know yet.
        assert codes(result, "transaction", "base") == ["915282"]

    def test_a_release_can_not_be_cancelled(self, gateway: Gateway) -> None:
        result = gateway.transaction.cancel_release(_sale(gateway).id)
        assert codes(result, "transaction", "base") == [Codes.CannotCancelRelease]


class TestPackageTracking:
    def test_adds_parcels(self, gateway: Gateway) -> None:
        sale = _sale(gateway, submit=True)
        gateway.transaction.package_tracking(sale.id, {"carrier": "UPS", "tracking_number": "1Z"})
        item = {"product_code": "ABC 03", "name": "Thing", "quantity": "25"}
        result = gateway.transaction.package_tracking(
            sale.id, {"carrier": "FEDEX", "tracking_number": "08", "notify_payer": True, "line_items": [item]}
        )
        assert [(one.carrier, one.tracking_number) for one in result.transaction.packages] == [
            ("UPS", "1Z"), ("FEDEX", "08"),
        ]  # fmt: skip

    def test_paypal_says_later_what_it_calls_a_parcel(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        by_paypal = {"payer_id": "payer", "payment_id": "payment"}
        sale = gateway.transaction.sale({"amount": "10.00", "paypal_account": by_paypal}).transaction
        parcel = {"carrier": "UPS", "tracking_number": "1Z"}
        (tracked,) = gateway.transaction.package_tracking(sale.id, parcel).transaction.packages
        assert tracked.paypal_tracker_id is None
        clockwork.advance(hours=1)
        (known,) = gateway.transaction.find(sale.id).packages
        assert known.paypal_tracker_id == f"{sale.id}-1Z"

    @pytest.mark.parametrize(
        ("sent", "message"),
        [
            ({"tracking_number": "1"}, "Carrier name is required."),
            ({"carrier": "UPS"}, "Tracking number is required."),
        ],
    )
    def test_needs_carrier_and_tracking_number(self, gateway: Gateway, sent: dict[str, str], message: str) -> None:
        result = gateway.transaction.package_tracking(_sale(gateway, submit=True).id, sent)
        assert not result.is_success
        assert result.message == message


class TestDisbursement:
    def test_comes_two_days_after_settlement(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        sale = _sale(gateway, submit=True)
        clockwork.advance(days=1)
        clockwork.advance(days=2)
        paid_out = gateway.transaction.find(sale.id)
        assert paid_out.is_disbursed
        assert paid_out.disbursement_details.settlement_amount == sale.amount
        assert len(paid_out.acquirer_reference_number) == 23


class TestSettlementBatchSummary:
    def test_adds_up_a_day(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        # A day that no other test settles on.
        clockwork.advance(days=40)
        for amount in ("10.00", "2.50"):
            settled = gateway.testing.settle_transaction(
                _sale(gateway, amount, submit=True, custom_fields={"store_me": "1"}).id
            ).transaction
        day = settled.settlement_batch_id.split("_")[0]
        (record,) = gateway.settlement_batch_summary.generate(day).settlement_batch_summary.records
        assert (record["card_type"], record["count"], record["amount_settled"]) == ("MasterCard", "2", "12.50")
        grouped = gateway.settlement_batch_summary.generate(day, "store_me").settlement_batch_summary.records
        assert [one["store_me"] for one in grouped] == ["1"]
        assert gateway.settlement_batch_summary.generate("2011-01-01").settlement_batch_summary.records == []

    def test_refuses_a_wrong_day_or_field(self, gateway: Gateway) -> None:
        known = ErrorCodes.SettlementBatchSummary
        path = "settlement_batch_summary"
        bad_day = gateway.settlement_batch_summary.generate("someday")
        bad_field = gateway.settlement_batch_summary.generate("2011-01-01", "unheard_of")
        assert codes(bad_day, path, "settlement_date") == [known.SettlementDateIsInvalid]
        assert codes(bad_field, path, "group_by_custom_field") == [known.CustomFieldIsInvalid]
