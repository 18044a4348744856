"""Cards in the vault through the SDK."""

from datetime import UTC, datetime

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.credit_card_numbers import CreditCardNumbers

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes

VISA = {"number": "4111111111111111", "expiration_date": "05/2030"}


class TestCreate:
    def test_shows_all_but_the_number(self, gateway: Gateway, customer_id: str, unique: Unique) -> None:
        result = gateway.credit_card.create(
            {**VISA, "customer_id": customer_id, "cvv": "100", "cardholder_name": "John Doe", "token": unique("t")}
        )

        card = result.credit_card
        assert (card.token, card.bin, card.last_4) == (unique("t"), "411111", "1111")
        assert (card.card_type, card.expiration_date, card.cardholder_name) == ("Visa", "05/2030", "John Doe")
        assert card.masked_number == "411111******1111"
        assert len(card.unique_number_identifier) == 32
        assert card.default
        assert not card.is_expired
        assert card.billing_address is None

    def test_reads_month_and_year_apart(self, gateway: Gateway, customer_id: str) -> None:
        card = gateway.credit_card.create(
            {"customer_id": customer_id, "number": VISA["number"], "expiration_month": "5", "expiration_year": "30"}
        ).credit_card
        assert card.expiration_date == "05/2030"

    @pytest.mark.parametrize(
        "number",
        [
            number
            for group in (CreditCardNumbers, CreditCardNumbers.CardTypeIndicators, CreditCardNumbers.AmexPayWithPoints)
            for name, number in vars(group).items()
            if isinstance(number, str) and number.isdigit() and not name.startswith("_")
        ],
    )
    def test_accepts_every_test_number_of_the_sdk(self, gateway: Gateway, customer_id: str, number: str) -> None:
        result = gateway.credit_card.create({**VISA, "customer_id": customer_id, "number": number})
        assert result.is_success, result.message
        assert result.credit_card.last_4 == number[-4:]

    @pytest.mark.parametrize(
        ("number", "brand"),
        [
            ("378282246310005", "American Express"),
            ("5555555555554444", "MasterCard"),
            ("2223000048400011", "MasterCard"),
            ("6011111111111117", "Discover"),
            ("3530111333300000", "JCB"),
            ("36259600000004", "Diners Club"),
            ("6304000000000000", "Maestro"),
            ("63049580000009", "Maestro"),
            ("5066991111111118", "Elo"),
            ("6370950000000005", "Hiper"),
            ("6062820524845321", "Hipercard"),
        ],
    )
    def test_knows_the_brands(self, gateway: Gateway, customer_id: str, number: str, brand: str) -> None:
        card = gateway.credit_card.create({**VISA, "customer_id": customer_id, "number": number}).credit_card
        assert card.card_type == brand

    @pytest.mark.parametrize(
        ("change", "attribute", "code"),
        [
            ({"number": None}, "number", ErrorCodes.CreditCard.NumberIsRequired),
            ({"number": "invalid"}, "number", ErrorCodes.CreditCard.NumberHasInvalidLength),
            ({"number": "4111111111111112"}, "number", ErrorCodes.CreditCard.NumberIsInvalid),
            ({"number": "4539578763621486"}, "number", ErrorCodes.CreditCard.NumberMustBeTestNumber),
            ({"number": "9999999999999995"}, "number", ErrorCodes.CreditCard.CreditCardTypeIsNotAccepted),
            ({"expiration_date": None}, "expiration_date", ErrorCodes.CreditCard.ExpirationDateIsRequired),
            ({"expiration_date": "13/2030"}, "expiration_date", ErrorCodes.CreditCard.ExpirationDateIsInvalid),
            ({"expiration_date": "05/1901"}, "expiration_date", ErrorCodes.CreditCard.ExpirationDateYearIsInvalid),
            ({"expiration_month": "05"}, "expiration_date", ErrorCodes.CreditCard.ExpirationDateConflict),
            ({"cvv": "12345"}, "cvv", ErrorCodes.CreditCard.CvvIsInvalid),
            ({"cardholder_name": "x" * 176}, "cardholder_name", ErrorCodes.CreditCard.CardholderNameIsTooLong),
            ({"token": "a b"}, "token", ErrorCodes.CreditCard.TokenInvalid),
            ({"token": "x" * 37}, "token", ErrorCodes.CreditCard.TokenIsTooLong),
            ({"token": "new"}, "token", ErrorCodes.CreditCard.TokenIsNotAllowed),
            ({"billing_address_id": "zz"}, "billing_address_id", ErrorCodes.CreditCard.BillingAddressIdIsInvalid),
            ({"customer_id": "nobody"}, "customer_id", ErrorCodes.CreditCard.CustomerIdIsInvalid),
            ({"customer_id": None}, "customer_id", ErrorCodes.CreditCard.CustomerIdIsRequired),
        ],
    )
    def test_names_what_is_wrong(
        self, gateway: Gateway, customer_id: str, change: dict[str, str], attribute: str, code: str
    ) -> None:
        result = gateway.credit_card.create({**VISA, "customer_id": customer_id, **change})
        assert codes(result, "credit_card", attribute) == [code]

    def test_refuses_a_token_twice(self, gateway: Gateway, customer_id: str, card_token: str) -> None:
        result = gateway.credit_card.create({**VISA, "customer_id": customer_id, "token": card_token})
        assert codes(result, "credit_card", "token") == [ErrorCodes.CreditCard.TokenIsInUse]

    def test_keeps_a_billing_address(self, gateway: Gateway, customer_id: str) -> None:
        address = {"street_address": "123 Abc Way", "postal_code": "60622"}
        card = gateway.credit_card.create({**VISA, "customer_id": customer_id, "billing_address": address}).credit_card
        assert card.billing_address.street_address == "123 Abc Way"
        assert gateway.address.find(customer_id, card.billing_address.id).postal_code == "60622"

    def test_finds_a_billing_address_by_id(self, gateway: Gateway, customer_id: str) -> None:
        address = gateway.address.create({"customer_id": customer_id, "street_address": "1 Main St"}).address
        card = gateway.credit_card.create(
            {**VISA, "customer_id": customer_id, "billing_address_id": address.id}
        ).credit_card
        assert card.billing_address.id == address.id


class TestDuplicates:
    def test_are_refused_in_the_whole_vault_when_asked(self, gateway: Gateway, customer_id: str) -> None:
        gateway.credit_card.create({**VISA, "customer_id": customer_id})
        stranger = gateway.customer.create().customer

        result = gateway.credit_card.create(
            {**VISA, "customer_id": stranger.id, "options": {"fail_on_duplicate_payment_method": True}}
        )

        assert codes(result, "credit_card", "number") == [ErrorCodes.CreditCard.DuplicateCardExists]
        assert result.message == "Duplicate card exists in the vault."

    def test_are_refused_for_the_customer_alone_when_asked(self, gateway: Gateway, customer_id: str) -> None:
        options = {"options": {"fail_on_duplicate_payment_method_for_customer": True}}
        stranger = gateway.customer.create().customer
        gateway.credit_card.create({**VISA, "customer_id": customer_id})

        assert gateway.credit_card.create({**VISA, "customer_id": stranger.id, **options}).is_success
        result = gateway.credit_card.create({**VISA, "customer_id": customer_id, **options})
        assert codes(result, "credit_card", "number") == [ErrorCodes.CreditCard.DuplicateCardExistsForCustomer]

    def test_share_an_identifier(self, gateway: Gateway, customer_id: str) -> None:
        first, second = (gateway.credit_card.create({**VISA, "customer_id": customer_id}).credit_card for _ in range(2))
        assert first.unique_number_identifier == second.unique_number_identifier
        assert first.token != second.token


class TestUpdate:
    def test_changes_the_card(self, gateway: Gateway, card_token: str) -> None:
        change = {"number": "5555555555554444", "expiration_date": "06/2031", "cardholder_name": "Jane"}
        card = gateway.credit_card.update(card_token, change).credit_card
        assert (card.token, card.last_4, card.expiration_date, card.cardholder_name) == (
            card_token, "4444", "06/2031", "Jane",
        )  # fmt: skip

    def test_makes_a_new_billing_address_unless_told_to_change_it(self, gateway: Gateway, customer_id: str) -> None:
        street = {"billing_address": {"street_address": "123 Nigeria Ave"}}
        card = gateway.credit_card.create({**VISA, "customer_id": customer_id, **street}).credit_card

        kept = gateway.credit_card.update(
            card.token, {"billing_address": {"region": "IL", "options": {"update_existing": True}}}
        ).credit_card.billing_address
        fresh = gateway.credit_card.update(
            card.token, {"billing_address": {"region": "NY"}}
        ).credit_card.billing_address

        assert (kept.id, kept.street_address, kept.region) == (card.billing_address.id, "123 Nigeria Ave", "IL")
        assert fresh.id != kept.id
        assert (fresh.street_address, fresh.region) == (None, "NY")

    def test_keeps_the_old_card_when_the_new_one_fails_verification(self, gateway: Gateway, card_token: str) -> None:
        change = {"number": "4000111111111115", "options": {"verify_card": True}}
        result = gateway.credit_card.update(card_token, change)
        assert result.credit_card_verification.status == "processor_declined"
        assert gateway.credit_card.find(card_token).last_4 == "1881"

    def test_a_new_token_replaces_the_old_one(
        self, gateway: Gateway, customer_id: str, card_token: str, unique: Unique
    ) -> None:
        gateway.credit_card.update(card_token, {"token": unique("new")})
        assert gateway.credit_card.find(unique("new")).default
        with pytest.raises(NotFoundError):
            gateway.credit_card.find(card_token)

    def test_a_token_cannot_be_blank(self, gateway: Gateway, card_token: str) -> None:
        result = gateway.credit_card.update(card_token, {"token": ""})
        assert codes(result, "credit_card", "token") == [ErrorCodes.CreditCard.TokenIsRequired]


class TestFromOtherDetails:
    def test_what_is_sent_beside_a_nonce_wins(self, gateway: Gateway, customer_id: str) -> None:
        sent = {"payment_method_nonce": "fake-valid-visa-nonce", "cardholder_name": "Ann", "expiration_date": "03/2031"}
        card = gateway.credit_card.create({**sent, "customer_id": customer_id}).credit_card
        assert (card.last_4, card.cardholder_name, card.expiration_date) == ("1881", "Ann", "03/2031")

    def test_a_number_beside_a_nonce_is_a_conflict(self, gateway: Gateway, customer_id: str) -> None:
        sent = {**VISA, "customer_id": customer_id, "payment_method_nonce": "fake-valid-visa-nonce"}
        found = codes(gateway.credit_card.create(sent), "credit_card", "base")
        assert found == [ErrorCodes.CreditCard.PaymentMethodConflict]

    @pytest.mark.filterwarnings("ignore:The Venmo SDK integration is Unsupported:DeprecationWarning")
    def test_a_code_of_the_retired_venmo_sdk_is_a_card(self, gateway: Gateway, customer_id: str) -> None:
        sent = {"customer_id": customer_id, "venmo_sdk_payment_method_code": "stub-4111111111111111"}
        card = gateway.credit_card.create(sent).credit_card
        assert (card.bin, card.venmo_sdk) == ("411111", False)
        wrong = gateway.credit_card.create({**sent, "venmo_sdk_payment_method_code": "stub-nothing"})
        found = codes(wrong, "credit_card", "venmo_sdk_payment_method_code")
        assert found == [ErrorCodes.CreditCard.InvalidVenmoSDKPaymentMethodCode]

    def test_the_network_tokenized_test_token_is_found(self, gateway: Gateway, card_token: str) -> None:
        assert gateway.credit_card.find("network_tokenized_credit_card").is_network_tokenized
        assert not gateway.credit_card.find(card_token).is_network_tokenized


class TestExpiry:
    def test_lists_what_has_expired_and_what_will(self, gateway: Gateway, customer_id: str) -> None:
        old, soon = (
            gateway.credit_card.create({**VISA, "customer_id": customer_id, "expiration_date": expiry}).credit_card
            for expiry in ("01/2015", "03/2044")
        )
        start, end = datetime(2044, 1, 1, tzinfo=UTC), datetime(2044, 12, 31, tzinfo=UTC)

        assert old.is_expired
        assert old.token in {card.token for card in gateway.credit_card.expired().items}
        expiring = {card.token for card in gateway.credit_card.expiring_between(start, end).items}
        assert soon.token in expiring
        assert old.token not in expiring


class TestFromNonce:
    def test_finds_the_vaulted_card_once(self, gateway: Gateway, card_token: str) -> None:
        nonce = gateway.payment_method_nonce.create(card_token).payment_method_nonce.nonce
        assert gateway.credit_card.from_nonce(nonce).token == card_token
        with pytest.raises(NotFoundError, match="consumed"):
            gateway.credit_card.from_nonce(nonce)

    def test_finds_nothing_for_a_card_that_is_not_vaulted(self, gateway: Gateway, sandbox: Sandbox) -> None:
        with pytest.raises(NotFoundError):
            gateway.credit_card.from_nonce(sandbox.card_nonce())


class TestDelete:
    def test_removes_it_once(self, gateway: Gateway, card_token: str) -> None:
        assert gateway.credit_card.delete(card_token).is_success
        with pytest.raises(NotFoundError):
            gateway.credit_card.delete(card_token)
