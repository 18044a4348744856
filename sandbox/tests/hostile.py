"""Valid requests, and odd values for each of their places."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st

Document = dict[str, Any]
_CARD = {"number": "4111111111111111", "expiration_date": "05/2030", "cvv": "123", "cardholder_name": "Pat Payer"}
_ADDRESS = {"street_address": "1 E Main St", "locality": "Chicago", "postal_code": "60622", "country_code_alpha2": "US"}
_SEARCH = {
    "ids": ["disputedtransaction"],
    "order_id": {"is": "1"},
    "amount": {"min": "1.00", "max": "9.00"},
    "created_at": {"min": "2026-01-01T00:00:00Z"},
    "type": ["sale"],
    "refund": True,
}


class Sent(NamedTuple):
    """One request: a method, a path, in which `{sold}` is the id of a sale, and a document."""

    method: str
    path: str
    document: Document


MEANT = (
    Sent(
        "POST",
        "customers",
        {
            "customer": {
                "first_name": "Pat",
                "email": "pat@example.com",
                "custom_fields": {"store_me": "x"},
                "international_phone": {"country_code": "1", "national_number": "3121234567"},
                "credit_card": {**_CARD, "billing_address": _ADDRESS, "options": {"verify_card": True}},
                "risk_data": {"customer_ip": "127.0.0.1", "customer_location_zip": "60622"},
            }
        },
    ),
    Sent("POST", "customers/vaulted/addresses", {"address": _ADDRESS}),
    Sent(
        "POST",
        "payment_methods",
        {
            "payment_method": {
                "customer_id": "vaulted",
                "payment_method_nonce": "fake-us-bank-account-nonce",
                "us_bank_account": {"ach_mandate_text": "yes", "ach_mandate_accepted_at": "2026-01-01T00:00:00Z"},
                "options": {"us_bank_account_verification_method": "network_check", "verification_amount": "1.00"},
            }
        },
    ),
    Sent("POST", "payment_methods", {"credit_card": {"customer_id": "vaulted", **_CARD}}),
    Sent("PUT", "payment_methods/any/vaulted-card", {"payment_method": {"billing_address": _ADDRESS, **_CARD}}),
    Sent(
        "POST", "payment_methods/vaulted-card/nonces", {"payment_method_nonce": {"merchant_account_id": "heartland_ma"}}
    ),
    Sent("POST", "payment_methods/all/expiring_ids?start=012026&end=122026", {"search": {}}),
    Sent(
        "POST",
        "transactions",
        {
            "transaction": {
                "type": "sale",
                "amount": "10.00",
                "order_id": "1",
                "credit_card": _CARD,
                "billing": _ADDRESS,
                "shipping": _ADDRESS,
                "descriptor": {"name": "abc*def", "phone": "3121234567", "url": "x.com"},
                "tax_amount": "1.00",
                "line_items": [
                    {"kind": "debit", "name": "n", "quantity": "1", "unit_amount": "1.00", "total_amount": "1.00"}
                ],
                "industry": {"industry_type": "lodging", "data": {"check_in_date": "2026-01-01", "room_rate": "10.00"}},
                "installments": {"count": 4},
                "three_d_secure_pass_thru": {
                    "eci_flag": "02",
                    "cavv": "x",
                    "xid": "x",
                    "three_d_secure_version": "2.1.0",
                },
                "options": {"submit_for_settlement": True, "store_in_vault_on_success": True},
            }
        },
    ),
    Sent("POST", "transactions/advanced_search_ids", {"search": _SEARCH}),
    Sent("POST", "transactions/advanced_search", {"search": _SEARCH}),
    Sent("POST", "transactions/{sold}/refund", {"transaction": {"amount": "1.00", "order_id": "2"}}),
    Sent(
        "PUT",
        "transactions/{sold}/update_details",
        {"transaction": {"amount": "9.00", "descriptor": {"name": "abc*def"}}},
    ),
    Sent("POST", "transactions/{sold}/submit_for_partial_settlement", {"transaction": {"amount": "1.00"}}),
    Sent("POST", "transactions/{sold}/clone", {"transaction_clone": {"amount": "1.00", "channel": "x"}}),
    Sent("POST", "transactions/{sold}/shipments", {"shipment": {"carrier": "UPS", "tracking_number": "1Z"}}),
    Sent("POST", "verifications", {"verification": {"credit_card": _CARD, "options": {"amount": "1.00"}}}),
    Sent("POST", "verifications/advanced_search_ids", {"search": {"created_at": {"min": "2026-01-01T00:00:00Z"}}}),
    Sent(
        "PUT",
        "us_bank_account_verifications/x/confirm_micro_transfer_amounts",
        {"us_bank_account_verification": {"deposit_amounts": [17, 29]}},
    ),
    Sent(
        "POST", "us_bank_account_verifications/advanced_search_ids", {"search": {"account_number": {"ends_with": "1"}}}
    ),
    Sent(
        "POST", "client_token", {"client_token": {"version": 2, "customer_id": "vaulted", "domains": ["example.com"]}}
    ),
    Sent(
        "POST",
        "customers/advanced_search_ids",
        {"search": {"email": {"contains": "a"}, "created_at": {"max": "2026-01-01"}}},
    ),
    Sent(
        "POST",
        "settlement_batch_summary",
        {"settlement_batch_summary": {"settlement_date": "2026-01-01", "group_by_custom_field": "store_me"}},
    ),
    Sent(
        "POST",
        "subscriptions",
        {
            "subscription": {
                "payment_method_token": "vaulted-card",
                "plan_id": "integration_trial_plan",
                "first_billing_date": "2030-01-01",
                "billing_day_of_month": 5,
                "number_of_billing_cycles": 3,
                "price": "5.00",
                "trial_period": True,
                "trial_duration": 2,
                "trial_duration_unit": "month",
                "add_ons": {"add": [{"inherited_from_id": "increase_10", "amount": "1.00", "quantity": 2}]},
            }
        },
    ),
    Sent("PUT", "subscriptions/x/make_past_due?days_past_due=3", {}),
    Sent("POST", "subscriptions/advanced_search_ids", {"search": {"price": {"is": "1.00"}, "status": ["Active"]}}),
    Sent(
        "POST",
        "plans",
        {
            "plan": {
                "name": "p",
                "price": "1.00",
                "billing_frequency": 1,
                "currency_iso_code": "USD",
                "trial_duration": 3,
            }
        },
    ),
    Sent(
        "POST", "modifications/create_modification_for_tests", {"modification": {"kind": "discount", "amount": "1.00"}}
    ),
    Sent(
        "POST",
        "disputes/open_dispute/evidence",
        {"evidence": {"comments": "x", "category": "DEVICE_ID", "sequence_number": 1}},
    ),
    Sent(
        "POST",
        "disputes/advanced_search?page=1",
        {"search": {"status": ["open"], "received_date": {"min": "2014-01-01"}}},
    ),
    Sent(
        "POST",
        "payment_methods/grant",
        {"payment_method": {"shared_payment_method_token": "vaulted-card", "allow_vaulting": False}},
    ),
    Sent(
        "POST",
        "three_d_secure/create_nonce/three_d_secure_merchant_account",
        {"three_d_secure_verification": {"credit_card": _CARD}},
    ),
    Sent("POST", "processing/apple_pay/validate_domains", {"url": "www.example.com"}),
    Sent(
        "PUT", "paypal/payment_resource", {"paypal_payment_resource": {"amount": "5.00", "payment_method_nonce": "x"}}
    ),
)
"""One request of every kind that has a body, below the merchant."""

CONTROL = (
    Sent("POST", "clock/advance", {"seconds": 1, "minutes": 0}),
    Sent(
        "POST",
        "faults",
        {"kind": "drop", "times": 1, "status": 503, "seconds": 1, "match": {"body": "nothing has this"}},
    ),
    Sent("POST", "nonces", {"credit_card": _CARD}),
    Sent("POST", "nonces", {"us_bank_account": {"account_number": "1000000000", "routing_number": "021000021"}}),
    Sent("POST", "nonces", {"paypal_account": {"consent_code": "code"}}),
    Sent("PUT", "merchants/integration_merchant_id/rules", {"duplicate_checking": False}),
    Sent("POST", "transactions/{sold}/return", {"code": "R01"}),
    Sent(
        "POST", "transactions/{sold}/dispute", {"kind": "chargeback", "amount": "1.00", "reply_by_date": "2030-01-01"}
    ),
    Sent("POST", "disputes/open_dispute/review", {}),
    Sent("POST", "webhooks", {"kind": "check", "id": "x", "merchant_id": "integration_merchant_id", "seconds": 1}),
    Sent("POST", "webhook-endpoints", {"url": "http://127.0.0.1:1/", "kinds": ["check"], "verify": False}),
    Sent("POST", "webhook-troubles", {"trouble": "late", "times": 1, "seconds": 1, "match": {"kind": "check"}}),
)

_ODD: tuple[Any, ...] = (
    None, "", " ", True, False, 0, -1, 1.5, 10**17, 10**30, [], {}, [[]], [None], {"is": None}, {"is": []}, [{"a": 1}],
    {"a": {"b": {"c": []}}}, "x" * 300, "9" * 5000, "-1", "١٢٣", "²", "1e999999999", "NaN", "-0.00", "99999999999.99",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31", "0001-01-01", "2026-02-30", "25:99",
    "Thu Jan 01 0001 00:00:00 GMT+1400", "<&>\"'", "\u202e",
    "é" * 300, "../..", "%00", "\x00", "\ud800", "\ufffe", "\r\n",
)  # fmt: skip

odd = st.sampled_from(_ODD) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["is", "min", "a", "kind"]), inner),
    max_leaves=5,
)
"""Values that no place expects."""


@st.composite
def spoiled(draw: st.DrawFn, meant: tuple[Sent, ...]) -> Sent:
    """Return a valid request with one or two odd values in it, or an odd name."""
    sent = draw(st.sampled_from(meant))
    document: Any = sent.document
    for _ in range(draw(st.integers(1, 2))):
        ways = list(places(document))
        document = replaced(document, draw(st.sampled_from(ways)), draw(odd)) if ways else {"unknown": draw(odd)}
    return sent._replace(document=document)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value inside: names and positions."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield (*way, name)
        yield from places(inner, (*way, name))


def replaced(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    """Return a copy with the value at the end of the way replaced."""
    if not way:
        return new
    first, *rest = way
    changed = value.copy()
    changed[first] = replaced(value[first], tuple(rest), new)
    return changed
