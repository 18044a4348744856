"""Parameters of a sale that are checked, kept and shown again."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.authorization_error import AuthorizationError
from braintree.test.credit_card_numbers import CreditCardNumbers
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway

from .errors import codes

Codes = ErrorCodes.Transaction
VISA = {"number": CreditCardNumbers.Visa, "expiration_date": "05/2030"}


def _sale(gateway: Gateway, **params: Any) -> Any:
    return gateway.transaction.sale({"amount": "1000.00", "credit_card": VISA, **params})


class TestDetailsKeptAsSent:
    @pytest.mark.parametrize(
        ("sent", "attribute", "shown"),
        [
            ({"tax_amount": Decimal("10.00")}, "tax_amount", Decimal("10.00")),
            ({"discount_amount": "1.00"}, "discount_amount", Decimal("1.00")),
            ({"shipping_amount": "2"}, "shipping_amount", Decimal("2.00")),
            ({"shipping_tax_amount": "3.00"}, "shipping_tax_amount", Decimal("3.00")),
            ({"surcharge_amount": "1.50"}, "surcharge_amount", Decimal("1.50")),
            ({"tax_exempt": True}, "tax_exempt", True),
            ({"ships_from_postal_code": "12345-678"}, "ships_from_postal_code", "12345-678"),
            ({"purchase_order_number": "12345678901234567"}, "purchase_order_number", "12345678901234567"),
            ({"channel": "MyShop"}, "channel", "MyShop"),
            ({"sca_exemption": "low_value"}, "sca_exemption_requested", "low_value"),
            ({"foreign_retailer": "true"}, "foreign_retailer", True),
            ({"transaction_source": "recurring_first"}, "recurring", True),
            ({"transaction_source": "moto"}, "recurring", False),
            ({"transaction_source": "unscheduled"}, "recurring", False),
        ],
    )
    def test_is_shown_with_the_sale(
        self, gateway: Gateway, sent: dict[str, Any], attribute: str, shown: object
    ) -> None:
        made = _sale(gateway, **sent).transaction
        assert getattr(made, attribute) == shown
        assert getattr(gateway.transaction.find(made.id), attribute) == shown

    @pytest.mark.parametrize(
        "sent",
        [
            {"product_sku": "sku-01"},
            {"exchange_rate_quote_id": "q" * 4000},
            {"processing_merchant_category_code": "5411"},
            {"device_data": "abc"},
            {"options": {"processing_overrides": {"customer_email": "a@example.com"}}},
            {"risk_data": {"customer_browser": "IE7", "customer_ip": "192.0.2.1", "customer_location_zip": "91244"}},
            {"external_vault": {"status": "will_vault"}},
            {"external_vault": {"status": "vaulted", "previous_network_transaction_id": "123456789012345"}},
            {"external_vault": {"status": "vaulted", "previous_network_transaction_id": ""}},
        ],
    )
    def test_or_accepted_in_silence(self, gateway: Gateway, sent: dict[str, Any]) -> None:
        assert _sale(gateway, **sent).is_success

    @pytest.mark.parametrize("sent", [{}, {"foreign_retailer": "false"}])
    def test_a_retailer_at_home_is_not_mentioned(self, gateway: Gateway, sent: dict[str, str]) -> None:
        assert not hasattr(_sale(gateway, **sent).transaction, "foreign_retailer")

    def test_nothing_that_clients_look_for_is_missing(self, gateway: Gateway) -> None:
        made = _sale(gateway).transaction
        names = (
            "acquirer_reference_number", "ach_reject_reason", "debit_network", "installments", "liability_shift",
            "merchant_advice_code", "plan_id", "retrieval_reference_number", "retried", "settlement_batch_id",
            "subscription_details", "upcoming_retry_date", "voice_referral_number", "disbursement_details", "packages",
        )  # fmt: skip
        # Installments are told of only where there are any.
        assert [name for name in names if not hasattr(made, name)] == ["installments"]
        assert (made.network_response_code, made.partially_authorized, made.is_disbursed) == ("XX", False, False)
        assert made.retrieval_reference_number
        assert made.credit_card_details.masked_number == "40128888****1881"


class TestRefused:
    @pytest.mark.parametrize(
        ("sent", "path", "attribute", "code"),
        [
            ({"tax_amount": "ten"}, "transaction", "tax_amount", Codes.TaxAmountFormatIsInvalid),
            ({"tax_amount": "-1"}, "transaction", "tax_amount", Codes.TaxAmountCannotBeNegative),
            ({"tax_amount": "999999999"}, "transaction", "tax_amount", Codes.TaxAmountIsTooLarge),
            ({"discount_amount": "x"}, "transaction", "discount_amount", Codes.DiscountAmountFormatIsInvalid),
            ({"discount_amount": "-100"}, "transaction", "discount_amount", Codes.DiscountAmountCannotBeNegative),
            ({"discount_amount": "999999999"}, "transaction", "discount_amount", Codes.DiscountAmountIsTooLarge),
            ({"shipping_amount": "x"}, "transaction", "shipping_amount", Codes.ShippingAmountFormatIsInvalid),
            ({"shipping_amount": "-1"}, "transaction", "shipping_amount", Codes.ShippingAmountCannotBeNegative),
            ({"shipping_amount": "999999999"}, "transaction", "shipping_amount", Codes.ShippingAmountIsTooLarge),
            (
                {"ships_from_postal_code": "0" * 10},
                "transaction", "ships_from_postal_code", Codes.ShipsFromPostalCodeIsTooLong,
            ),
            (
                {"ships_from_postal_code": "1$345"},
                "transaction", "ships_from_postal_code", Codes.ShipsFromPostalCodeInvalidCharacters,
            ),
            (
                {"purchase_order_number": "a" * 18},
                "transaction", "purchase_order_number", Codes.PurchaseOrderNumberIsTooLong,
            ),
            (
                {"purchase_order_number": "ßå∂"},
                "transaction", "purchase_order_number", Codes.PurchaseOrderNumberIsInvalid,
            ),
            ({"channel": "c" * 256}, "transaction", "channel", Codes.ChannelIsTooLong),
            ({"product_sku": "product$ku!"}, "transaction", "product_sku", Codes.ProductSkuIsInvalid),
            (
                {"exchange_rate_quote_id": "a" * 4001},
                "transaction", "exchange_rate_quote_id", Codes.ExchangeRateQuoteIdIsTooLong,
            ),
            *(
                (
                    {"processing_merchant_category_code": wrong},
                    "transaction", "processing_merchant_category_code", Codes.ProcessingMerchantCategoryCodeIsInvalid,
                )
                for wrong in ("54111", "541A", "541")
            ),
            ({"sca_exemption": "shy"}, "transaction", "sca_exemption", Codes.ScaExemptionInvalid),
            ({"transaction_source": "dream"}, "transaction", "transaction_source", Codes.TransactionSourceIsInvalid),
            ({"custom_fields": {"unheard_of": "x"}}, "transaction", "custom_fields", Codes.CustomFieldIsInvalid),
            (
                {"billing": {"phone_number": "123-234-3456=098765"}},
                "transaction.billing", "phone_number", Codes.BillingPhoneNumberIsInvalid,
            ),
            (
                {"shipping": {"phone_number": "123-234-3456=098765"}},
                "transaction.shipping", "phone_number", Codes.ShippingPhoneNumberIsInvalid,
            ),
            (
                {"shipping": {"shipping_method": "urgent"}},
                "transaction.shipping", "shipping_method", Codes.ShippingMethodIsInvalid,
            ),
            (
                {"customer": {"international_phone": {"country_code": "1", "national_number": "3121234567111"}}},
                "transaction.customer.international_phone", "national_number",
                ErrorCodes.Customer.InternationalPhoneNationalNumberIsInvalid,
            ),
            (
                {"customer": {"international_phone": {"country_code": "1181", "national_number": "3121234567"}}},
                "transaction.customer.international_phone", "country_code",
                ErrorCodes.Customer.InternationalPhoneCountryCodeIsInvalid,
            ),
            (
                {"risk_data": {"customer_location_zip": "912$4"}},
                "transaction.risk_data", "customer_location_zip",
                ErrorCodes.RiskData.CustomerLocationZipInvalidCharacters,
            ),
            (
                {"external_vault": {"status": "bad"}},
                "transaction.external_vault", "status", Codes.ExternalVault.StatusIsInvalid,
            ),
            (
                {"external_vault": {"status": "will_vault", "previous_network_transaction_id": "123"}},
                "transaction.external_vault", "status",
                Codes.ExternalVault.StatusWithPreviousNetworkTransactionIdIsInvalid,
            ),
            (
                {"external_vault": {"status": "vaulted", "previous_network_transaction_id": "not one"}},
                "transaction.external_vault", "previous_network_transaction_id",
                Codes.ExternalVault.PreviousNetworkTransactionIdIsInvalid,
            ),
        ],
    )  # fmt: skip
    def test_with_the_code_in_its_place(
        self, gateway: Gateway, sent: dict[str, Any], path: str, attribute: str, code: str
    ) -> None:
        assert codes(_sale(gateway, **sent), path, attribute) == [code]

    def test_an_elo_card_by_an_account_that_takes_none(self, gateway: Gateway) -> None:
        elo = {"number": CreditCardNumbers.Elo, "expiration_date": "10/2030"}
        result = _sale(gateway, credit_card=elo)
        assert codes(result, "transaction.credit_card", "number") == ["81703"]
        assert result.transaction is None
        assert _sale(gateway, credit_card=elo, merchant_account_id="adyen_ma").is_success


def _lodging(**data: Any) -> dict[str, Any]:
    return {"industry": {"industry_type": "lodging", "data": {"folio_number": "aaa", **data}}}


def _flight(**data: Any) -> dict[str, Any]:
    return {"industry": {"industry_type": "travel_flight", "data": {"passenger_first_name": "Jo", **data}}}


def _cruise(**data: Any) -> dict[str, Any]:
    return {"industry": {"industry_type": "travel_cruise", "data": {"travel_package": "flight", **data}}}


class TestIndustryData:
    @pytest.mark.parametrize(
        "sent",
        [
            _lodging(
                check_in_date="2014-07-07",
                check_out_date="2014-07-11",
                room_rate="170.00",
                no_show=False,
                property_phone="1112223345",
                additional_charges=[{"kind": "restaurant", "amount": "50.00"}, {"kind": "other", "amount": "1.00"}],
            ),
            _cruise(departure_date="2014-07-07", lodging_name="Royal Caribbean"),
            _flight(
                issued_date=date(2018, 1, 1),
                fare_amount="70.00",
                restricted_ticket=False,
                country_code="US",
                legs=[{"carrier_code": "AA", "departure_time": "08:00", "fare_amount": "35.00"}] * 2,
            ),
        ],
    )
    def test_is_accepted(self, gateway: Gateway, sent: dict[str, Any]) -> None:
        assert _sale(gateway, **sent).is_success

    @pytest.mark.parametrize(
        ("sent", "path", "attribute", "code"),
        [
            ({"industry": {"industry_type": "mining"}}, "", "industry_type", Codes.Industry.IndustryTypeIsInvalid),
            (
                _lodging(check_in_date="2014-07-07", check_out_date="2014-06-06"),
                "", "check_out_date", Codes.Industry.Lodging.CheckOutDateMustFollowCheckInDate,
            ),
            (_lodging(check_in_date="soon"), "", "check_in_date", Codes.Industry.Lodging.CheckInDateIsInvalid),
            (_lodging(room_rate="dear"), "", "room_rate", Codes.Industry.Lodging.RoomRateFormatIsInvalid),
            (_lodging(room_tax="0"), "", "room_tax", Codes.Industry.Lodging.RoomTaxMustBeGreaterThanZero),
            (_lodging(travel_package="x"), "", "base", Codes.Industry.Lodging.UnknownDataField),
            (
                _lodging(additional_charges=[{"kind": "unknown", "amount": "20.00"}]),
                ".additional_charges.index_0", "kind", Codes.Industry.AdditionalCharge.KindIsInvalid,
            ),
            (
                _lodging(additional_charges=[{"kind": "laundry", "amount": "2.00"}, {"kind": "laundry"}]),
                ".additional_charges.index_1", "kind", Codes.Industry.AdditionalCharge.KindMustBeUnique,
            ),
            (_cruise(travel_package="walk"), "", "travel_package", Codes.Industry.TravelCruise.TravelPackageIsInvalid),
            (_flight(fare_amount="-1.23"), "", "fare_amount", Codes.Industry.TravelFlight.FareAmountCannotBeNegative),
            (_flight(tax_amount="x"), "", "tax_amount", Codes.Industry.TravelFlight.TaxAmountFormatIsInvalid),
            (
                _flight(legs=[{"carrier_code": "AA"}, {"fare_amount": "-1.23"}]),
                ".legs.index_1", "fare_amount", Codes.Industry.Leg.TravelFlight.FareAmountCannotBeNegative,
            ),
            (
                _flight(legs=[{"arrival_time": "25:00"}]),
                ".legs.index_0", "arrival_time", Codes.Industry.Leg.TravelFlight.ArrivalTimeFormatIsInvalid,
            ),
        ],
    )  # fmt: skip
    def test_is_refused(self, gateway: Gateway, sent: dict[str, Any], path: str, attribute: str, code: str) -> None:
        assert codes(_sale(gateway, **sent), f"transaction.industry{path}", attribute) == [code]


ITEM = {
    "quantity": "1.0232", "name": "Name", "kind": "debit", "unit_amount": "45.1232", "total_amount": "45.15",
}  # fmt: skip


class TestLineItems:
    def test_come_back_by_a_request_of_their_own(self, gateway: Gateway) -> None:
        full = ITEM | {
            "description": "What it is",
            "unit_tax_amount": "0",
            "discount_amount": "1.02",
            "upc_code": "1234567890",
            "upc_type": "UPC-A",
            "url": "https://example.com/1",
        }
        made = _sale(gateway, line_items=[full, ITEM | {"kind": "credit", "unit_amount": "5"}]).transaction
        first, second = made.line_items
        assert {name: getattr(first, name) for name in full} == full | {"unit_tax_amount": "0.00"}
        assert (second.kind, second.unit_amount, second.discount_amount) == ("credit", "5", None)
        assert _sale(gateway).transaction.line_items == []

    @pytest.mark.parametrize(
        ("change", "attribute", "code"),
        [
            ({"commodity_code": "0123456789123"}, "commodity_code", Codes.LineItem.CommodityCodeIsTooLong),
            ({"description": "d" * 128}, "description", Codes.LineItem.DescriptionIsTooLong),
            ({"name": None}, "name", Codes.LineItem.NameIsRequired),
            ({"name": "n" * 36}, "name", Codes.LineItem.NameIsTooLong),
            ({"product_code": "p" * 36}, "product_code", Codes.LineItem.ProductCodeIsTooLong),
            ({"unit_of_measure": "u" * 13}, "unit_of_measure", Codes.LineItem.UnitOfMeasureIsTooLarge),
            ({"kind": None}, "kind", Codes.LineItem.KindIsRequired),
            ({"kind": "gift"}, "kind", Codes.LineItem.KindIsInvalid),
            ({"quantity": None}, "quantity", Codes.LineItem.QuantityIsRequired),
            ({"quantity": "1.23456"}, "quantity", Codes.LineItem.QuantityFormatIsInvalid),
            ({"quantity": "2147483648"}, "quantity", Codes.LineItem.QuantityIsTooLarge),
            ({"unit_amount": None}, "unit_amount", Codes.LineItem.UnitAmountIsRequired),
            ({"unit_amount": "-2"}, "unit_amount", Codes.LineItem.UnitAmountMustBeGreaterThanZero),
            ({"unit_amount": "2147483648"}, "unit_amount", Codes.LineItem.UnitAmountIsTooLarge),
            ({"total_amount": None}, "total_amount", Codes.LineItem.TotalAmountIsRequired),
            ({"total_amount": "1.234"}, "total_amount", Codes.LineItem.TotalAmountFormatIsInvalid),
            ({"total_amount": "-2"}, "total_amount", Codes.LineItem.TotalAmountMustBeGreaterThanZero),
            ({"total_amount": "2147483648"}, "total_amount", Codes.LineItem.TotalAmountIsTooLarge),
            ({"tax_amount": "4.555"}, "tax_amount", Codes.LineItem.TaxAmountFormatIsInvalid),
            ({"tax_amount": "-1.23"}, "tax_amount", Codes.LineItem.TaxAmountCannotBeNegative),
            ({"tax_amount": "2147483648"}, "tax_amount", Codes.LineItem.TaxAmountIsTooLarge),
            ({"unit_tax_amount": "2.012"}, "unit_tax_amount", Codes.LineItem.UnitTaxAmountFormatIsInvalid),
            ({"unit_tax_amount": "-1.23"}, "unit_tax_amount", Codes.LineItem.UnitTaxAmountCannotBeNegative),
            ({"unit_tax_amount": "2147483648"}, "unit_tax_amount", Codes.LineItem.UnitTaxAmountIsTooLarge),
            ({"discount_amount": "-1.23"}, "discount_amount", Codes.LineItem.DiscountAmountCannotBeNegative),
            ({"discount_amount": "2147483648"}, "discount_amount", Codes.LineItem.DiscountAmountIsTooLarge),
            ({"upc_type": "UPC-B"}, "upc_code", Codes.LineItem.UPCCodeIsMissing),
            ({"upc_code": "0" * 14}, "upc_type", Codes.LineItem.UPCTypeIsMissing),
            ({"upc_code": "0" * 18, "upc_type": "UPC-A"}, "upc_code", Codes.LineItem.UPCCodeIsTooLong),
            ({"upc_code": "0", "upc_type": "no"}, "upc_type", Codes.LineItem.UPCTypeIsInvalid),
        ],
    )
    def test_are_checked_one_by_one(self, gateway: Gateway, change: dict[str, Any], attribute: str, code: str) -> None:
        result = _sale(gateway, line_items=[ITEM, ITEM | change])
        assert codes(result, "transaction.line_items.index_1", attribute) == [code]

    def test_are_not_more_than_249(self, gateway: Gateway) -> None:
        assert codes(_sale(gateway, line_items=[ITEM] * 250), "transaction", "line_items") == [Codes.TooManyLineItems]


class TestShared:
    """A vault that another merchant shares; here every merchant shares with itself."""

    def test_token_and_addresses_pay_for_a_sale(self, gateway: Gateway, customer_id: str, card_token: str) -> None:
        address = gateway.address.create({"customer_id": customer_id, "first_name": "Joe"}).address
        made = gateway.transaction.sale(
            {
                "amount": "1.00",
                "shared_payment_method_token": card_token,
                "shared_customer_id": customer_id,
                "shared_shipping_address_id": address.id,
                "shared_billing_address_id": address.id,
            }
        ).transaction
        assert (made.customer_details.id, made.credit_card_details.token) == (customer_id, card_token)
        assert (made.shipping_details.first_name, made.billing_details.id) == ("Joe", address.id)


class TestVaultOptions:
    @pytest.fixture
    def sale(self) -> dict[str, Any]:
        """Return a sale with a customer, addresses and parties."""
        return {
            "amount": "1000.00",
            "credit_card": VISA,
            "customer": {
                "first_name": "Adam",
                "international_phone": {"country_code": "1", "national_number": "3121234567"},
            },
            "billing": {"first_name": "Carl", "country_name": "Mexico"},
            "shipping": {"first_name": "Andrew"},
        }  # fmt: skip

    def test_store_everything(self, gateway: Gateway, sale: dict[str, Any]) -> None:
        options = ("store_in_vault", "add_billing_address_to_payment_method", "store_shipping_address_in_vault")
        made = gateway.transaction.sale(sale | {"options": dict.fromkeys(options, True)}).transaction
        card = gateway.credit_card.find(made.credit_card_details.token)
        assert card.billing_address.id == made.billing_details.id == made.vault_billing_address.id
        assert {one.first_name for one in made.vault_customer.addresses} == {"Carl", "Andrew"}
        assert made.vault_credit_card.masked_number == "401288******1881"
        assert made.customer_details.international_phone["national_number"] == "3121234567"
        assert made.billing_details.country_code_alpha2 == "MX"

    def test_store_nothing_after_a_decline(self, gateway: Gateway, sale: dict[str, Any]) -> None:
        result = gateway.transaction.sale(sale | {"amount": "2000.00", "options": {"store_in_vault_on_success": True}})
        assert result.transaction.customer_details.id is None
        assert result.transaction.vault_credit_card is None

    def test_a_one_time_payment_can_be_made_but_not_stored(self, gateway: Gateway) -> None:
        made = gateway.transaction.sale(
            {
                "amount": "10.00",
                "payment_method_nonce": Nonces.PayPalOneTimePayment,
                "options": {"store_in_vault": True},
            }
        ).transaction
        assert made.paypal_details.token is None


class TestUnknownParameters:
    def test_are_forbidden(self, gateway: Gateway) -> None:
        with pytest.raises(AuthorizationError):
            gateway.config.http().post(
                f"{gateway.config.base_merchant_path()}/transactions", {"transaction": {"amount": "1.00", "hack": "1"}}
            )
