"""The level 2 and 3 data of a charge: pure arithmetic, whose sums are always the charge's or not there."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_api.gateway.charges import PurchaseData
from billing_api.invoices.values import BilledInvoice, BilledLine
from billing_api.payment_settings import PurchaseDataLevel
from billing_api.payments.purchase_data import (
    DESCRIPTION_CHARACTERS,
    MOST,
    MOST_ITEMS,
    NAME_CHARACTERS,
    PURCHASE_ORDER_CHARACTERS,
    ChargedInvoice,
    purchase_data,
)

LEVEL_2, LEVEL_3 = PurchaseDataLevel.LEVEL_2, PurchaseDataLevel.LEVEL_3
INVOICE = UUID(int=1)


def line(amount: int, quantity: str = "1", unit: int | None = None, text: str = "Widgets") -> BilledLine:
    return BilledLine(INVOICE, text, Decimal(quantity), unit, amount)


def invoice(net: int, tax: int = 0, *, po_number: str | None = None) -> BilledInvoice:
    return BilledInvoice(uuid4(), "INV-1042", po_number, net, tax, net + tax)


def whole(billed: BilledInvoice, discounted: int = 0) -> ChargedInvoice:
    return ChargedInvoice(invoice=billed, amount=billed.total - discounted, discounted=discounted)


def data_of(
    level: PurchaseDataLevel, *charged: ChargedInvoice, lines: tuple[BilledLine, ...] = (), beyond: int = 0
) -> PurchaseData:
    """The data of a charge of these invoices, and of so much `beyond` them."""
    amount = sum(part.amount for part in charged) + beyond
    return purchase_data(level, charged, lines, amount=amount, currency="USD") or PurchaseData()


class TestLevel2:
    def test_has_the_purchase_order_and_the_tax(self) -> None:
        data = data_of(LEVEL_2, whole(invoice(10_000, 825, po_number="PO-7781")), lines=(line(10_000),))
        assert data == PurchaseData(purchase_order_number="PO-7781", tax_amount=825)

    @pytest.mark.parametrize(
        ("numbers", "sent"),
        [
            (("PO-1", "PO-1"), "PO-1"),
            (("PO-1", "PO-2"), None),
            (("PO-1", None), None),
            (("P" * PURCHASE_ORDER_CHARACTERS,), "P" * PURCHASE_ORDER_CHARACTERS),
            (("P" * (PURCHASE_ORDER_CHARACTERS + 1),), None),
            (("Bestellung-ß",), None),
        ],
    )
    def test_has_one_purchase_order_or_none(self, numbers: tuple[str | None, ...], sent: str | None) -> None:
        data = data_of(LEVEL_2, *(whole(invoice(1_000, po_number=number)) for number in numbers))
        assert data.purchase_order_number == sent

    def test_a_part_of_an_invoice_has_no_tax_of_its_own(self) -> None:
        part = ChargedInvoice(invoice=invoice(10_000, 825, po_number="PO-1"), amount=5_000, discounted=0)
        assert data_of(LEVEL_2, part) == PurchaseData(purchase_order_number="PO-1")

    def test_an_overpayment_has_none_either(self) -> None:
        assert data_of(LEVEL_2, whole(invoice(10_000, 825)), beyond=1) == PurchaseData()

    def test_a_tax_below_zero_is_left_out(self) -> None:
        assert data_of(LEVEL_2, whole(invoice(10_000, -825))).tax_amount is None

    def test_nothing_is_sent_where_it_is_off(self) -> None:
        assert data_of(PurchaseDataLevel.OFF, whole(invoice(10_000, 825))) == PurchaseData()

    def test_a_currency_with_three_decimals_has_none(self) -> None:
        """The gateway takes two with a line's total."""
        charged = whole(invoice(10_000, 825, po_number="PO-1"))
        assert purchase_data(LEVEL_2, [charged], [], amount=10_825, currency="KWD") is None


class TestLevel3:
    def test_has_the_lines_with_their_quantities(self) -> None:
        lines = (line(10_000, "2", 5_000), line(-500, text="Returned\n pallet"), line(0), line(333, "0.3333", 1_000))
        data = data_of(LEVEL_3, whole(invoice(9_833, 825)), lines=lines)
        assert [
            (item.name, item.is_credit, str(item.quantity), item.unit_amount, item.total_amount)
            for item in data.line_items
        ] == [
            ("Widgets", False, "2", 5_000, 10_000),
            ("Returned pallet", True, "1", 500, 500),
            ("Widgets", False, "1", 333, 333),  # its quantity does not explain it
        ]

    def test_a_discount_for_paying_early_is_said(self) -> None:
        data = data_of(LEVEL_3, whole(invoice(10_000, 825), discounted=216), lines=(line(10_000),))
        assert (data.discount_amount, data.tax_amount, data.line_items[0].total_amount) == (216, 825, 10_000)

    def test_too_many_lines_become_one_for_each_invoice(self) -> None:
        charged = [whole(invoice(MOST_ITEMS + 1)), whole(invoice(50))]
        lines = tuple(line(1) for _ in range(MOST_ITEMS + 1))
        data = data_of(LEVEL_3, *charged, lines=lines)
        assert [(item.name, item.total_amount) for item in data.line_items] == [
            ("Invoice INV-1042", MOST_ITEMS + 1),
            ("Invoice INV-1042", 50),
        ]

    def test_lines_need_the_whole_invoice(self) -> None:
        part = ChargedInvoice(invoice=invoice(10_000), amount=9_000, discounted=0)
        assert data_of(LEVEL_3, part, lines=(line(10_000),)) == PurchaseData()

    def test_level_2_has_no_lines(self) -> None:
        assert data_of(LEVEL_2, whole(invoice(10_000)), lines=(line(10_000),)).line_items == ()


texts = st.text(min_size=0, max_size=200)
quantities = st.one_of(
    st.just(Decimal(1)), st.decimals(min_value=-1000, max_value=1000, places=6), st.integers(-50, 50).map(Decimal)
)
some_lines = st.lists(
    st.builds(
        BilledLine,
        st.just(INVOICE),
        texts,
        quantities,
        st.none() | st.integers(-(10**9), 10**9),
        st.integers(-(10**6), 10**12),
    ),
    min_size=1,
    max_size=12,
)


@st.composite
def invoices_with_lines(draw: st.DrawFn) -> tuple[ChargedInvoice, list[BilledLine]]:
    """An invoice with its lines, paid in whole or in part, with a discount or without."""
    lines = draw(some_lines)
    if draw(st.booleans()):  # a quantity that explains its amount
        lines[0] = replace(lines[0], quantity=Decimal(3), unit_amount=250, amount=750)
    net = sum(one.amount for one in lines)
    billed = replace(invoice(net, draw(st.integers(-1_000, 10**6))), po_number=draw(st.none() | texts))
    discounted = draw(st.integers(0, 500))
    return (
        ChargedInvoice(
            invoice=billed,
            amount=draw(st.sampled_from([billed.total - discounted, billed.total // 2])),
            discounted=discounted,
        ),
        lines,
    )


@given(
    st.lists(invoices_with_lines(), min_size=1, max_size=4),
    st.sampled_from(PurchaseDataLevel),
    st.sampled_from(["USD", "JPY"]),
    st.sampled_from([0, 0, 0, 700]),
)
def test_whatever_is_sent_fits_and_adds_up(
    charged: list[tuple[ChargedInvoice, list[BilledLine]]], level: PurchaseDataLevel, currency: str, beyond: int
) -> None:
    parts = [part for part, _ in charged]
    lines = [one for _, several in charged for one in several]
    amount = sum(part.amount for part in parts) + beyond
    data = purchase_data(level, parts, lines, amount=amount, currency=currency)
    if data is None:
        return
    assert data.tax_amount is None or 0 <= data.tax_amount <= amount
    number = data.purchase_order_number
    assert number is None or (len(number) <= PURCHASE_ORDER_CHARACTERS and number.isascii())
    if not data.line_items:
        return
    assert level is LEVEL_3
    assert len(data.line_items) <= MOST_ITEMS
    added = sum(-item.total_amount if item.is_credit else item.total_amount for item in data.line_items)
    assert added + (data.tax_amount or 0) - (data.discount_amount or 0) == amount
    for item in data.line_items:
        assert 0 < len(item.name) <= NAME_CHARACTERS
        assert len(item.description) <= DESCRIPTION_CHARACTERS
        assert item.quantity * item.unit_amount == item.total_amount
        assert 0 < item.quantity <= MOST
        assert item.quantity == item.quantity.quantize(Decimal("0.0001"))
        assert min(item.unit_amount, item.total_amount) > 0
