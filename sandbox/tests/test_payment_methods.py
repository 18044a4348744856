"""Payment methods of any kind through the SDK."""

import pytest
from braintree import CreditCard, UsBankAccount
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes
from .parallel import at_once

GOOD_CARDS = sorted(
    nonce
    for name, nonce in vars(Nonces).items()
    if isinstance(nonce, str) and (name.startswith(("Transactable", "ThreeDSecure")) or "Rejected" in name)
)


class TestCreate:
    @pytest.mark.parametrize("nonce", GOOD_CARDS)
    def test_vaults_every_card_nonce(self, gateway: Gateway, customer_id: str, nonce: str) -> None:
        result = gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": nonce})
        assert result.is_success, result.message
        assert isinstance(result.payment_method, CreditCard)

    @pytest.mark.parametrize(
        ("nonce", "indicator", "value"),
        [
            (Nonces.TransactablePrepaid, "prepaid", "Yes"),
            (Nonces.TransactableDebit, "debit", "Yes"),
            (Nonces.TransactableNoIndicators, "debit", "No"),
            (Nonces.TransactableUnknownIndicators, "debit", "Unknown"),
            (Nonces.TransactableCountryOfIssuanceUSA, "country_of_issuance", "USA"),
            (Nonces.TransactableIssuingBankNetworkOnly, "issuing_bank", "NETWORK ONLY"),
        ],
    )
    def test_cards_carry_their_issuers_indicators(
        self, gateway: Gateway, customer_id: str, nonce: str, indicator: str, value: str
    ) -> None:
        result = gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": nonce})
        assert getattr(result.payment_method, indicator) == value

    def test_takes_the_token_that_was_chosen(self, gateway: Gateway, customer_id: str, unique: Unique) -> None:
        gateway.payment_method.create(
            {"customer_id": customer_id, "payment_method_nonce": Nonces.TransactableVisa, "token": unique("mine")}
        )
        assert gateway.payment_method.find(unique("mine")).customer_id == customer_id

    def test_the_first_is_the_default_and_another_only_when_asked(self, gateway: Gateway, customer_id: str) -> None:
        def add(nonce: str, **options: bool) -> str:
            params = {"customer_id": customer_id, "payment_method_nonce": nonce, "options": options}
            return str(gateway.payment_method.create(params).payment_method.token)

        first = add(Nonces.TransactableVisa)
        second = add(Nonces.UsBankAccount)
        third = add(Nonces.TransactableAmEx, make_default=True)

        methods = gateway.customer.find(customer_id).payment_methods
        assert {one.token: one.default for one in methods} == {first: False, second: False, third: True}

    def test_declined_verification_stores_nothing(self, gateway: Gateway, customer_id: str) -> None:
        result = gateway.payment_method.create(
            {
                "customer_id": customer_id,
                "payment_method_nonce": Nonces.ProcessorDeclinedVisa,
                "options": {"verify_card": True, "verification_merchant_account_id": "sandbox_credit_card"},
            }
        )
        assert result.credit_card_verification.processor_response_code == "2000"
        assert gateway.customer.find(customer_id).payment_methods == []

    @pytest.mark.parametrize(
        ("nonce", "code"),
        [
            ("not-a-nonce", ErrorCodes.PaymentMethod.PaymentMethodNonceUnknown),
            (Nonces.Consumed, ErrorCodes.PaymentMethod.PaymentMethodNonceConsumed),
            (None, ErrorCodes.PaymentMethod.NonceIsRequired),
        ],
    )
    def test_names_what_is_wrong_with_a_nonce(
        self, gateway: Gateway, customer_id: str, nonce: str | None, code: str
    ) -> None:
        result = gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": nonce})
        assert codes(result, "payment_method", "payment_method_nonce") == [code]

    def test_a_number_with_a_wrong_check_digit_is_the_cards_error(self, gateway: Gateway, customer_id: str) -> None:
        result = gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": Nonces.LuhnInvalid})
        assert codes(result, "credit_card", "number") == [ErrorCodes.CreditCard.NumberIsInvalid]

    @pytest.mark.parametrize(
        ("customer", "code"),
        [
            (None, ErrorCodes.PaymentMethod.CustomerIdIsRequired),
            ("nobody", ErrorCodes.PaymentMethod.CustomerIdIsInvalid),
        ],
    )
    def test_needs_a_customer(self, gateway: Gateway, customer: str | None, code: str) -> None:
        result = gateway.payment_method.create({"customer_id": customer, "payment_method_nonce": Nonces.Transactable})
        assert codes(result, "payment_method", "customer_id") == [code]

    def test_fifty_at_once_use_a_nonce_up_once(self, gateway: Gateway, sandbox: Sandbox, customer_id: str) -> None:
        nonce = sandbox.card_nonce()

        def vault(_: int) -> bool:
            result = gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": nonce})
            return bool(result.is_success)

        outcomes = at_once(gateway, vault, calls=50, threads=8)

        assert outcomes.count(True) == 1
        assert len(gateway.customer.find(customer_id).payment_methods) == 1

    def test_a_nonces_own_address_is_stored_unless_another_is_sent(
        self, gateway: Gateway, sandbox: Sandbox, customer_id: str
    ) -> None:
        params = {"customer_id": customer_id, "billing_address": {"street_address": "123 Abc Way"}}
        card = gateway.payment_method.create({**params, "payment_method_nonce": sandbox.card_nonce()}).payment_method
        assert card.billing_address.street_address == "123 Abc Way"

    def test_details_beside_the_nonce_win(self, gateway: Gateway, customer_id: str) -> None:
        result = gateway.payment_method.create(
            {
                "customer_id": customer_id,
                "payment_method_nonce": Nonces.TransactableVisa,
                "cardholder_name": "Ann Page",
                "expiration_date": "11/2040",
            }
        )
        assert (result.payment_method.cardholder_name, result.payment_method.expiration_date) == ("Ann Page", "11/2040")

    @pytest.mark.parametrize(
        ("option", "code"),
        [
            ("fail_on_duplicate_payment_method", ErrorCodes.CreditCard.DuplicateCardExists),
            ("fail_on_duplicate_payment_method_for_customer", ErrorCodes.CreditCard.DuplicateCardExistsForCustomer),
        ],
    )
    def test_duplicates_are_refused_when_asked(
        self, gateway: Gateway, customer_id: str, card_token: str, option: str, code: str
    ) -> None:
        params = {
            "customer_id": customer_id,
            "payment_method_nonce": "fake-valid-visa-nonce",
            "options": {option: True},
        }
        assert codes(gateway.payment_method.create(params), "credit_card", "number") == [code]


class TestUpdate:
    def test_makes_a_bank_account_the_default(self, gateway: Gateway, customer_id: str, card_token: str) -> None:
        account = gateway.payment_method.create(
            {"customer_id": customer_id, "payment_method_nonce": Nonces.UsBankAccount}
        ).payment_method

        result = gateway.payment_method.update(account.token, {"options": {"make_default": True}})

        assert isinstance(result.payment_method, UsBankAccount)
        assert result.payment_method.default
        assert not gateway.payment_method.find(card_token).default

    def test_replaces_a_card_by_a_nonces(self, gateway: Gateway, sandbox: Sandbox, card_token: str) -> None:
        nonce = sandbox.card_nonce("5555555555554444", expiration_date="11/2033")
        card = gateway.payment_method.update(card_token, {"payment_method_nonce": nonce}).payment_method
        assert (card.token, card.last_4, card.expiration_date) == (card_token, "4444", "11/2033")

    def test_refuses_a_nonce_of_another_kind(self, gateway: Gateway, card_token: str) -> None:
        result = gateway.payment_method.update(card_token, {"payment_method_nonce": Nonces.UsBankAccount})
        assert codes(result, "payment_method", "payment_method_nonce") == [ErrorCodes.PaymentMethod.NonceIsInvalid]

    def test_says_what_is_wrong_with_a_number(self, gateway: Gateway, card_token: str) -> None:
        result = gateway.payment_method.update(card_token, {"number": "invalid", "expiration_date": "05/2030"})
        assert result.errors.for_object("credit_card").on("number")[0].message == (
            "Credit card number must be 12-19 digits."
        )

    def test_an_unknown_token_is_not_found(self, gateway: Gateway) -> None:
        with pytest.raises(NotFoundError):
            gateway.payment_method.update("nothing", {"cardholder_name": "x"})


class TestDelete:
    def test_removes_it(self, gateway: Gateway, card_token: str) -> None:
        assert gateway.payment_method.delete(card_token).is_success
        with pytest.raises(NotFoundError):
            gateway.payment_method.find(card_token)

    def test_the_oldest_that_is_left_becomes_the_default(
        self, gateway: Gateway, customer_id: str, card_token: str
    ) -> None:
        other = gateway.payment_method.create(
            {"customer_id": customer_id, "payment_method_nonce": Nonces.TransactableAmEx}
        ).payment_method
        gateway.payment_method.delete(card_token)
        assert gateway.payment_method.find(other.token).default
