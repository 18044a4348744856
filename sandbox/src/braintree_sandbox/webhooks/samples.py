"""Subjects of webhooks whose matter is not kept here, and of those sent for an id that nobody knows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from braintree_sandbox.wire.values import Array, Fields, Node

Sample = Callable[[str, datetime], Fields]

_HUNDRED = Decimal("100.00")
_OAUTH_CLIENT = "client_id$sandbox$connected"


def _transaction(status: str, **more: Node) -> Sample:
    def sample(subject_id: str, now: datetime) -> Fields:
        return {"transaction": _transaction_fields(subject_id, status, now) | more}

    return sample


def _transaction_fields(subject_id: str, status: str, now: datetime) -> Fields:
    return {
        "id": subject_id,
        "status": status,
        "type": "sale",
        "amount": _HUNDRED,
        "currency_iso_code": "USD",
        "merchant_account_id": "sandbox_credit_card",
        "tax_amount": None,
        "created_at": now,
        "updated_at": now,
    }


_CARD: Fields = {"token": None, "bin": "411111", "last_4": "1111", "card_type": "Visa"}
_DEBIT: Fields = {
    "merchant_account_id": "us_bank_merchant_account",
    "payment_instrument_type": "us_bank_account",
    "us_bank_account": {
        "token": None,
        "routing_number": "021000021",
        "last_4": "0000",
        "account_type": "checking",
        "account_holder_name": "Sam Pell",
        "bank_name": "Bank of the Sandbox",
    },
}


def _disbursed(subject_id: str, now: datetime) -> Fields:
    details: Fields = {
        "disbursement_date": now.date(),
        "settlement_amount": _HUNDRED,
        "settlement_currency_iso_code": "USD",
        "settlement_currency_exchange_rate": Decimal("1.00"),
        "funds_held": False,
        "success": True,
    }
    return {"transaction": _transaction_fields(subject_id, "settled", now) | {"disbursement_details": details}}


def _reviewed(subject_id: str, now: datetime) -> Fields:
    return {
        "transaction_review": {
            "transaction_id": subject_id,
            "decision": "approve",
            "reviewer_email": "reviewer@example.com",
            "reviewer_note": "Known to us.",
            "reviewed_time": now,
        }
    }


def _disbursement(**outcome: Node) -> Sample:
    def sample(subject_id: str, now: datetime) -> Fields:
        return {
            "disbursement": {
                "id": subject_id,
                "transaction_ids": Array("item", ["deposittransaction"]),
                "merchant_account": {
                    "id": "sandbox_credit_card",
                    "currency_iso_code": "USD",
                    "sub_merchant_account": False,
                    "status": "active",
                },
                "amount": _HUNDRED,
                "disbursement_date": now.date(),
                "disbursement_type": "credit",
                "retry": False,
                **outcome,
            }
        }

    return sample


def _dispute(status: str) -> Sample:
    def sample(subject_id: str, now: datetime) -> Fields:
        opened = now - timedelta(days=1)
        steps = ["open"] if status == "open" else ["open", status]
        decided: Fields = {"date_won": now.date()} if status == "won" else {}
        return {
            "dispute": {
                "id": subject_id,
                "status": status,
                "kind": "chargeback",
                "reason": "fraud",
                "reason_code": "83",
                "reason_description": "Fraudulent transaction",
                "amount": _HUNDRED,
                "amount_disputed": _HUNDRED,
                "amount_won": _HUNDRED if status == "won" else Decimal("0.00"),
                "currency_iso_code": "USD",
                "case_number": "CASE-1",
                "reference_number": "REFERENCE-1",
                "merchant_account_id": "sandbox_credit_card",
                "original_dispute_id": None,
                "forwarded_comments": None,
                "created_at": opened,
                "updated_at": now,
                "date_opened": opened.date(),
                "received_date": opened.date(),
                "reply_by_date": (opened + timedelta(days=10)).date(),
                "status_history": Array("status_history", [{"status": step, "timestamp": now} for step in steps]),
                "evidence": Array("evidence", ()),
                "transaction": {
                    "id": subject_id,
                    "amount": _HUNDRED,
                    "created_at": opened,
                    "order_id": None,
                    "purchase_order_number": None,
                    "payment_instrument_subtype": "Visa",
                },
                **decided,
            }
        }

    return sample


def _subscription(status: str, *, charged: str | None = None) -> Sample:
    def sample(subject_id: str, now: datetime) -> Fields:
        charges = [_transaction_fields(f"{subject_id}charge", charged, now)] if charged else []
        return {
            "subscription": {
                "id": subject_id,
                "status": status,
                "price": Decimal("19.99"),
                "transactions": Array("transaction", charges),
                "add_ons": Array("add_on", ()),
                "discounts": Array("discount", ()),
            }
        }

    return sample


def _partner(*, connected: bool) -> Sample:
    keys = ("public_key", "private_key", "merchant_public_id", "client_side_encryption_key")

    def sample(subject_id: str, _now: datetime) -> Fields:
        given: Fields = {name: f"partner_{name}" for name in keys} if connected else {}
        return {"partner_merchant": {"partner_merchant_id": subject_id, **given}}

    return sample


def _connected_merchant(element: str, name: str, value: str) -> Sample:
    def sample(subject_id: str, _now: datetime) -> Fields:
        return {
            element: {
                "merchant_public_id": subject_id,
                "oauth_application_client_id": _OAUTH_CLIENT,
                name: value,
            }
        }

    return sample


def _oauth_revoked(subject_id: str, _now: datetime) -> Fields:
    return {
        "oauth_application_revocation": {"merchant_id": subject_id, "oauth_application_client_id": _OAUTH_CLIENT},
    }


def _updater_report(subject_id: str, now: datetime) -> Fields:
    return {
        "account_updater_daily_report": {
            "report_date": now.date(),
            "report_url": f"https://reports.example.com/{subject_id}.csv",
        }
    }


def _grant_update(subject_id: str, _now: datetime) -> Fields:
    return {
        "granted_payment_instrument_update": {
            "grant_owner_merchant_id": "owner_merchant_id",
            "grant_recipient_merchant_id": "recipient_merchant_id",
            "payment_method_nonce": {"nonce": "granted-nonce", "consumed": False, "locked": False},
            "token": subject_id,
            "updated_fields": Array("item", ["expiration-month", "expiration-year"]),
        }
    }


def _vaulted(subject_id: str, now: datetime) -> Fields:
    return {
        "token": subject_id,
        "customer_id": "customer",
        "default": True,
        "created_at": now,
        "updated_at": now,
        "image_url": "https://assets.example.com/method.png",
        "global_id": f"paymentmethod_{subject_id}",
        "subscriptions": Array("subscription", ()),
    }


def _venmo(subject_id: str, now: datetime) -> Fields:
    named: Fields = {"username": "sampell", "venmo_user_id": "17", "source_description": "Venmo Account: sampell"}
    return {"venmo_account": _vaulted(subject_id, now) | named}


def _revoked_paypal(subject_id: str, now: datetime) -> Fields:
    account: Fields = {
        "billing_agreement_id": "B-1",
        "email": "payer@example.com",
        "payer_id": "PAYER1",
        "payer_info": None,
        "is_channel_initiated": None,
        "limited_use_order_id": None,
        "revoked_at": now,
    }
    return {"paypal_account": _vaulted(subject_id, now) | account}


def _customer_data(subject_id: str, now: datetime) -> Fields:
    address: Fields = {
        "street_address": "1 Main St",
        "extended_address": "Suite 2",
        "locality": "Chicago",
        "region": "IL",
        "postal_code": "60622",
    }
    profile: Fields = {
        "username": "sampell",
        "first_name": "Sam",
        "last_name": "Pell",
        "phone_number": "3125551234",
        "email": "sam@example.com",
        "billing_address": address,
        "shipping_address": address,
    }
    return {
        "payment_method_customer_data_updated_metadata": {
            "token": subject_id,
            "payment_method": _venmo(subject_id, now),
            "datetime_updated": now,
            "enriched_customer_data": {"fields_updated": Array("item", ["username"]), "profile_data": profile},
        }
    }


def _local_transaction(subject_id: str, status: str, now: datetime) -> Fields:
    return _transaction_fields(subject_id, status, now) | {"order_id": "order"}


def _local_completed(subject_id: str, now: datetime) -> Fields:
    return {
        "local_payment": {
            "payment_id": subject_id,
            "payer_id": "PAYER1",
            "payer_name": "Sam Pell",
            "bic": "INGBNL2A",
            "iban_last_chars": "4300",
            "payment_method_nonce": "local-payment-nonce",
            "blik_aliases": Array("blik_alias", [{"key": "alias-1", "label": "Sam's phone"}]),
            "transaction": _local_transaction(subject_id, "authorizing", now),
        }
    }


def _local_funded(subject_id: str, now: datetime) -> Fields:
    return {
        "local_payment_funded": {
            "payment_id": subject_id,
            "payment_context_id": f"context_{subject_id}",
            "transaction": _local_transaction(subject_id, "settled", now),
        }
    }


def _local_ended(element: str) -> Sample:
    def sample(subject_id: str, _now: datetime) -> Fields:
        return {element: {"payment_id": subject_id, "payment_context_id": f"context_{subject_id}"}}

    return sample


SAMPLES: dict[str, Sample] = {
    "account_updater_daily_report": _updater_report,
    "check": lambda _subject_id, _now: {"check": True},
    "connected_merchant_paypal_status_changed": _connected_merchant(
        "connected_merchant_paypal_status_changed", "action", "link"
    ),
    "connected_merchant_status_transitioned": _connected_merchant(
        "connected_merchant_status_transitioned", "status", "active"
    ),
    "disbursement": _disbursement(success=True, exception_message=None, follow_up_action=None),
    "disbursement_exception": _disbursement(
        success=False, exception_message="bank_rejected", follow_up_action="update_funding_information"
    ),
    "dispute_accepted": _dispute("accepted"),
    "dispute_auto_accepted": _dispute("auto_accepted"),
    "dispute_disputed": _dispute("disputed"),
    "dispute_expired": _dispute("expired"),
    "dispute_lost": _dispute("lost"),
    "dispute_opened": _dispute("open"),
    "dispute_under_review": _dispute("under_review"),
    "dispute_won": _dispute("won"),
    "granted_payment_method_revoked": _venmo,
    "grantor_updated_granted_payment_method": _grant_update,
    "local_payment_completed": _local_completed,
    "local_payment_expired": _local_ended("local_payment_expired"),
    "local_payment_funded": _local_funded,
    "local_payment_reversed": _local_ended("local_payment_reversed"),
    "oauth_access_revoked": _oauth_revoked,
    "partner_merchant_connected": _partner(connected=True),
    "partner_merchant_declined": _partner(connected=False),
    "partner_merchant_disconnected": _partner(connected=False),
    "payment_method_customer_data_updated": _customer_data,
    "payment_method_revoked_by_customer": _revoked_paypal,
    "recipient_updated_granted_payment_method": _grant_update,
    "refund_failed": _transaction(
        "processor_declined", type="credit", refunded_transaction_id="refunded", credit_card=_CARD
    ),
    "subscription_billing_skipped": _subscription("Active"),
    "subscription_canceled": _subscription("Canceled"),
    "subscription_charged_successfully": _subscription("Active", charged="submitted_for_settlement"),
    "subscription_charged_unsuccessfully": _subscription("Past Due", charged="failed"),
    "subscription_expired": _subscription("Expired"),
    "subscription_trial_ended": _subscription("Active"),
    "subscription_went_active": _subscription("Active"),
    "subscription_went_past_due": _subscription("Past Due"),
    "transaction_disbursed": _disbursed,
    "transaction_retried": _transaction("submitted_for_settlement", retried_transaction_id="retried"),
    "transaction_reviewed": _reviewed,
    "transaction_settled": _transaction("settled", **_DEBIT),
    "transaction_settlement_declined": _transaction("settlement_declined", ach_return_code="R01", **_DEBIT),
}
"""What each kind tells, by the id of its subject and the time."""
