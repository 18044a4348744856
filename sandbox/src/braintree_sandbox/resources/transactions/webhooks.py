"""Webhooks of transactions: settled and declined debits, failed refunds, retries, disbursements.

Braintree sends a webhook when a sale or refund by ACH or SEPA Direct Debit settles, but none when one by card does.
"""

from collections.abc import Iterator

from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.webhooks.notification import Notification
from braintree_sandbox.webhooks.outbox import Watch

_KINDS_WITH_WEBHOOKS = frozenset({"us_bank_account", "sepa_debit_account"})
_FAILED = frozenset({"settlement_declined", "processor_declined", "failed"})


def _notifications(before: Transaction | None, after: Transaction) -> Iterator[Notification]:
    status_changed = before is None or before.status != after.status
    if after.instrument.kind in _KINDS_WITH_WEBHOOKS:
        # When a bank returns a settled debit, it stays settled, and gets the code of the return.
        returned = after.ach_return_code is not None and (before is None or before.ach_return_code is None)
        if status_changed and after.status == "settled":
            yield _notification(after, "transaction_settled")
        if returned or (status_changed and after.status == "settlement_declined"):
            yield _notification(after, "transaction_settlement_declined")
    if before is None and after.retried_transaction_id is not None:
        yield _notification(after, "transaction_retried")
    if after.disbursed_at is not None and before is not None and before.disbursed_at is None:
        yield _notification(after, "transaction_disbursed")
    if status_changed and after.refunded_transaction_id is not None and after.status in _FAILED:
        yield _notification(after, "refund_failed")


def _notification(transaction: Transaction, kind: str) -> Notification:
    return Notification(kind, transaction.id, {"transaction": view(transaction)})


watch = Watch(Transaction, _notifications)
