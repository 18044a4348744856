"""The use of credits: the oldest first, for the invoices in their order, never more than is there or wanted."""

from datetime import date
from uuid import UUID

import pytest

from billing_api.credits.errors import CreditExceededError
from billing_api.deposits.errors import DepositExceededError
from billing_api.payments.credit_schemas import (
    NO_CREDITS,
    AutomaticCredits,
    ChosenCredit,
    ChosenCredits,
    CreditsUpTo,
    PaymentCredits,
)
from billing_api.payments.crediting import by_age, chosen_ids, use_credits
from billing_api.payments.errors import CreditNotFoundError
from billing_api.payments.fields import CreditKind
from billing_api.payments.values import AvailableCredit

AUTOMATIC = AutomaticCredits(type="automatic")
# The older one has the greater id.
OLD = AvailableCredit(CreditKind.CREDIT_MEMO, UUID(int=9), "CM-1", date(2026, 1, 1), 300)
NEW = AvailableCredit(CreditKind.DEPOSIT, UUID(int=8), "DEP-1", date(2026, 2, 1), 200)


def chosen(*wanted: tuple[AvailableCredit, int | None]) -> ChosenCredits:
    return ChosenCredits(type="chosen", credits=[ChosenCredit(id=one.id, amount=amount) for one, amount in wanted])


def uses(choice: PaymentCredits, *prices: int) -> list[tuple[str, int, int]]:
    """The numbers of the used credits, the places of the invoices from 1, and the amounts."""
    named = [(UUID(int=place), price) for place, price in enumerate(prices, 1)]
    return [(use.credit.number, use.invoice_id.int, use.amount) for use in use_credits(choice, [NEW, OLD], named)]


def test_the_oldest_is_used_first_and_of_one_day_the_one_posted_first() -> None:
    assert uses(AUTOMATIC, 250, 400) == [("CM-1", 1, 250), ("CM-1", 2, 50), ("DEP-1", 2, 200)]
    same_day = AvailableCredit(CreditKind.DEPOSIT, UUID(int=10), "DEP-2", OLD.dated_on, 1)
    assert sorted([NEW, same_day, OLD], key=by_age) == [OLD, same_day, NEW]


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (1, [("CM-1", 1, 1)]),
        (300, [("CM-1", 1, 250), ("CM-1", 2, 50)]),
        (301, [("CM-1", 1, 250), ("CM-1", 2, 50), ("DEP-1", 2, 1)]),
        (9_999, [("CM-1", 1, 250), ("CM-1", 2, 50), ("DEP-1", 2, 200)]),
    ],
)
def test_up_to_an_amount(most: int, expected: list[tuple[str, int, int]]) -> None:
    assert uses(CreditsUpTo(type="up_to", amount=most), 250, 400) == expected


def test_chosen_ones_up_to_their_amounts() -> None:
    assert uses(chosen((NEW, None)), 1_000) == [("DEP-1", 1, 200)]
    assert uses(chosen((NEW, 150), (OLD, 300)), 1_000) == [("CM-1", 1, 300), ("DEP-1", 1, 150)]


def test_invoices_that_cost_nothing_get_none() -> None:
    assert uses(AUTOMATIC, 0, 100, 0, 50) == [("CM-1", 2, 100), ("CM-1", 4, 50)]
    assert uses(AUTOMATIC) == uses(AUTOMATIC, 0) == uses(NO_CREDITS, 100) == []


def test_more_than_is_left_is_refused_and_so_is_one_that_is_not_there() -> None:
    with pytest.raises(CreditExceededError) as too_much:
        uses(chosen((OLD, 301)), 1_000)
    assert too_much.value.extensions == {"credit_memo_id": OLD.id, "unapplied": 300}
    with pytest.raises(DepositExceededError):
        uses(chosen((NEW, 201)), 1_000)
    unknown = AvailableCredit(CreditKind.DEPOSIT, UUID(int=99), "?", OLD.dated_on, 1)
    with pytest.raises(CreditNotFoundError) as missing:
        uses(chosen((OLD, None), (unknown, None)), 1_000)
    assert missing.value.extensions == {"credit_id": unknown.id}


def test_the_ids_of_a_choice() -> None:
    assert chosen_ids(chosen((NEW, None), (OLD, 5))) == [NEW.id, OLD.id]
    assert chosen_ids(AUTOMATIC) == chosen_ids(NO_CREDITS) == []
