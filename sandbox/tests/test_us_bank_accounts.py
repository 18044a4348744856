"""US bank accounts through the SDK."""

from datetime import UTC, datetime

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes


class TestCreate:
    def test_shows_account_mandate_and_verification(self, gateway: Gateway, customer_id: str) -> None:
        result = gateway.payment_method.create(
            {
                "customer_id": customer_id,
                "payment_method_nonce": Nonces.UsBankAccount,
                "options": {
                    "verification_merchant_account_id": "us_bank_merchant_account",
                    "us_bank_account_verification_method": "network_check",
                },
            }
        )

        account = result.payment_method
        assert type(account).__name__ == "UsBankAccount"
        assert (account.routing_number, account.last_4, account.account_type) == ("123456789", "0000", "checking")
        assert (account.account_holder_name, account.bank_name) == ("Marty McFly", "Wells Fargo")
        assert account.ach_mandate.text == "example mandate text"
        assert isinstance(account.ach_mandate.accepted_at, datetime)
        assert (account.default, account.verified) == (True, True)
        assert [(one.status, one.verification_method) for one in account.verifications] == [
            ("verified", "network_check")
        ]
        assert gateway.us_bank_account.find(account.token).token == account.token

    def test_an_exempt_merchant_gets_an_independent_check_unasked(
        self, gateway: Gateway, sandbox: Sandbox, customer_id: str
    ) -> None:
        params = {"customer_id": customer_id, "payment_method_nonce": sandbox.bank_nonce("567891234")}
        account = gateway.payment_method.create(params).payment_method
        assert account.verified
        assert [one.verification_method for one in account.verifications] == ["independent_check"]
        assert "CHASE" in account.bank_name

    def test_for_a_compliant_merchant_nothing_is_verified_by_itself(
        self, compliant: Gateway, compliant_customer_id: str
    ) -> None:
        params = {"customer_id": compliant_customer_id, "payment_method_nonce": Nonces.UsBankAccount}
        account = compliant.payment_method.create(params).payment_method
        assert (account.verified, account.verifications) == (False, [])

    def test_takes_token_and_mandate_from_the_request(self, gateway: Gateway, customer_id: str, unique: Unique) -> None:
        accepted = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
        gateway.payment_method.create(
            {
                "customer_id": customer_id,
                "payment_method_nonce": Nonces.UsBankAccount,
                "token": unique("bank"),
                "us_bank_account": {"ach_mandate_text": "I agree.", "ach_mandate_accepted_at": accepted},
            }
        )
        mandate = gateway.us_bank_account.find(unique("bank")).ach_mandate
        assert (mandate.text, mandate.accepted_at) == ("I agree.", accepted.replace(tzinfo=None))

    def test_names_a_method_that_there_is_not(self, gateway: Gateway, customer_id: str, unique: Unique) -> None:
        sent = {"customer_id": customer_id, "payment_method_nonce": Nonces.UsBankAccount, "token": unique("bank")}
        wrong = {"options": {"us_bank_account_verification_method": "guess"}}
        named = [ErrorCodes.PaymentMethod.Options.UsBankAccountVerificationMethodIsInvalid]

        result = gateway.payment_method.create({**sent, **wrong})
        assert codes(result, "payment_method.options", "us_bank_account_verification_method") == named
        gateway.payment_method.create(sent)
        result = gateway.payment_method.update(unique("bank"), wrong)
        assert codes(result, "options", "us_bank_account_verification_method") == named

    def test_names_a_merchant_account_that_there_is_not(self, gateway: Gateway, customer_id: str) -> None:
        sent = {"customer_id": customer_id, "payment_method_nonce": Nonces.UsBankAccount}
        result = gateway.payment_method.create({**sent, "options": {"verification_merchant_account_id": "nowhere"}})
        found = codes(result, "us_bank_account.options", "verification_merchant_account_id")
        assert found == [ErrorCodes.CreditCard.Options.VerificationMerchantAccountIdIsInvalid]

    def test_is_not_found_by_another_kinds_path(self, gateway: Gateway, card_token: str) -> None:
        with pytest.raises(NotFoundError):
            gateway.us_bank_account.find(card_token)


class TestSale:
    def test_is_pending_until_the_bank_has_paid(self, gateway: Gateway, customer_id: str) -> None:
        account = gateway.payment_method.create(
            {"customer_id": customer_id, "payment_method_nonce": Nonces.UsBankAccount}
        ).payment_method

        result = gateway.transaction.sale(
            {
                "amount": "12.34",
                "payment_method_token": account.token,
                "merchant_account_id": "us_bank_merchant_account",
                "options": {"submit_for_settlement": True},
            }
        )

        transaction = result.transaction
        assert (transaction.status, transaction.payment_instrument_type) == ("settlement_pending", "us_bank_account")
        assert (transaction.us_bank_account.token, transaction.us_bank_account.last_4) == (account.token, "0000")
        assert transaction.us_bank_account.ach_mandate.text == "example mandate text"
        assert transaction.credit_card_details.token is None

    def test_of_a_nonce_vaults_when_asked(self, gateway: Gateway, sandbox: Sandbox) -> None:
        result = gateway.transaction.sale(
            {
                "amount": "12.34",
                "payment_method_nonce": sandbox.bank_nonce("567891234"),
                "merchant_account_id": "us_bank_merchant_account",
                "options": {"submit_for_settlement": True, "store_in_vault": True},
            }
        )
        token = result.transaction.us_bank_account.token
        assert gateway.us_bank_account.find(token).customer_id == result.transaction.customer_details.id

    def test_of_a_nonce_may_bring_the_mandate_into_the_vault(self, gateway: Gateway, sandbox: Sandbox) -> None:
        terms = {
            "amount": "12.34",
            "merchant_account_id": "us_bank_merchant_account",
            "options": {"submit_for_settlement": True, "store_in_vault": True},
        }
        mandate = {"ach_mandate_text": "I agree.", "ach_mandate_accepted_at": datetime(2026, 11, 22, tzinfo=UTC)}
        first = gateway.transaction.sale(
            {**terms, "payment_method_nonce": sandbox.bank_nonce(), "us_bank_account": mandate}
        ).transaction.us_bank_account
        second = gateway.transaction.sale({**terms, "payment_method_token": first.token}).transaction.us_bank_account
        for shown in (first, second, gateway.us_bank_account.find(first.token)):
            assert (shown.ach_mandate.text, shown.ach_mandate.accepted_at.day) == ("I agree.", 22)

    def test_needs_a_merchant_account_that_takes_it(self, gateway: Gateway) -> None:
        result = gateway.transaction.sale(
            {
                "amount": "1.00",
                "payment_method_nonce": Nonces.UsBankAccount,
                "options": {"submit_for_settlement": True},
            }
        )
        assert codes(result, "transaction", "base") == [
            ErrorCodes.Transaction.PaymentInstrumentNotSupportedByMerchantAccount
        ]

    def test_cannot_only_be_authorised(self, gateway: Gateway) -> None:
        result = gateway.transaction.sale(
            {
                "amount": "1.00",
                "payment_method_nonce": Nonces.UsBankAccount,
                "merchant_account_id": "us_bank_merchant_account",
            }
        )
        assert codes(result, "transaction", "base") == [ErrorCodes.Transaction.ProcessorDoesNotSupportAuths]

    def test_of_an_unverified_account_is_refused_for_a_compliant_merchant(
        self, compliant: Gateway, compliant_customer_id: str
    ) -> None:
        account = compliant.payment_method.create(
            {"customer_id": compliant_customer_id, "payment_method_nonce": Nonces.UsBankAccount}
        ).payment_method
        terms = {
            "amount": "1.00",
            "merchant_account_id": "another_us_bank_merchant_account",
            "options": {"submit_for_settlement": True},
        }

        by_token = compliant.transaction.sale({**terms, "payment_method_token": account.token})
        by_nonce = compliant.transaction.sale({**terms, "payment_method_nonce": Nonces.UsBankAccount})

        assert codes(by_token, "transaction", "payment_method_token") == [
            ErrorCodes.Transaction.UsBankAccountNotVerified
        ]
        assert codes(by_nonce, "transaction", "payment_method_nonce") == [
            ErrorCodes.Transaction.UsBankAccountNonceMustBePlaidVerified
        ]
