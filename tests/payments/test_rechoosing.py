"""The choice of a scheduled payment on its day: whatever has changed, what is left of it can be paid, and no more."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_api.invoices.values import PayableInvoice
from billing_api.payments.choosing import by_due_date
from billing_api.payments.credit_schemas import ChosenCredits
from billing_api.payments.quote_schemas import PayAmount, PayInvoices
from billing_api.payments.rechoosing import Bounds, rechoose
from tests.payments.test_quoting_properties import TODAY, Case, cases


@st.composite
def on_the_day(draw: st.DrawFn) -> tuple[Case, Case]:
    """A request as it was made, and the same with fewer amounts and credits left."""
    made = draw(cases())
    invoices = []
    for one in made.invoices:
        due = draw(st.just(one.amount_due) | st.integers(0, one.amount_due))
        pending = draw(st.just(0) | st.integers(0, due))
        invoices.append(replace(one, amount_due=due, amount_pending=pending, paid=max(one.paid, one.total - due)))
    available = [
        replace(one, available=draw(st.just(one.available) | st.integers(1, one.available)))
        for one in made.available
        if draw(st.booleans())
    ]
    return made, Case(made.wanted, invoices, available)


def ids(invoices: list[PayableInvoice]) -> dict[UUID, PayableInvoice]:
    return {one.id: one for one in invoices}


@settings(max_examples=120, deadline=None, derandomize=True)
@given(day=on_the_day())
def test_what_is_left_of_a_choice_can_be_paid(day: tuple[Case, Case]) -> None:
    """No invoice gets more than was named, no other invoice is paid, and a spread amount is never exceeded."""
    _, now = day
    invoices = ids(now.invoices)
    left = rechoose(now.wanted, invoices, now.available, TODAY)
    if left.wanted is None:
        if isinstance(now.wanted.pay, PayInvoices):
            assert all(invoices[one.invoice_id].payable == 0 for one in now.wanted.pay.invoices)
        return
    figures = Case.quote_of(left.wanted, now.invoices, now.available)
    prices = sum(line.amount + line.credited + line.deposit_applied for line in figures.lines)
    match now.wanted.pay:
        case PayAmount(amount=amount):
            assert prices <= amount
        case PayInvoices(invoices=named):
            wanted = {one.invoice_id: one.amount for one in named}
            paid = {line.invoice_id for line in figures.lines}
            assert paid | {one.invoice_id for one in left.left_out} == wanted.keys()
            assert {one.reason for one in left.left_out} <= {"not_payable"}
            for line in figures.lines:
                most = wanted[line.invoice_id]
                price = line.amount + line.credited + line.deposit_applied
                assert price <= min(most or price, invoices[line.invoice_id].payable)
    if isinstance(left.wanted.credits, ChosenCredits):
        assert isinstance(now.wanted.credits, ChosenCredits)
        chosen = {one.id: one.amount for one in now.wanted.credits.credits}
        assert all(one.amount is None or one.amount <= (chosen[one.id] or 0) for one in left.wanted.credits.credits)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(day=on_the_day())
def test_nothing_changes_where_nothing_has_changed(day: tuple[Case, Case]) -> None:
    made, _ = day
    if isinstance(made.wanted.pay, PayInvoices):
        assert rechoose(made.wanted, ids(made.invoices), made.available, TODAY).wanted == made.wanted


@settings(max_examples=120, deadline=None, derandomize=True)
@given(day=on_the_day(), most=st.none() | st.integers(0, 1000))
def test_an_automatic_payment_keeps_its_bounds(day: tuple[Case, Case], most: int | None) -> None:
    """It leaves contested invoices alone; each invoice that it leaves out for the limit would exceed it."""
    _, now = day
    invoices, overpaid = ids(now.invoices), now.wanted.overpayment or 0
    left = rechoose(now.wanted, invoices, now.available, TODAY, Bounds(most))
    if not isinstance(now.wanted.pay, PayInvoices):
        if left.wanted is not None and most is not None:
            figures = Case.quote_of(left.wanted, now.invoices, now.available)
            assert figures.amount + figures.total("credited") + figures.total("deposit_applied") <= most
        return
    out = {one.invoice_id: one.reason for one in left.left_out}
    assert out.keys() <= {one.invoice_id for one in now.wanted.pay.invoices}
    for invoice_id, reason in out.items():
        assert (reason == "not_payable") is (invoices[invoice_id].payable == 0)
        assert reason != "contested" or invoices[invoice_id].contested is not None
    if left.wanted is None:
        return
    figures = Case.quote_of(left.wanted, now.invoices, now.available)
    prices = {line.invoice_id: line.amount + line.credited + line.deposit_applied for line in figures.lines}
    assert all(invoices[one].contested is None for one in prices)
    if most is None:
        assert "above_limit" not in out.values()
        return
    assert sum(prices.values()) + overpaid <= most
    for invoice_id in (one for one, reason in out.items() if reason == "above_limit"):
        earlier = [one for one in prices if by_due_date(invoices[one]) < by_due_date(invoices[invoice_id])]
        named = next(one for one in now.wanted.pay.invoices if one.invoice_id == invoice_id)
        alone = now.wanted.model_copy(update={"pay": PayInvoices(type="named", invoices=[named])})
        rest = rechoose(alone, invoices, now.available, TODAY, Bounds(None))
        assert rest.wanted is not None
        (line,) = Case.quote_of(rest.wanted, now.invoices, now.available).lines
        price = line.amount + line.credited + line.deposit_applied
        assert sum(prices[one] for one in earlier) + price + overpaid > most
