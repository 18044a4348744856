"""The reconciliation: our books against the gateway's transactions of a time. No difference is the normal answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import structlog

from billing_api.core import Core
from billing_api.gateway.charges import GatewayTransaction, OrderedSale, RefundOrder
from billing_api.gateway.failures import GatewayInvalidError
from billing_api.gateway.port import Gateway
from billing_api.gateway.steps import trying_again
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.ids import ids_among
from billing_api.kit.metrics import RECONCILIATION_DIFFERENCES
from billing_api.payment_methods.lookups import Lookups
from billing_api.reconciliation.comparing import (
    Books,
    compare,
    compare_disputes,
    has_money,
    has_refunded,
    missing_charge,
    missing_dispute,
    missing_refund,
)
from billing_api.reconciliation.errors import NothingFoundError
from billing_api.reconciliation.repository import ReconciliationRepository
from billing_api.reconciliation.values import (
    BookedCharge,
    BookedRefund,
    Difference,
    DifferenceKind,
    KnownLateCharge,
    Report,
)

log = structlog.get_logger(__name__)

_STEP = timedelta(days=1)  # compared at once
_LAST_DAYS = timedelta(days=7)
# A sale takes seconds, and the gateway's search finds it a while later.
_UNDER_WAY = timedelta(hours=1)


class Reconciliation:
    """Compares both sides of all accounts."""

    def __init__(self, core: Core, repository: ReconciliationRepository, gateway: Gateway, lookups: Lookups) -> None:
        self._core = core
        self._repository = repository
        self._gateway = gateway
        self._lookups = lookups

    async def compare(self, since: datetime, until: datetime) -> Report:
        """Return the differences of a time, from `since` to before `until`, in UTC.

        Where the gateway has nothing at all of what must be there, nothing is compared. Raise NothingFoundError,
        GatewayUnfamiliarError, GatewayError.
        """
        await self._lookups.require_own_merchant()
        until = min(until, self._core.clock.now()).replace(microsecond=0)
        since = since.replace(microsecond=0)
        differences: list[Difference] = []
        booked = found = unlisted = 0
        suspected: list[Difference] = []
        for begin, end in _steps(since, until):
            transactions = await self._gateway.list_transactions(begin, end)
            charges = await self._repository.list_charges_of(begin, end)
            refunds = await self._repository.list_refunds_of(begin, end)
            books = await self._books(transactions)
            found += len(transactions)
            booked += sum(map(has_money, charges)) + sum(map(has_refunded, refunds))
            differences += compare(transactions, books)
            missing, others = await self._absent_charges(charges, books)
            suspected += map(missing_charge, missing)
            suspected += await self._missing_refunds(refunds, books)
            unlisted += sum(since + QUIET_PERIOD <= one.written_at < until - QUIET_PERIOD for one in others)
        disputes = await self._of_disputes(since, until)
        named = {one.transaction_id for one in disputes}  # what their charges have lost differs, too
        differences = [
            one for one in differences if one.kind is not DifferenceKind.DISPUTE or one.transaction_id not in named
        ] + disputes
        if booked and not found and (unlisted or len(suspected) == booked):
            raise NothingFoundError(booked)
        return Report(since=since, until=until, booked=booked, found=found, differences=(*differences, *suspected))

    async def run(self) -> None:
        """Compare the last days as a job, log each difference, and set the metric. Raise TryAgainError."""
        until = self._core.clock.now() - _UNDER_WAY
        with trying_again("the books are not compared"):
            report = await self.compare(until - _LAST_DAYS, until)
        for kind, count in report.counts().items():
            RECONCILIATION_DIFFERENCES.labels(kind).set(count)
        for one in report.differences:
            log.error(
                "reconciliation_difference",
                kind=one.kind,
                ours=one.ours,
                theirs=one.theirs,
                payment_id=str(one.payment_id),
                transaction_id=one.transaction_id,
            )
        log.info("reconciled_with_the_gateway", booked=report.booked, found=report.found)

    async def _books(self, transactions: Sequence[GatewayTransaction]) -> Books:
        """Return what the books have of these transactions, whenever that was written."""
        orders = {one.order_id for one in transactions if one.order_id is not None}
        names = {*orders, *(one.transaction_id for one in transactions), *_refunded(transactions)}
        late_charges = await self._repository.list_late_charges(names)
        return Books(
            charges={one.order_id: one for one in await self._repository.list_charges(orders)},
            refunds={str(one.id): one for one in await self._repository.list_refunds(ids_among(orders))},
            late_charges=late_charges,
            kept={one.id for one in late_charges if await self._is_kept(one, transactions)},
        )

    async def _is_kept(self, late: KnownLateCharge, transactions: Sequence[GatewayTransaction]) -> bool:
        """Return whether a charge that was to be given back holds money; the gateway says that of the charge alone."""
        if not late.is_to_be_given_back:
            return False
        sale = next((one for one in transactions if one.transaction_id == late.transaction_id), None)
        if sale is not None and not sale.holds_money:
            return False
        return not await self._gateway.is_given_back(late.transaction_id, late.failed_refunds)

    async def _of_disputes(self, since: datetime, until: datetime) -> list[Difference]:
        """Return the differences of disputes that were opened or changed in a time, whenever they were charged."""
        disputes = await self._gateway.list_disputes(since, until)
        charges = await self._repository.list_charges({one.order_id for one in disputes if one.order_id is not None})
        known = await self._repository.list_disputes({one.id for one in disputes})
        booked = {one.dispute_id: one for one in known}
        differences = list(compare_disputes(disputes, {one.order_id: one for one in charges}, booked))
        opened = await self._repository.list_disputes_of(since.date(), until.date())
        absent = [one for one in opened if one.dispute_id not in booked]
        return [*differences, *[missing_dispute(one) for one in absent if not await self._has_dispute(one.dispute_id)]]

    async def _has_dispute(self, dispute_id: str) -> bool:
        try:
            await self._gateway.find_dispute(dispute_id)
        except GatewayInvalidError:
            return False
        return True

    async def _absent_charges(
        self, charges: Sequence[BookedCharge], books: Books
    ) -> tuple[list[BookedCharge], list[BookedCharge]]:
        """Return the payments with money whose charges no list has: those that the gateway does not have, and the rest.

        Each is searched for by its order id. The rest were charged at another time, or the list is not whole.
        """
        absent = {one.order_id: one for one in charges if has_money(one) and one.order_id not in books.charges}
        if not absent:
            return [], []
        sales = [
            OrderedSale(order_id=one.order_id, token=None, amount=one.amount, currency=one.currency)
            for one in absent.values()
        ]
        found = await self._gateway.find_charges_together(sales)
        missing = [one for order_id, one in absent.items() if not found[order_id]]
        return missing, [one for order_id, one in absent.items() if found[order_id]]

    async def _missing_refunds(self, refunds: Sequence[BookedRefund], books: Books) -> list[Difference]:
        absent = [one for one in refunds if has_refunded(one) and str(one.id) not in books.refunds]
        return [missing_refund(one) for one in absent if not await self._gateway.find_refunds(_order_of(one))]


def _order_of(refund: BookedRefund) -> RefundOrder:
    return RefundOrder(
        transaction_id=refund.charge_id,
        order_id=str(refund.id),
        request_key="",  # nothing is sent
        amount=refund.amount,
        currency=refund.currency,
    )


def _refunded(transactions: Sequence[GatewayTransaction]) -> Iterator[str]:
    yield from (one.refunded_id for one in transactions if one.refunded_id is not None)


def _steps(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        yield since, min(since + _STEP, until)
        since += _STEP
