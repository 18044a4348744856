"""Webhooks in the port's words, and the searches that find the events of those that were lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from braintree.braintree_gateway import BraintreeGateway
from braintree.dispute import Dispute
from braintree.dispute_search import DisputeSearch
from braintree.transaction import Transaction
from braintree.transaction_search import TransactionSearch
from braintree.webhook_notification import WebhookNotification

from billing_api.gateway.braintree.searching import found_since
from billing_api.gateway.braintree.texts import text_of
from billing_api.gateway.braintree.transactions import return_code_of
from billing_api.gateway.notices import MISSED, Notice, NoticeSubject

_K = WebhookNotification.Kind
_TRANSACTION_KINDS = {
    _K.TransactionSettled,
    _K.TransactionSettlementDeclined,
    _K.TransactionRetried,
    _K.TransactionDisbursed,
    _K.RefundFailed,
}
_DISPUTE_KINDS = {
    _K.DisputeOpened,
    _K.DisputeDisputed,
    _K.DisputeUnderReview,
    _K.DisputeWon,
    _K.DisputeLost,
    _K.DisputeAccepted,
    _K.DisputeAutoAccepted,
    _K.DisputeExpired,
}
# A settlement is refused some days after the sale. There is no search by the day of the refusal.
_SETTLED_WITHIN = timedelta(days=14)
_REFUSED_AT_SETTLEMENT = [Transaction.Status.SettlementDeclined, Transaction.Status.SettlementFailed]


def notice_of(notification: WebhookNotification) -> Notice:
    """Return a webhook in the port's words. Raise AttributeError for one without its subject."""
    kind = str(notification.kind)
    if kind in _TRANSACTION_KINDS:
        return _of_transaction(notification.transaction, kind)
    if kind in _DISPUTE_KINDS:
        return _of_dispute(notification.dispute, kind)
    if kind == _K.PaymentMethodRevokedByCustomer:
        return _of_method(notification.revoked_payment_method_metadata.token, kind)
    if kind == _K.PaymentMethodCustomerDataUpdated:
        return _of_method(notification.payment_method_customer_data_updated_metadata.payment_method.token, kind)
    return Notice(kind=kind, subject=NoticeSubject.OTHER)


def missed_notices(sdk: BraintreeGateway, since: datetime) -> Iterator[Notice]:
    """Yield the notices of transactions that were taken back, and of disputes that changed, since then; blocks.

    Each search takes one request for all ids, and one for each 50 results. Raise GatewayUnavailableError and the
    SDK's errors.
    """
    seen = set()
    refused = TransactionSearch.status.in_list(_REFUSED_AT_SETTLEMENT)
    for found in (
        found_since(sdk, TransactionSearch.ach_return_responses_created_at, since),
        found_since(sdk, TransactionSearch.created_at, since - _SETTLED_WITHIN, refused),
        found_since(sdk, TransactionSearch.voided_at, since),
    ):
        for transaction in found:
            if transaction.id not in seen:
                seen.add(transaction.id)
                yield _of_transaction(transaction, MISSED)
    # By whole days, in the time zone of the gateway.
    day = (since - timedelta(days=1)).date()
    for dispute in sdk.dispute.search(DisputeSearch.effective_date >= day).disputes.items:
        yield _of_dispute(dispute, MISSED)


def _of_transaction(transaction: Transaction, kind: str) -> Notice:
    return Notice(
        kind=kind,
        subject=NoticeSubject.TRANSACTION,
        subject_id=str(transaction.id),
        order_id=text_of(transaction, "order_id"),
        return_code=return_code_of(transaction),
    )


def _of_dispute(dispute: Dispute, kind: str) -> Notice:
    return Notice(
        kind=kind,
        subject=NoticeSubject.DISPUTE,
        subject_id=str(dispute.id),
        facts={"transaction_id": str(dispute.transaction.id), "status": str(dispute.status)},
    )


def _of_method(token: object, kind: str) -> Notice:
    return Notice(kind=kind, subject=NoticeSubject.PAYMENT_METHOD, subject_id=str(token))
