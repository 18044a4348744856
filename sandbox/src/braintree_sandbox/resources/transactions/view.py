"""A transaction as it is shown, and as the response to a step."""

from decimal import Decimal

from braintree_sandbox.call import ApiResponse, Call, created, found, refused
from braintree_sandbox.records.transactions import Adjustment, StatusEvent, Transaction
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.customers import NAMES
from braintree_sandbox.resources.disputes import view as disputes
from braintree_sandbox.resources.transactions import codes
from braintree_sandbox.validation.errors import ErrorTree
from braintree_sandbox.validation.phones import phone_fields
from braintree_sandbox.wire.values import Array, Fields

_EMPTY_CARD: Fields = dict.fromkeys(
    ("token", "bin", "last_4", "card_type", "expiration_month", "expiration_year", "cardholder_name", "expired")
)
_NOT_DISBURSED: Fields = dict.fromkeys(
    ("disbursement_date", "settlement_amount", "settlement_currency_iso_code", "settlement_currency_exchange_rate",
     "funds_held", "success")
)  # fmt: skip
_UNLESS_KEPT: Fields = {
    **dict.fromkeys(
        ("account_funding_transaction", "ach_reject_reason", "ach_type", "channel", "debit_network", "discount_amount",
         "liability_shift", "mastercard_transaction_link_id", "merchant_advice_code", "merchant_advice_code_text",
         "plan_id", "purchase_order_number", "requested_ach_type", "sca_exemption_requested", "shipping_amount",
         "shipping_tax_amount", "ships_from_postal_code", "store_id", "sub_merchant_account_id", "subscription_id",
         "surcharge_amount", "tax_amount", "upcoming_retry_date", "voice_referral_number")
    ),
    "subscription": {"billing_period_start_date": None, "billing_period_end_date": None},
    "service_fee_amount": None,
    "escrow_status": None,
    "recurring": False,
    "tax_exempt": False,
    "processed_with_network_token": False,
    "add_ons": Array("add_on", ()),
    "discounts": Array("discount", ()),
}  # fmt: skip
"""Elements that clients expect, as a transaction without such values shows them; its own values take their place."""


def view(transaction: Transaction) -> Fields:
    """Return the whole transaction."""
    t = transaction
    refund_ids = t.refund_ids
    return {
        "id": t.id,
        "status": t.status,
        "type": t.type,
        "amount": t.amount,
        "currency_iso_code": t.currency,
        "merchant_account_id": t.merchant_account_id,
        "order_id": t.order_id,
        "created_at": t.created_at,
        "updated_at": t.updated_at,
        "customer": {"id": t.customer_id, **{name: t.customer.get(name) for name in NAMES}, **phone_fields(t.customer)},
        "billing": _address(t.billing),
        "shipping": _address(t.shipping),
        "descriptor": {name: t.descriptor.get(name) for name in ("name", "phone", "url")},
        "custom_fields": dict(t.custom_fields),
        "payment_instrument_type": t.instrument.kind,
        # Clients build a card from this element for every kind of payment, and need its fields.
        "credit_card": _EMPTY_CARD,
        t.instrument.element: t.instrument.fields,
        "three_d_secure_info": t.instrument.three_d_secure_info,
        "processor_authorization_code": t.processor_authorization_code,
        "processor_response_code": t.processor_response_code,
        "processor_response_text": t.processor_response_text,
        "processor_response_type": t.processor_response_type,
        "processor_settlement_response_code": t.processor_settlement_response_code,
        "processor_settlement_response_text": t.processor_settlement_response_text,
        "additional_processor_response": t.additional_processor_response,
        "network_response_code": "XX" if t.processor_response_code else None,
        "network_response_text": "sample network response text" if t.processor_response_code else None,
        "network_transaction_id": f"02{t.id}" if t.processor_authorization_code else None,
        "gateway_rejection_reason": t.gateway_rejection_reason,
        "cvv_response_code": t.cvv_response_code,
        "avs_error_response_code": t.avs_error_response_code,
        "avs_postal_code_response_code": t.avs_postal_code_response_code,
        "avs_street_address_response_code": t.avs_street_address_response_code,
        "retrieval_reference_number": f"1{t.id}" if t.processor_response_code else None,
        "acquirer_reference_number": t.acquirer_reference_number,
        "settlement_batch_id": t.settlement_batch_id,
        "disbursement_details": _disbursement(t),
        "authorization_expires_at": t.authorization_expires_at,
        "authorization_adjustments": Array("authorization_adjustment", [_adjustment(one) for one in t.adjustments]),
        "authorized_transaction_id": t.authorized_transaction_id,
        "partial_settlement_transaction_ids": Array("item", t.partial_settlement_ids),
        "refunded_transaction_id": t.refunded_transaction_id,
        "refund_id": refund_ids[-1] if refund_ids else None,
        "refund_ids": Array("item", refund_ids),
        "ach_return_code": t.ach_return_code,
        "ach_return_responses": Array("ach_return_response", _returns(t)),
        "disputes": Array("dispute", [disputes.view(t, dispute) for dispute in t.disputes]),
        "status_history": Array("status_event", [_event(event) for event in t.status_history]),
        "retried": bool(t.retry_ids),
        "retry_ids": Array("item", t.retry_ids),
        "retried_transaction_id": t.retried_transaction_id,
        "shipments": Array("shipment", t.shipments),
        **_installments(t),
        "global_id": f"transaction_{t.id}",
        **_UNLESS_KEPT,
        **t.details,
    }


def transaction_response(call: Call, transaction: Transaction, *, new: bool = False) -> ApiResponse:
    """Return the response with the transaction; a refused new one is a 422."""
    if new and transaction.refused:
        errors = ErrorTree()
        if transaction.refunded_transaction_id is not None:
            errors.under("transaction").on("base", codes.REFUND_HARD_DECLINED)
        return refused(call, refusal(transaction), errors, transaction=view(transaction))
    node = view(transaction)
    return created("transaction", node) if new else found("transaction", node)


def refusal(transaction: Transaction) -> str:
    """Return the sentence for a sale that was refused."""
    if transaction.gateway_rejection_reason:
        return f"Gateway Rejected: {transaction.gateway_rejection_reason}"
    return transaction.processor_response_text or "Declined"


def _address(fields: dict[str, str | None]) -> Fields:
    return {"id": fields.get("id"), **addresses.shown(fields)}


def _event(event: StatusEvent) -> Fields:
    return {
        "status": event.status,
        "amount": event.amount,
        "timestamp": event.at,
        "user": None,
        "transaction_source": "api",
    }


def _adjustment(adjustment: Adjustment) -> Fields:
    return {
        "amount": adjustment.amount,
        "success": adjustment.success,
        "timestamp": adjustment.at,
        "processor_response_code": adjustment.processor_response_code,
        "processor_response_text": adjustment.processor_response_text,
        "processor_response_type": adjustment.processor_response_type,
    }


def _disbursement(transaction: Transaction) -> Fields:
    if transaction.disbursed_at is None:
        return _NOT_DISBURSED
    return {
        "disbursement_date": transaction.disbursed_at.date(),
        "settlement_amount": transaction.amount,
        "settlement_currency_iso_code": transaction.currency,
        "settlement_currency_exchange_rate": "1",
        "funds_held": False,
        "success": True,
    }


def _installments(transaction: Transaction) -> Fields:
    """Return the installments of a submitted sale, or a refund's share of each."""
    count = transaction.installment_count
    if count == 0:
        return {}
    sale_id = transaction.refunded_transaction_id or transaction.id
    shares = _shares(transaction.amount, count)
    if transaction.refunded_transaction_id is not None:
        return {
            "refunded_installments": Array(
                "refunded_installment",
                [
                    {
                        "id": f"{sale_id}_INST_{number}",
                        "adjustments": Array("adjustment", [{"kind": "REFUND", "amount": -share}]),
                    }
                    for number, share in enumerate(shares, start=1)
                ],
            )
        }
    if transaction.status == "authorized":
        return {"installment_count": count}
    return {
        "installment_count": count,
        "installments": Array(
            "installment",
            [
                {"id": f"{sale_id}_INST_{number}", "amount": share, "adjustments": Array("adjustment", ())}
                for number, share in enumerate(shares, start=1)
            ],
        ),
    }


def _shares(amount: Decimal, count: int) -> list[Decimal]:
    """Return `count` parts of an amount that differ by a cent at most, the larger ones first."""
    cents, left = divmod(int(amount * 100), count)
    return [Decimal(cents + (1 if index < left else 0)).scaleb(-2) for index in range(count)]


def _returns(transaction: Transaction) -> list[Fields]:
    if transaction.ach_return_code is None:
        return []
    return [{"reason_code": transaction.ach_return_code, "created_at": transaction.ach_returned_at}]
