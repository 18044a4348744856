"""What transactions tell by webhook: how debits settled, refunds that failed, retries, and money that was paid out.

Cards settle in silence: Braintree tells of settlement for ACH and SEPA Direct Debit only, sales and refunds alike.
"""

from collections.abc import Iterator

from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.webhooks.notification import Notification
from braintree_sandbox.webhooks.outbox import Watch

_TOLD_OF = frozenset({"us_bank_account", "sepa_debit_account"})
_FAILED = frozenset({"settlement_declined", "processor_declined", "failed"})


def _told_by(before: Transaction | None, after: Transaction) -> Iterator[Notification]:
    moved = before is None or before.status != after.status
    if after.instrument.kind in _TOLD_OF:
        # A bank may return what has settled: the status stays, the code is new.
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


watch = Watch(Transaction, _told_by)
