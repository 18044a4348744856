"""The arithmetic of quotes, for any invoices, credits, terms and choices."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_api.gateway.methods import MethodKind
from billing_api.invoices.discounts import discount_of_terms
from billing_api.invoices.values import PayableInvoice
from billing_api.payments.credit_schemas import (
    AutomaticCredits,
    ChosenCredit,
    ChosenCredits,
    CreditsUpTo,
    NoCredits,
    PaymentCredits,
)
from billing_api.payments.errors import AmountExceedsPayableError, NothingPayableError
from billing_api.payments.fields import CreditKind
from billing_api.payments.quote_schemas import (
    PayAmount,
    PayEverythingDue,
    PayInvoices,
    PaymentChoice,
    PaymentInvoice,
    PaymentQuoteCreate,
)
from billing_api.payments.quoting import Quote, quote
from billing_api.payments.values import AvailableCredit

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 2)
days = st.integers(-40, 40).map(lambda n: TODAY + timedelta(days=n))
amounts = st.integers(1, 300) | st.integers(1, 10**12)


@dataclass(frozen=True)
class Case:
    """A request, and the invoices and credits that are there."""

    wanted: PaymentQuoteCreate
    invoices: list[PayableInvoice]
    available: list[AvailableCredit]

    def quote(self) -> Quote:
        return self.quote_of(self.wanted, self.invoices, self.available)

    @staticmethod
    def quote_of(
        wanted: PaymentQuoteCreate, invoices: Sequence[PayableInvoice], available: Sequence[AvailableCredit]
    ) -> Quote:
        return quote(wanted, {one.id: one for one in invoices}, available, (MethodKind.CARD,), TODAY)


@st.composite
def an_invoice(draw: st.DrawFn, place: int) -> PayableInvoice:
    total = draw(amounts)
    due = draw(st.integers(1, total) | st.just(total))
    pending = draw(st.just(0) | st.integers(0, due))
    return PayableInvoice(
        id=UUID(int=place + 1),
        number=f"INV-{place}",
        status="open",
        currency="USD",
        issued_on=draw(days),
        due_on=draw(days),
        net=draw(st.integers(0, total) | st.just(total)),
        tax=0,
        total=total,
        paid=draw(st.integers(0, total - due)),
        discounted=0,
        amount_due=due,
        amount_pending=pending,
        contested=draw(st.none() | st.integers(1, total)),
        discount_basis_points=draw(st.integers(0, 10_000)),
        discount_until=draw(st.none() | days),
        discount_includes_tax=draw(st.booleans()),
        version=1,
    )


@st.composite
def a_credit(draw: st.DrawFn, place: int) -> AvailableCredit:
    kind = draw(st.sampled_from(CreditKind))
    return AvailableCredit(kind, UUID(int=1_000 + place), f"C-{place}", draw(days), draw(amounts))


@st.composite
def a_choice(draw: st.DrawFn, invoices: list[PayableInvoice]) -> PaymentChoice:
    payable = [one for one in invoices if one.payable]
    kind = draw(st.sampled_from(["named", "spread", "everything_due"]))
    if kind == "named" and payable:
        named = draw(st.lists(st.sampled_from(payable), min_size=1, unique_by=lambda one: one.id))
        return PayInvoices(
            type="named",
            invoices=[
                PaymentInvoice(invoice_id=one.id, amount=draw(st.none() | st.integers(1, one.payable))) for one in named
            ],
        )
    if kind == "spread":
        return PayAmount(type="spread", amount=draw(amounts))
    return PayEverythingDue(type="everything_due")


@st.composite
def credits_of(draw: st.DrawFn, available: list[AvailableCredit]) -> PaymentCredits:
    kind = draw(st.sampled_from(["none", "automatic", "up_to", "chosen"]))
    if kind == "up_to":
        return CreditsUpTo(type="up_to", amount=draw(amounts))
    if kind == "chosen" and available:
        chosen = draw(st.lists(st.sampled_from(available), min_size=1, unique_by=lambda one: one.id))
        return ChosenCredits(
            type="chosen",
            credits=[ChosenCredit(id=one.id, amount=draw(st.none() | st.integers(1, one.available))) for one in chosen],
        )
    return NoCredits(type="none") if kind == "none" else AutomaticCredits(type="automatic")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    invoices = [draw(an_invoice(place)) for place in range(draw(st.integers(1, 5)))]
    available = [draw(a_credit(place)) for place in range(draw(st.integers(0, 4)))]
    wanted = PaymentQuoteCreate(
        currency="USD",
        pay=draw(a_choice(invoices)),
        credits=draw(credits_of(available)),
        overpayment=draw(st.none() | amounts),
    )
    return Case(wanted, invoices, available)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(case=cases())
def test_parts_add_up_and_stay_within_what_there_is(case: Case) -> None:
    try:
        figures = case.quote()
    except (NothingPayableError, AmountExceedsPayableError):
        return
    invoices = {one.id: one for one in case.invoices}
    prices = 0
    for line in figures.lines:
        invoice, price = invoices[line.invoice_id], line.amount + line.credited + line.deposit_applied
        assert min(line.amount, line.credited, line.deposit_applied, line.discounted) >= 0
        assert 0 < price + line.discounted <= invoice.payable
        if line.discounted:
            assert price + line.discounted == invoice.amount_due
            assert invoice.discount_until is not None
            assert invoice.discount_until >= TODAY
            assert (invoice.amount_pending, invoice.paid) == (0, 0)
        prices += price
    assert figures.amount == sum(line.amount for line in figures.lines) + (case.wanted.overpayment or 0)
    match case.wanted.pay:
        case PayAmount(amount=amount):
            assert prices == amount
        case PayInvoices(invoices=named):
            assert [line.invoice_id for line in figures.lines] == [one.invoice_id for one in named]
            for one, line in zip(named, figures.lines, strict=True):
                assert one.amount is None or line.amount + line.credited + line.deposit_applied <= one.amount
    _require_uses_fit(case, figures, prices)


def _require_uses_fit(case: Case, figures: Quote, prices: int) -> None:
    used = Counter[UUID]()
    for use in figures.uses:
        assert use.amount > 0
        used[use.credit.id] += use.amount
    available = {one.id: one.available for one in case.available}
    assert all(amount <= available[one] for one, amount in used.items())
    assert sum(used.values()) == figures.total("credited") + figures.total("deposit_applied")
    match case.wanted.credits:
        case NoCredits():
            assert not used
        case AutomaticCredits():
            assert sum(used.values()) == min(prices, sum(available.values()))
        case CreditsUpTo(amount=amount):
            assert sum(used.values()) == min(prices, sum(available.values()), amount)
        case ChosenCredits(credits=chosen):
            most = {one.id: one.amount or available[one.id] for one in chosen}
            assert all(amount <= most[one] for one, amount in used.items())
            assert sum(used.values()) == min(prices, sum(most.values()))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(case=cases(), data=st.data())
def test_the_version_does_not_depend_on_any_order(case: Case, data: st.DataObject) -> None:
    try:
        version = case.quote().version
    except (NothingPayableError, AmountExceedsPayableError):
        return
    wanted = case.wanted
    if isinstance(wanted.pay, PayInvoices):
        named = PayInvoices(type="named", invoices=data.draw(st.permutations(wanted.pay.invoices)))
        wanted = wanted.model_copy(update={"pay": named})
    if isinstance(wanted.credits, ChosenCredits):
        chosen = ChosenCredits(type="chosen", credits=data.draw(st.permutations(wanted.credits.credits)))
        wanted = wanted.model_copy(update={"credits": chosen})
    invoices, available = data.draw(st.permutations(case.invoices)), data.draw(st.permutations(case.available))
    assert Case.quote_of(wanted, invoices, available).version == version


@given(
    basis_points=st.integers(0, 10_000), net=st.integers(0, 10**15), tax=st.integers(0, 10**14), includes=st.booleans()
)
def test_a_discount_is_the_nearest_whole_unit(basis_points: int, net: int, tax: int, includes: bool) -> None:
    discount = discount_of_terms(basis_points=basis_points, net=net, total=net + tax, includes_tax=includes)
    exact = Fraction((net + tax if includes else net) * basis_points, 10_000)
    assert -Fraction(1, 2) < discount - exact <= Fraction(1, 2)  # half of one upwards
