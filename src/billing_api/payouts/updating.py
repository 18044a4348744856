"""Payouts brought up to date: a search at the gateway for what has settled, batch by batch."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import structlog

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.notices import SettledTransaction
from billing_api.gateway.port import Gateway
from billing_api.gateway.steps import trying_again
from billing_api.kit.ids import new_id
from billing_api.payments.noticing import NoticedTransactions
from billing_api.payments.values import OrderedPayment
from billing_api.payouts.model import Payout, PayoutItem
from billing_api.payouts.repository import PayoutRepository
from billing_api.payouts.states import PayoutState

log = structlog.get_logger(__name__)

# The gateway's own days, and searches that lag behind.
_OVERLAP = timedelta(days=1)
# A transfer to the bank takes days; one that is not confirmed after so many is looked for no longer.
_MOST = timedelta(days=30)


class UpdatePayouts:
    """The worker's part: no webhook is needed, and to run it twice changes nothing."""

    def __init__(
        self, core: Core, payouts: PayoutRepository, gateway: Gateway, transactions: NoticedTransactions
    ) -> None:
        self.db = core.db
        self._core = core
        self._payouts = payouts
        self._gateway = gateway
        self._transactions = transactions

    async def update(self) -> int:
        """Record what has settled, and been paid out, and return the number of new items. Raise TryAgainError."""
        with trying_again("the gateway is not searched"):
            found = await self._gateway.list_settled(await self._since())
        batches = defaultdict(list)
        for transaction in found:
            batches[transaction.batch_id].append(transaction)
        return sum([await self._record(batch) for batch in batches.values()])

    async def _since(self) -> datetime:
        """Return the time from which the gateway is searched: before the oldest batch that is not paid.

        The gateway tries a transfer that failed again.
        """
        span, earliest = await self._payouts.find_span(), self._core.clock.now() - _MOST
        days = [day for day in (span.oldest_unpaid, span.newest) if day is not None]
        if not days:
            return earliest
        return max(earliest, datetime.combine(min(days), time(), UTC) - _OVERLAP)

    @in_transaction
    async def _record(self, batch: Sequence[SettledTransaction]) -> int:
        now = self._core.clock.now()
        payout = await self._payouts.lock(_payout_of(batch, now))
        paid_on = max((one.paid_on for one in batch if one.paid_on is not None), default=payout.paid_on)
        status = _status_of(batch, paid_on)
        owners = await self._transactions.list_settled(batch)
        new = await self._payouts.add_items([_item_of(payout, one, owners.get(one.transaction_id)) for one in batch])
        if new or (status, paid_on) != (payout.status, payout.paid_on):
            await self._payouts.update(payout.id, status, paid_on, now)
            log.info("payout", batch_id=payout.batch_id, status=status, new=new)
        return new


def _payout_of(batch: Sequence[SettledTransaction], now: datetime) -> Payout:
    """Return a new payout, without the sums of its items."""
    first = batch[0]
    return Payout(
        id=new_id(),
        batch_id=first.batch_id,
        merchant_account=first.merchant_account,
        currency=first.currency,
        status=PayoutState.IN_TRANSIT,
        settled_on=min(one.settled_on for one in batch),
        paid_on=None,
        charged=0,
        refunded=0,
        count=0,
        created_at=now,
        updated_at=now,
    )


def _item_of(payout: Payout, transaction: SettledTransaction, owner: OrderedPayment | None) -> PayoutItem:
    return PayoutItem(
        id=new_id(),
        payout_id=payout.id,
        transaction_id=transaction.transaction_id,
        movement=transaction.movement,
        amount=transaction.amount,
        account_id=None if owner is None else owner.account_id,
        payment_id=None if owner is None else owner.payment_id,
        payment_number=None if owner is None else owner.number,
    )


def _status_of(batch: Sequence[SettledTransaction], paid_on: date | None) -> PayoutState:
    if any(one.has_failed for one in batch):
        return PayoutState.FAILED
    return PayoutState.IN_TRANSIT if paid_on is None else PayoutState.PAID
