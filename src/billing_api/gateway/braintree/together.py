"""Look many sales up by few searches.

Braintree searches for no list of order ids, but for the beginning of one. Ours are UUIDv7, which begin with their time:
sales of one time have one beginning, and are found by one request for all ids, and one for each page of 50 results.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from braintree.braintree_gateway import BraintreeGateway
from braintree.transaction import Transaction
from braintree.transaction_search import TransactionSearch

from billing_api.gateway.braintree.results import is_cut_off, require_complete, require_same
from billing_api.gateway.braintree.transactions import charge_of, is_rejected_duplicate
from billing_api.gateway.charges import Charge, OrderedSale

# So many characters of an order id stand for four and a half hours. A shorter beginning has too many sales.
_FEWEST_CHARACTERS = 6
_PAGE = 50


def charges_by_order(sdk: BraintreeGateway, sales: Sequence[OrderedSale]) -> dict[str, tuple[Charge, ...]]:
    """Return every charge of each sale, rejected duplicates apart; blocks. Raise GatewayError and the SDK's errors."""
    ordered = {sale.order_id: sale for sale in sales}
    found: dict[str, list[Charge]] = {order_id: [] for order_id in ordered}
    for transaction in _transactions(sdk, sorted(ordered)):
        sale = ordered.get(str(transaction.order_id))
        if sale is not None and not is_rejected_duplicate(transaction):
            found[sale.order_id].append(charge_of(transaction, sale))
    return {order_id: tuple(charges) for order_id, charges in found.items()}


def _transactions(sdk: BraintreeGateway, order_ids: Sequence[str]) -> Iterator[Transaction]:
    """Yield the sales under these sorted ids, and others of the same time as long as they are few.

    A search that finds more pages than it has ids, or more than it can return, is divided by the next character.
    """
    beginning = _common_beginning(order_ids[0], order_ids[-1])
    if len(beginning) >= _FEWEST_CHARACTERS:
        results = sdk.transaction.search(
            TransactionSearch.order_id.starts_with(beginning),  # type: ignore[no-untyped-call] # of the SDK
            TransactionSearch.type == Transaction.Type.Sale,
        )
        is_small = len(results.ids) <= _PAGE * len(order_ids) and not is_cut_off(results)
        if is_small or len(order_ids) == 1:
            for transaction in require_complete(results):
                starts = str(transaction.order_id)[: len(beginning)]
                require_same(order_id=(starts, beginning), type=(transaction.type, Transaction.Type.Sale))
                yield transaction
            return
    groups = defaultdict(list)
    for order_id in order_ids:
        groups[order_id[: len(beginning) + 1]].append(order_id)
    for group in groups.values():
        yield from _transactions(sdk, group)


def _common_beginning(first: str, last: str) -> str:
    """Return the beginning that the first and the last of sorted texts share, and so all of them."""
    differ = (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(differ, len(first))]
