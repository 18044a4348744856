"""Searches for all transactions of a time, however many there are."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from braintree.braintree_gateway import BraintreeGateway
from braintree.search import Search
from braintree.transaction import Transaction

from billing_api.gateway.braintree.results import is_cut_off, require_complete

_DAY = timedelta(days=1)
_SHORTEST = timedelta(seconds=1)  # times at the gateway have whole seconds


def found_between(
    sdk: BraintreeGateway, time: Search.RangeNodeBuilder, since: datetime, until: datetime, *others: Search.Node
) -> Iterator[Transaction]:
    """Yield the transactions with a `time` from `since` to before `until`, both with whole seconds; blocks.

    `others` are further conditions. A time with more than a search can return is halved. Raise GatewayUnavailableError
    and the SDK's errors.
    """
    results = sdk.transaction.search(time.between(since, until - _SHORTEST), *others)  # type: ignore[no-untyped-call]
    if is_cut_off(results) and until - since > _SHORTEST:
        middle = since + timedelta(seconds=int((until - since).total_seconds()) // 2)
        yield from found_between(sdk, time, since, middle, *others)
        yield from found_between(sdk, time, middle, until, *others)
    else:
        yield from require_complete(results)


def found_since(
    sdk: BraintreeGateway, time: Search.RangeNodeBuilder, since: datetime, *others: Search.Node
) -> Iterator[Transaction]:
    """Yield the transactions with a `time` from `since` on; blocks.

    Where they are more than a search can return, each day is searched alone. Raise
    GatewayUnavailableError and the SDK's errors.
    """
    results = sdk.transaction.search(time >= since, *others)
    if is_cut_off(results):
        begin = since.replace(microsecond=0)
        yield from found_between(sdk, time, begin, begin + _DAY, *others)
        yield from found_since(sdk, time, begin + _DAY, *others)
    else:
        yield from require_complete(results)
