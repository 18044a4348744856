"""A dispute as it is shown, alone and in its transaction."""

from braintree_sandbox.records.disputes import Dispute, DisputeEvent, Evidence
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.wire.values import Array, Fields

# Bytes for all documents of a dispute together. Braintree publishes no figure.
_FILE_STORAGE = 50 * 1024 * 1024


def view(transaction: Transaction, dispute: Dispute) -> Fields:
    """Return the whole dispute, with its transaction's facts."""
    d = dispute
    return {
        "id": d.id,
        "global_id": f"dispute_{d.id}",
        "status": d.status,
        "kind": d.kind,
        "reason": d.reason,
        "reason_code": d.reason_code,
        "reason_description": d.reason_description,
        "amount": d.amount,
        "amount_disputed": d.amount,
        "amount_won": d.amount_won,
        "currency_iso_code": d.currency or transaction.currency,
        "merchant_account_id": transaction.merchant_account_id,
        "case_number": d.case_number,
        "reference_number": d.reference_number,
        "original_dispute_id": d.original_dispute_id,
        "pre_dispute_program": d.pre_dispute_program,
        "created_at": d.created_at,
        "updated_at": d.updated_at,
        "date_opened": d.received_date,
        "date_won": d.date_won,
        "received_date": d.received_date,
        "reply_by_date": d.reply_by_date,
        "forwarded_comments": None,
        "processor_comments": None,
        "status_history": Array("status_history", [_event(event) for event in d.status_history]),
        "remaining_file_evidence_storage": max(_FILE_STORAGE - sum(entry.size for entry in d.evidence), 0),
        "evidence": Array("evidence", [evidence_view(entry) for entry in d.evidence]),
        "paypal_messages": Array("paypal_message", ()),
        "transaction": {
            "id": transaction.id,
            "global_id": f"transaction_{transaction.id}",
            "amount": transaction.amount,
            "created_at": transaction.created_at,
            "order_id": transaction.order_id,
            "purchase_order_number": transaction.details.get("purchase_order_number"),
            "payment_instrument_subtype": transaction.instrument.fields.get("card_type"),
            "installment_count": None,
        },
        # Only where there is one: the Python SDK warns of its mere presence.
        **({"chargeback_protection_level": d.protection} if d.protection else {}),
    }


def evidence_view(evidence: Evidence) -> Fields:
    """Return one piece of evidence."""
    return {
        "id": evidence.id,
        "global_id": f"disputeevidence_{evidence.id}",
        "comment": evidence.comment,
        "url": evidence.url,
        "category": evidence.category,
        "sequence_number": evidence.sequence_number,
        "created_at": evidence.created_at,
        "sent_to_processor_at": evidence.sent_to_processor_at,
    }


def _event(event: DisputeEvent) -> Fields:
    return {
        "status": event.status,
        "timestamp": event.at,
        "effective_date": event.effective_date,
        "disbursement_date": event.disbursement_date,
    }
