"""A transaction as it is shown, and as the answer to what was asked of it."""

from braintree_sandbox.call import Answer, Call, created, found, refused
from braintree_sandbox.records.transactions import StatusEvent, Transaction
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.customers import NAMES
from braintree_sandbox.wire.values import Array, Fields

_LEVEL_2 = ("channel", "purchase_order_number", "tax_amount", "shipping_amount", "discount_amount")
_EMPTY_CARD: Fields = dict.fromkeys(
    ("token", "bin", "last_4", "card_type", "expiration_month", "expiration_year", "cardholder_name", "expired")
)
_NOT_KEPT: Fields = {
    "sub_merchant_account_id": None,
    "voice_referral_number": None,
    "plan_id": None,
    "subscription_id": None,
    "subscription": {"billing_period_start_date": None, "billing_period_end_date": None},
    "service_fee_amount": None,
    "escrow_status": None,
    "disbursement_details": {
        "disbursement_date": None,
        "settlement_amount": None,
        "settlement_currency_iso_code": None,
        "settlement_currency_exchange_rate": None,
        "funds_held": None,
        "success": None,
    },
    "risk_data": {"id": None, "decision": "Not Evaluated", "device_data_captured": False},
    "processed_with_network_token": False,
    "add_ons": Array("add_on", ()),
    "discounts": Array("discount", ()),
    "disputes": Array("dispute", ()),
    "shipments": Array("shipment", ()),
    "authorization_adjustments": Array("authorization_adjustment", ()),
    "partial_settlement_transaction_ids": Array("item", ()),
    "authorized_transaction_id": None,
    "retry_ids": Array("item", ()),
    "retried_transaction_id": None,
    "retried": False,
}


def view(transaction: Transaction) -> Fields:
    """The whole transaction, with everything it was made from."""
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
        "customer": {"id": t.customer_id, **{name: t.customer.get(name) for name in NAMES}},
        "billing": _address(t.billing),
        "shipping": _address(t.shipping),
        "descriptor": {name: t.descriptor.get(name) for name in ("name", "phone", "url")},
        "custom_fields": dict(t.custom_fields),
        **{name: t.details.get(name) for name in _LEVEL_2},
        "tax_exempt": t.tax_exempt,
        "recurring": t.recurring,
        "payment_instrument_type": t.instrument.kind,
        # Clients build a card from this element whatever paid, and need its fields to be there.
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
        "settlement_batch_id": t.settlement_batch_id,
        "authorization_expires_at": t.authorization_expires_at,
        "refunded_transaction_id": t.refunded_transaction_id,
        "refund_id": refund_ids[-1] if refund_ids else None,
        "refund_ids": Array("item", refund_ids),
        "ach_return_code": t.ach_return_code,
        "ach_return_responses": Array("ach_return_response", _returns(t)),
        "status_history": Array("status_event", [_event(event) for event in t.status_history]),
        "global_id": f"transaction_{t.id}",
        **_NOT_KEPT,
    }


def answer(call: Call, transaction: Transaction, *, new: bool = False) -> Answer:
    """The transaction that was asked for; a refused new one comes with a 422."""
    if new and transaction.refused:
        return refused(call, refusal(transaction), transaction=view(transaction))
    node = view(transaction)
    return created("transaction", node) if new else found("transaction", node)


def refusal(transaction: Transaction) -> str:
    """What a client is told of a sale that came to nothing."""
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


def _returns(transaction: Transaction) -> list[Fields]:
    if transaction.ach_return_code is None:
        return []
    return [{"reason_code": transaction.ach_return_code, "created_at": transaction.ach_returned_at}]
