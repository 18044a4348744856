"""The figures of a payment: never more than is payable, which is less than what is due while another is under way."""

import json
import re
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from billing_api.gateway.methods import MethodKind
from billing_api.invoices.errors import AmountExceedsDueError, OtherCurrencyError
from billing_api.payments.crediting import CreditUse
from billing_api.payments.errors import InvoiceNotPayableError
from billing_api.payments.fields import CreditKind
from billing_api.payments.quote_schemas import PayInvoices, PaymentInvoice, PaymentQuoteCreate
from billing_api.payments.quoting import Quote, quote
from billing_api.payments.values import AvailableCredit

INVOICE = uuid4()
CARD = (MethodKind.CARD,)
TODAY = date(2026, 11, 2)
NOTHING_BESIDE = {"credited": 0, "deposit_applied": 0, "discounted": 0}


@dataclass(frozen=True)
class Invoice:
    """An invoice that leaves 20,000 to pay, of which 5,000 are under way."""

    id: UUID = INVOICE
    number: str = "A-1"
    currency: str = "USD"
    issued_on: date = date(2026, 10, 1)
    due_on: date = date(2026, 10, 31)
    net: int = 20_000
    total: int = 20_000
    paid: int = 0
    discounted: int = 0
    discount_basis_points: int = 0
    discount_until: date | None = None
    discount_includes_tax: bool = True
    amount_due: int = 20_000
    amount_pending: int = 5_000
    contested: int | None = None

    @property
    def payable(self) -> int:
        return self.amount_due - self.amount_pending


def of_invoices(*wanted: PaymentInvoice) -> PayInvoices:
    return PayInvoices(type="named", invoices=list(wanted))


def quote_of(amount: int | None, invoice: Invoice | None = None, *, currency: str = "USD") -> Quote:
    """A quote for one invoice."""
    wanted = of_invoices(PaymentInvoice(invoice_id=INVOICE, amount=amount))
    return quote_all(wanted, invoice or Invoice(), currency=currency)


def quote_all(pay: PayInvoices, *invoices: Invoice, currency: str = "USD") -> Quote:
    wanted = PaymentQuoteCreate(currency=currency, pay=pay)
    return quote(wanted, {invoice.id: invoice for invoice in invoices}, [], CARD, TODAY)


@pytest.mark.parametrize(("wanted", "amount"), [(None, 15_000), (1, 1), (14_999, 14_999), (15_000, 15_000)])
def test_up_to_what_is_payable(wanted: int | None, amount: int) -> None:
    figures = quote_of(wanted)
    assert figures.amount == amount
    (line,) = figures.lines
    assert (line.invoice_id, line.number, line.amount_due, line.payable) == (INVOICE, "A-1", 20_000, 15_000)


@pytest.mark.parametrize("wanted", [15_001, 20_000, 20_001])
def test_what_another_payment_has_under_way_can_not_be_paid_again(wanted: int) -> None:
    with pytest.raises(AmountExceedsDueError) as refusal:
        quote_of(wanted)
    assert refusal.value.extensions == {"invoice_id": INVOICE, "payable": 15_000, "amount_pending": 5_000}


@pytest.mark.parametrize("wanted", [None, 1])
def test_nothing_is_payable_while_all_of_it_is_under_way(wanted: int | None) -> None:
    with pytest.raises(InvoiceNotPayableError):
        quote_of(wanted, Invoice(amount_pending=20_000))


def test_the_last_cent_is_payable() -> None:
    assert quote_of(None, Invoice(amount_pending=19_999)).amount == 1


def test_currencies_do_not_mix() -> None:
    with pytest.raises(OtherCurrencyError):
        quote_of(None, currency="EUR")


def test_the_amount_is_the_sum() -> None:
    other: UUID = uuid4()
    wanted = of_invoices(PaymentInvoice(invoice_id=INVOICE, amount=700), PaymentInvoice(invoice_id=other, amount=None))
    assert quote_all(wanted, Invoice(), Invoice(id=other, number="A-2")).amount == 15_700


def test_as_a_dict_it_is_json_and_names_the_methods_that_can_pay() -> None:
    """A problem document contains it."""
    figures = quote_of(700)
    assert json.loads(json.dumps(figures.as_dict())) == {
        "currency": "USD",
        "amount": 700,
        **NOTHING_BESIDE,
        "overpayment": 0,
        "invoices": [
            {
                "invoice_id": str(INVOICE),
                "number": "A-1",
                "amount_due": 20_000,
                "payable": 15_000,
                "amount": 700,
                **NOTHING_BESIDE,
            }
        ],
        "more_payable": False,
        "credits": [],
        "can_be_paid": True,
        "problem": None,
        "payment_method_types": ["card"],
        "quote_version": figures.version,
    }
    nobody = replace(figures, kinds=()).as_dict()
    assert (nobody["can_be_paid"], nobody["problem"]["code"]) == (False, "currency_not_payable")


class TestVersion:
    """A payment names the version of the quote that the portal has shown."""

    def test_every_figure_is_in_it(self) -> None:
        shown = [
            quote_of(700),
            quote_of(701),
            quote_of(700, Invoice(amount_pending=4_999)),
            quote_of(700, Invoice(amount_due=20_001, amount_pending=5_001)),
            quote_of(700, Invoice(currency="EUR"), currency="EUR"),
            quote_all(of_invoices(PaymentInvoice(invoice_id=(other := uuid4()), amount=700)), Invoice(id=other)),
        ]
        assert len({figures.version for figures in shown}) == len(shown)

    def test_so_is_every_amount_beside_the_charge(self) -> None:
        figures = quote_of(700)
        (line,) = figures.lines
        credit = AvailableCredit(CreditKind.DEPOSIT, uuid4(), "DEP-1", TODAY, 5)
        uses = [CreditUse(credit, INVOICE, amount) for amount in (1, 2)]
        uses.append(CreditUse(credit, uuid4(), 1))
        uses.append(CreditUse(replace(credit, id=uuid4()), INVOICE, 1))
        beside = (replace(line, credited=1), replace(line, deposit_applied=1), replace(line, discounted=1))
        shown = [
            figures,
            *(replace(figures, lines=(one,)) for one in beside),
            replace(figures, overpayment=1),
            *(replace(figures, uses=(use,)) for use in uses),
        ]
        assert len({one.version for one in shown}) == len(shown)

    def test_the_same_figures_give_the_same_version(self) -> None:
        assert quote_of(15_000).version == quote_of(None).version

    def test_it_is_a_short_word(self) -> None:
        """A portal sends it back, and log lines contain it."""
        assert re.fullmatch("[0-9a-f]{32}", quote_of(1).version)
