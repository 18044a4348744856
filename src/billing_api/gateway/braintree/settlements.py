"""Settled transactions in the port's words, with the batch in which each reached the vendor's bank."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from braintree.braintree_gateway import BraintreeGateway
from braintree.transaction import Transaction
from braintree.transaction_search import TransactionSearch

from billing_api.gateway.braintree.searching import found_since
from billing_api.gateway.braintree.texts import text_of
from billing_api.gateway.notices import MoneyDirection, SettledTransaction
from billing_api.kit.money import minor_units


def settled_transactions(sdk: BraintreeGateway, since: datetime) -> Iterator[SettledTransaction]:
    """Yield the sales and refunds that settled since then; blocks.

    It takes one request for all ids, and one for each 50 results. Raise GatewayUnavailableError, the SDK's errors.
    """
    for transaction in found_since(sdk, TransactionSearch.settled_at, since):
        if transaction.settlement_batch_id:
            yield _settled(transaction)


def _settled(transaction: Transaction) -> SettledTransaction:
    payment = transaction.disbursement_details
    is_refund = transaction.type == Transaction.Type.Credit
    return SettledTransaction(
        transaction_id=str(transaction.id),
        sale_id=text_of(transaction, "refunded_transaction_id" if is_refund else "id"),
        order_id=text_of(transaction, "order_id"),
        movement=MoneyDirection.REFUND if is_refund else MoneyDirection.CHARGE,
        amount=minor_units(transaction.amount, transaction.currency_iso_code),
        currency=str(transaction.currency_iso_code),
        merchant_account=str(transaction.merchant_account_id),
        batch_id=str(transaction.settlement_batch_id),
        settled_on=_settled_on(transaction),
        paid_on=payment.disbursement_date,
        has_failed=payment.success is False,
    )


def _settled_on(transaction: Transaction) -> date:
    """Return the day in UTC; the last step of a transaction that has settled may be a later one."""
    steps = [step.timestamp for step in transaction.status_history if step.status == Transaction.Status.Settled]
    at: datetime = steps[-1] if steps else transaction.updated_at
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).date()
