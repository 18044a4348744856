"""Webhooks on demand: with the record of that id, else with a sample."""

from collections.abc import Callable

from braintree_sandbox.call import Call
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.disputes import life as disputes
from braintree_sandbox.resources.disputes.view import view as dispute_view
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.state import ids
from braintree_sandbox.vault import methods
from braintree_sandbox.vault.kinds import Method, kind_of
from braintree_sandbox.webhooks.notification import Notification
from braintree_sandbox.webhooks.samples import kinds, sample
from braintree_sandbox.wire.values import Fields

KINDS = kinds()


def notification(call: Call, kind: str, subject_id: str | None, source_merchant_id: str | None = None) -> Notification:
    """Return a notification of one of `KINDS`."""
    of_record = _OF_RECORDS.get(kind)
    subject = of_record(call, subject_id) if of_record and subject_id else None
    if subject is None:
        subject = sample(kind, subject_id or ids.long_id(), call.now)
    return Notification(kind, subject_id, subject, source_merchant_id)


def revoked(call: Call, method: Method) -> Notification:
    """Return the notification that a customer revoked a payment method."""
    kind = kind_of(method)
    fields = kind.view(call, method) | {"revoked_at": call.now}
    return Notification("payment_method_revoked_by_customer", method.token, {kind.name: fields})


def _transaction(call: Call, subject_id: str) -> Fields | None:
    transaction = call.work.get(Transaction, subject_id)
    return None if transaction is None else {"transaction": view(transaction)}


def _dispute(call: Call, subject_id: str) -> Fields | None:
    disputed = disputes.find(call.work, subject_id)
    return None if disputed is None else {"dispute": dispute_view(disputed.transaction, disputed.dispute)}


def _revoked(call: Call, subject_id: str) -> Fields | None:
    method = methods.find(call.work, subject_id)
    return None if method is None else revoked(call, method).subject


_OF_RECORDS: dict[str, Callable[[Call, str], Fields | None]] = {
    **dict.fromkeys(
        ("refund_failed", "transaction_disbursed", "transaction_retried", "transaction_settled",
         "transaction_settlement_declined"),
        _transaction,
    ),
    **dict.fromkeys((kind for kind in KINDS if kind.startswith("dispute_")), _dispute),
    **dict.fromkeys(("granted_payment_method_revoked", "payment_method_revoked_by_customer"), _revoked),
}  # fmt: skip
