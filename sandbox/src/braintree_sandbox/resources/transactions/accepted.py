"""The parameters that each request about a transaction accepts; any other is a 403."""

from braintree_sandbox.resources import addresses
from braintree_sandbox.validation.params import ANYTHING, takes
from braintree_sandbox.validation.phones import INTERNATIONAL_PHONE
from braintree_sandbox.validation.risk_data import RISK_DATA
from braintree_sandbox.validation.three_d_secure import THREE_D_SECURE_PASS_THRU

_DESCRIPTOR = takes("name", "phone", "url")
_LEG = takes(
    "conjunction_ticket", "exchange_ticket", "coupon_number", "service_class", "carrier_code", "fare_basis_code",
    "flight_number", "departure_date", "departure_airport_code", "departure_time", "arrival_airport_code",
    "arrival_time", "stopover_permitted", "fare_amount", "fee_amount", "tax_amount", "endorsement_or_restrictions",
)  # fmt: skip
# The check of an industry has the codes for fields that it does not know.
_INDUSTRY = takes(
    "industry_type",
    data=takes(
        "folio_number", "check_in_date", "check_out_date", "departure_date", "lodging_check_in_date",
        "lodging_check_out_date", "travel_package", "lodging_name", "room_rate", "passenger_first_name",
        "passenger_last_name", "passenger_middle_initial", "passenger_title", "issued_date", "travel_agency_name",
        "travel_agency_code", "ticket_number", "issuing_carrier_code", "customer_code", "fare_amount", "fee_amount",
        "room_tax", "tax_amount", "restricted_ticket", "no_show", "advanced_deposit", "fire_safe", "property_phone",
        "arrival_date", "ticket_issuer_address", "date_of_birth", "country_code",
        legs=_LEG, additional_charges=takes("kind", "amount"),
    ),
)  # fmt: skip
_LINE_ITEM = takes(
    "commodity_code", "description", "discount_amount", "image_url", "kind", "name", "product_code", "quantity",
    "tax_amount", "total_amount", "unit_amount", "unit_of_measure", "unit_tax_amount", "upc_code", "upc_type", "url",
)  # fmt: skip
_LEVEL_2_AND_3 = takes(
    "purchase_order_number", "tax_amount", "tax_exempt", "discount_amount", "shipping_amount", "shipping_tax_amount",
    "ships_from_postal_code",
    line_items=_LINE_ITEM,
)  # fmt: skip
_PARTY_ADDRESS = takes(
    "street_address", "extended_address", "locality", "region", "country_code_alpha2", "postal_code",
    international_phone=INTERNATIONAL_PHONE,
)  # fmt: skip
_PARTY = takes(
    "account_reference_number", "account_reference_number_type", "first_name", "last_name", "middle_name", "tax_id",
    address=_PARTY_ADDRESS,
)  # fmt: skip
_OPTIONS = takes(
    "add_billing_address_to_payment_method", "payee_id", "payee_email", "skip_advanced_fraud_checking", "skip_avs",
    "skip_cvv", "store_in_vault", "store_in_vault_on_success", "store_shipping_address_in_vault",
    "submit_for_settlement", "venmo_sdk_session",
    credit_card=takes("account_type", "process_debit_as_credit"),
    paypal=takes(
        "custom_field", "description", "payee_id", "payee_email", "recipient_email",
        recipient_phone=INTERNATIONAL_PHONE, supplementary_data=ANYTHING,
    ),
    three_d_secure=takes("required"),
    amex_rewards=takes("request_id", "points", "currency_amount", "currency_iso_code"),
    venmo=takes("profile_id"),
    venmo_merchant_data=ANYTHING,
    us_bank_account=takes("ach_type"),
    adyen=takes("overwrite_brand", "selected_brand"),
    processing_overrides=takes(
        "customer_email", "customer_first_name", "customer_last_name", "customer_tax_identifier"
    ),
)  # fmt: skip

SALE = _LEVEL_2_AND_3.plus(
    "accept_partial_authorization", "amount", "api_request_key", "billing_address_id", "channel", "customer_id",
    "device_data", "device_session_id", "exchange_rate_quote_id", "foreign_retailer", "fraud_merchant_id",
    "merchant_account_id", "order_id", "payment_method_nonce", "payment_method_token",
    "processing_merchant_category_code", "product_sku", "recurring", "sca_exemption", "shared_billing_address_id",
    "shared_customer_id", "shared_payment_method_nonce", "shared_payment_method_token", "shared_shipping_address_id",
    "shipping_address_id", "subscription_id", "surcharge_amount", "three_d_secure_authentication_id",
    "three_d_secure_token", "transaction_source", "type", "venmo_sdk_payment_method_code",
    android_pay_card=takes(
        "number", "cryptogram", "expiration_month", "expiration_year", "eci_indicator", "source_card_type",
        "source_card_last_four", "google_transaction_id",
    ),
    apple_pay_card=takes(
        "number", "cardholder_name", "cryptogram", "expiration_month", "expiration_year", "eci_indicator"
    ),
    billing=addresses.ACCEPTED,
    credit_card=takes(
        "cardholder_name", "cvv", "expiration_date", "expiration_month", "expiration_year", "number", "token",
        network_tokenization_attributes=takes("cryptogram", "ecommerce_indicator", "token_requestor_id"),
        payment_reader_card_details=takes("encrypted_card_data", "key_serial_number"),
    ),
    custom_fields=ANYTHING,
    customer=takes(
        "id", "company", "email", "fax", "first_name", "last_name", "phone", "website",
        international_phone=INTERNATIONAL_PHONE,
    ),
    descriptor=_DESCRIPTOR,
    external_vault=takes("status", "previous_network_transaction_id", "previous_mastercard_transaction_link_id"),
    industry=_INDUSTRY,
    installments=takes("count"),
    options=_OPTIONS,
    payment_facilitator=takes(
        "payment_facilitator_id",
        sub_merchant=takes("reference_number", "tax_id", "legal_name", address=_PARTY_ADDRESS),
    ),
    paypal_account=takes("payee_id", "payee_email", "payer_id", "payment_id"),
    risk_data=RISK_DATA,
    shipping=addresses.ACCEPTED.plus("shipping_method"),
    three_d_secure_pass_thru=THREE_D_SECURE_PASS_THRU,
    transfer=takes("type", sender=_PARTY.plus("date_of_birth"), receiver=_PARTY),
    us_bank_account=takes("ach_mandate_text", "ach_mandate_accepted_at"),
)  # fmt: skip
SUBMISSION = _LEVEL_2_AND_3.plus(
    "amount",
    "api_request_key",
    "order_id",
    "shipping_address_id",
    descriptor=_DESCRIPTOR,
    industry=_INDUSTRY,
    shipping=addresses.ACCEPTED,
)
PARTIAL_SUBMISSION = SUBMISSION.plus("final_capture")
UPDATE = takes("amount", "order_id", descriptor=_DESCRIPTOR)
REFUND = takes("amount", "api_request_key", "order_id", "merchant_account_id", "surcharge_amount")
CLONE = takes("amount", "channel", options=takes("submit_for_settlement"))
ADJUSTMENT = takes("amount")
SHIPMENT = takes("carrier", "notify_payer", "tracking_number", line_items=_LINE_ITEM)
ONLY_A_KEY = takes("api_request_key")
