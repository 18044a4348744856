"""Merchant accounts and Apple Pay's domains through the SDK."""

import pytest
from braintree.exceptions.not_found_error import NotFoundError

from braintree_sandbox.testing import Gateway


class TestMerchantAccounts:
    def test_are_found(self, gateway: Gateway) -> None:
        account = gateway.merchant_account.find("sandbox_credit_card")
        assert (account.status, account.currency_iso_code, account.default) == ("active", "USD", True)
        assert gateway.merchant_account.find("suspended_account").status == "suspended"

    def test_are_listed_page_by_page_one_of_them_the_default(self, gateway: Gateway) -> None:
        accounts = list(gateway.merchant_account.all().merchant_accounts.items)
        assert [one.id for one in accounts if one.default] == ["sandbox_credit_card"]
        # One more than fit on a page.
        assert len(accounts) == len({one.id for one in accounts}) == 21
        assert {"us_bank_merchant_account", "fake_first_data_venmo_account"} < {one.id for one in accounts}

    def test_unknown_ones_are_not_found(self, gateway: Gateway) -> None:
        with pytest.raises(NotFoundError):
            gateway.merchant_account.find("nowhere")


class TestApplePayDomains:
    # Of a merchant whose domains nobody else looks at.
    def test_are_registered_once_and_taken_off(self, compliant: Gateway) -> None:
        domains = compliant.apple_pay
        for _ in range(2):
            assert domains.register_domain("https://pay.example.com/shop").is_success
        assert domains.registered_domains() == ["www.example.com", "pay.example.com"]
        assert domains.unregister_domain("pay.example.com").is_success
        assert domains.registered_domains() == ["www.example.com"]

    @pytest.mark.parametrize(
        ("domain", "sentence"), [("", "Domain name is required."), ("not a domain", "Domain name is invalid.")]
    )
    def test_must_be_domains(self, gateway: Gateway, domain: str, sentence: str) -> None:
        result = gateway.apple_pay.register_domain(domain)
        assert [error.message for error in result.errors.for_object("apple_pay").deep_errors] == [sentence]
