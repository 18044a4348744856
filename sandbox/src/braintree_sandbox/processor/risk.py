"""A fraud tool's evaluation of a payment: it approves, with a score where the merchant has scores."""

from braintree_sandbox.merchants import MerchantRules
from braintree_sandbox.wire.values import Array, Fields


def risk_data(rules: MerchantRules, *, evaluation_id: str, device_data: bool) -> Fields:
    """Return the evaluation of one request; `Not Evaluated` for a merchant without a fraud tool."""
    if not (rules.fraud_checks or rules.risk_scores):
        return {"id": None, "decision": "Not Evaluated", "device_data_captured": False}
    return {
        "id": evaluation_id,
        "decision": "Approve",
        "decision_reasons": Array("item", ()),
        "device_data_captured": device_data,
        "fraud_service_provider": "fraud_protection" if rules.risk_scores else "kount",
        "transaction_risk_score": "1" if rules.risk_scores else None,
    }
