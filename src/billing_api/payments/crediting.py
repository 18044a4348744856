"""The use of credit memos and deposits by a payment: pure arithmetic over what is left of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from billing_api.credits.errors import CreditExceededError
from billing_api.deposits.errors import DepositExceededError
from billing_api.payments.credit_schemas import ChosenCredit, ChosenCredits, CreditsUpTo, NoCredits, PaymentCredits
from billing_api.payments.errors import CreditNotFoundError
from billing_api.payments.fields import CreditKind
from billing_api.payments.values import AvailableCredit


@dataclass(frozen=True, slots=True)
class CreditUse:
    """The part of a credit memo or deposit that one invoice gets, in minor units."""

    credit: AvailableCredit
    invoice_id: UUID
    amount: int


def chosen_ids(choice: PaymentCredits) -> list[UUID]:
    """Return the ids of the credit memos and deposits that a choice names."""
    return [one.id for one in choice.credits] if isinstance(choice, ChosenCredits) else []


def use_credits(
    choice: PaymentCredits, available: Sequence[AvailableCredit], prices: Sequence[tuple[UUID, int]]
) -> list[CreditUse]:
    """Return the uses for invoices of these prices; `available` has every chosen one.

    The invoices are paid in this order, and the oldest credit is used first.
    Raise CreditNotFoundError, CreditExceededError, DepositExceededError.
    """
    limits = _limits(choice, sorted(available, key=by_age))
    budget = choice.amount if isinstance(choice, CreditsUpTo) else sum(price for _, price in prices)
    return list(_uses(limits, budget, prices))


def by_age(credit: AvailableCredit) -> tuple[object, ...]:
    """Return the key of the order in which credits are used: by the document's date, then by id."""
    return credit.dated_on, credit.id


def _limits(choice: PaymentCredits, available: Sequence[AvailableCredit]) -> list[tuple[AvailableCredit, int]]:
    """Return the credits that may be used, each with the most that is used of it."""
    if isinstance(choice, NoCredits):
        return []
    if not isinstance(choice, ChosenCredits):
        return [(credit, credit.available) for credit in available]
    chosen = {one.id: one for one in choice.credits}
    _require_all(chosen, {credit.id: credit for credit in available})
    return [(credit, chosen[credit.id].amount or credit.available) for credit in available if credit.id in chosen]


def _require_all(chosen: Mapping[UUID, ChosenCredit], available: Mapping[UUID, AvailableCredit]) -> None:
    for one in chosen.values():
        credit = available.get(one.id)
        if credit is None:
            raise CreditNotFoundError(one.id)
        if one.amount is not None and one.amount > credit.available:
            exceeded = CreditExceededError if credit.kind is CreditKind.CREDIT_MEMO else DepositExceededError
            raise exceeded(one.id, number=credit.number, amount=one.amount, unapplied=credit.available)


def _uses(
    limits: Sequence[tuple[AvailableCredit, int]], budget: int, prices: Sequence[tuple[UUID, int]]
) -> Iterator[CreditUse]:
    open_prices = iter(prices)
    invoice_id, price = next(open_prices, (None, 0))
    for credit, limit in limits:
        left = min(limit, budget)
        while left and invoice_id is not None:
            amount = min(left, price)
            if amount:
                yield CreditUse(credit, invoice_id, amount)
            left, price, budget = left - amount, price - amount, budget - amount
            if not price:
                invoice_id, price = next(open_prices, (None, 0))
