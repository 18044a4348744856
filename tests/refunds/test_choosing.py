"""The parts of a payment that a refund gives back: never more than there is, and all that is asked for."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_api.payments.values import InvoiceMoney
from billing_api.refunds.choosing import RefundParts, Room, choose, refit, spread
from billing_api.refunds.errors import NothingRefundableError, RefundExceededError
from billing_api.refunds.schemas import RefundAmount, RefundInvoices, RefundUnapplied, RefundWhole

amounts = st.integers(0, 10_000)


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    """Room in any places; the payment may have less left than these hold together."""
    held = draw(st.lists(amounts, max_size=4))
    invoices = [InvoiceMoney(UUID(int=place), f"INV-{place}", amount) for place, amount in enumerate(held)]
    return Room(left=draw(amounts), invoices=invoices, unapplied=draw(amounts), deposit=draw(amounts))


def fits(parts: RefundParts, room: Room) -> bool:
    have = {one.invoice_id: one.amount for one in room.invoices}
    return (
        parts.unapplied <= room.unapplied
        and parts.deposit <= room.deposit
        and all(0 < one.amount <= have[one.invoice_id] for one in parts.invoices)
        and len({one.invoice_id for one in parts.invoices}) == len(parts.invoices)
    )


def total(room: Room) -> int:
    return sum(one.amount for one in room.invoices) + room.unapplied + room.deposit


@given(amounts, rooms())
def test_an_amount_is_spread_as_far_as_there_is_room(amount: int, room: Room) -> None:
    parts = spread(amount, room)
    assert fits(parts, room)
    assert parts.amount == min(amount, total(room))


@given(rooms(), rooms())
def test_what_some_parts_lack_others_take(chosen: Room, room: Room) -> None:
    wanted = RefundParts(
        invoices=tuple(one for one in chosen.invoices if one.amount), unapplied=chosen.unapplied, deposit=chosen.deposit
    )
    parts = refit(wanted, room)
    assert fits(parts, room)
    assert parts.amount == min(wanted.amount, total(room))


@given(rooms())
def test_the_whole_is_what_is_left(room: Room) -> None:
    try:
        parts = choose(RefundWhole(type="whole"), room)
    except NothingRefundableError:
        assert min(room.left, total(room)) == 0
    else:
        assert parts.amount == min(room.left, total(room))


def test_the_last_paid_invoice_is_opened_first() -> None:
    invoices = [InvoiceMoney(UUID(int=place), f"INV-{place}", 1_000) for place in range(3)]
    parts = choose(RefundAmount(type="amount", amount=1_700), Room(left=3_000, invoices=invoices, unapplied=200))
    assert (parts.unapplied, [(one.invoice_number, one.amount) for one in parts.invoices]) == (
        200,
        [("INV-1", 500), ("INV-2", 1_000)],
    )


def test_more_than_is_left_is_refused_although_the_places_have_it() -> None:
    """Refunds by a credit memo took it: the invoices stayed paid."""
    room = Room(left=500, invoices=[InvoiceMoney(UUID(int=1), "INV-1", 1_000)], unapplied=700)
    wanted = RefundInvoices.model_validate({"type": "invoices", "invoices": [{"invoice_id": str(UUID(int=1))}]})
    for choice in (wanted, RefundUnapplied(type="unapplied", amount=600)):
        with pytest.raises(RefundExceededError) as refused:
            choose(choice, room)
        assert refused.value.extensions["refundable"] == 500


def test_an_invoice_of_another_payment_has_nothing_of_this_one() -> None:
    wanted = {"type": "invoices", "invoices": [{"invoice_id": str(UUID(int=9)), "amount": 100}]}
    with pytest.raises(RefundExceededError):
        choose(RefundInvoices.model_validate(wanted), Room(left=500))
