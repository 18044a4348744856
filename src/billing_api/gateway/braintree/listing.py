"""All transactions of a time, by few searches."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from braintree.braintree_gateway import BraintreeGateway
from braintree.dispute import Dispute
from braintree.dispute_search import DisputeSearch
from braintree.transaction import Transaction
from braintree.transaction_search import TransactionSearch

from billing_api.gateway.braintree.searching import found_between
from billing_api.gateway.braintree.texts import text_of
from billing_api.gateway.braintree.transactions import is_rejected_duplicate, return_code_of, status_of
from billing_api.gateway.charges import ChargeStatus, GatewayTransaction
from billing_api.gateway.notices import ListedDispute
from billing_api.kit.money import minor_units

_ONE_DAY = timedelta(days=1)


def transactions_of(sdk: BraintreeGateway, since: datetime, until: datetime) -> Iterator[GatewayTransaction]:
    """Yield the sales and refunds that were made from `since` to before `until`, both with whole seconds; blocks.

    Raise GatewayError and the SDK's errors.
    """
    for transaction in found_between(sdk, TransactionSearch.created_at, since, until):
        if not is_rejected_duplicate(transaction):
            yield _transaction(transaction)


def _disputed(found: Transaction) -> int | None:
    disputes = getattr(found, "disputes", None) or ()
    if any(dispute.currency_iso_code != found.currency_iso_code for dispute in disputes):
        return None
    return sum(map(taken_of, disputes))


def taken_of(dispute: Dispute) -> int:
    """Return the amount that a dispute has taken and that is not won back, in minor units."""
    amount = dispute.amount_disputed or dispute.amount
    if amount is None or dispute.kind == Dispute.Kind.Retrieval:
        return 0
    if dispute.status == Dispute.Status.Won:
        amount -= min(amount, getattr(dispute, "amount_won", None) or amount)
    return minor_units(amount, str(dispute.currency_iso_code))


def disputes_of(sdk: BraintreeGateway, since: datetime, until: datetime) -> Iterator[ListedDispute]:
    """Yield the disputes that were opened or changed from `since` to `until`, by whole days of the gateway; blocks.

    Raise the SDK's errors.
    """
    first, last = (since - _ONE_DAY).date(), (until + _ONE_DAY).date()
    found = sdk.dispute.search(DisputeSearch.effective_date >= first, DisputeSearch.effective_date <= last)
    for dispute in found.disputes.items:
        currency = str(dispute.currency_iso_code)
        yield ListedDispute(
            id=str(dispute.id),
            transaction_id=str(dispute.transaction.id),
            order_id=text_of(dispute.transaction, "order_id"),
            kind=str(dispute.kind),
            gateway_status=str(dispute.status),
            currency=currency,
            amount=minor_units(dispute.amount_disputed or dispute.amount, currency),
        )


def _transaction(found: Transaction) -> GatewayTransaction:
    is_returned = return_code_of(found) is not None
    return GatewayTransaction(
        transaction_id=str(found.id),
        is_refund=found.type == Transaction.Type.Credit,
        order_id=text_of(found, "order_id"),
        refunded_id=text_of(found, "refunded_transaction_id"),
        status=ChargeStatus.RETURNED if is_returned else status_of(found),
        currency=str(found.currency_iso_code),
        amount=minor_units(found.amount, str(found.currency_iso_code)),
        disputed=_disputed(found),
        created_at=found.created_at.replace(tzinfo=UTC),
    )
