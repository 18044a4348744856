"""Cards that have expired, and those that will."""

from datetime import datetime

from braintree_sandbox import search
from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call
from braintree_sandbox.records.cards import Card
from braintree_sandbox.resources.cards import CARDS
from braintree_sandbox.vault.card_view import is_expired
from braintree_sandbox.wire.refusals import MalformedError

routes = BraintreeRoutes()


def _cards_where(call: Call, *, months: tuple[str, str] | None) -> search.Searchable[Card]:
    """Return the test for cards that have expired, or that expire between two months given as YYYYMM."""

    def chosen(card: Card) -> bool:
        if months is None:
            return is_expired(card.facts, call.now)
        return months[0] <= card.facts.expiration_year + card.facts.expiration_month <= months[1]

    return search.Searchable(
        record=Card,
        collection="payment_methods",
        item="credit_card",
        view=lambda _, card: CARDS.view(call, card),
        fields={"ids": search.one_of(lambda card: card.token)},
        only=chosen,
    )


def _months(call: Call) -> tuple[str, str]:
    try:
        start, end = (datetime.strptime(call.query[name], "%m%Y") for name in ("start", "end"))  # noqa: DTZ007
    except (KeyError, ValueError) as error:
        raise MalformedError("start and end must be months as MMYYYY.") from error
    return f"{start:%Y%m}", f"{end:%Y%m}"


@routes.post("/payment_methods/all/expired_ids")
def expired_ids(call: Call) -> ApiResponse:
    """Return the tokens of all cards that have expired."""
    return _cards_where(call, months=None).ids(call)


@routes.post("/payment_methods/all/expired")
def expired_page(call: Call) -> ApiResponse:
    """Return one page of the cards that have expired."""
    return _cards_where(call, months=None).page(call)


@routes.post("/payment_methods/all/expiring_ids")
def expiring_ids(call: Call) -> ApiResponse:
    """Return the tokens of all cards that expire in the given months."""
    return _cards_where(call, months=_months(call)).ids(call)


@routes.post("/payment_methods/all/expiring")
def expiring_page(call: Call) -> ApiResponse:
    """Return one page of the cards that expire in the given months."""
    return _cards_where(call, months=_months(call)).page(call)
