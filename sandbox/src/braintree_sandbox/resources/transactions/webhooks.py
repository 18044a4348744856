"""Webhooks of transactions: settled and declined debits, failed refunds, retries, disbursements.

Cards settle without a webhook: Braintree sends one for ACH and SEPA Direct Debit only, for sales and refunds.
"""

from collections.abc import Iterator

from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.webhooks.notification import Notification
from braintree_sandbox.webhooks.outbox import Watch

_TOLD_OF = frozenset({"us_bank_account", "sepa_debit_account"})
_FAILED = frozenset({"settlement_declined", "processor_declined", "failed"})


def _notifications(before: Transaction | None, after: Transaction) -> Iterator[Notification]:
    moved = before is None or before.status != after.status
    if after.instrument.kind in _TOLD_OF:
        # A bank may return a settled debit: the status stays, the code is new.
        returned = after.ach_return_code is not None and (before is None or before.ach_return_code is None)
        if moved and after.status == "settled":
            yield _of(after, "transaction_settled")
        if returned or (moved and after.status == "settlement_declined"):
            yield _of(after, "transaction_settlement_declined")
    if before is None and after.retried_transaction_id is not None:
        yield _of(after, "transaction_retried")
    if after.disbursed_at is not None and before is not None and before.disbursed_at is None:
        yield _of(after, "transaction_disbursed")
    if moved and after.refunded_transaction_id is not None and after.status in _FAILED:
        yield _of(after, "refund_failed")


def _of(transaction: Transaction, kind: str) -> Notification:
    return Notification(kind, transaction.id, {"transaction": view(transaction)})


watch = Watch(Transaction, _notifications)
