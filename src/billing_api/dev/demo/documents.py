"""The demo account's documents, as lines of an import: three years that end today."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

ACCOUNT = "demo-account"
NET_DAYS = 30
_TAX_BASIS_POINTS = 825
_LONG_NAME = (
    "Extended maintenance of the deck ovens in the bakeries of Mountain View, Ottawa, London, Berlin, Paris and Tokyo, "
    "with spare parts, travel and one visit a quarter outside of opening hours"
)
_GOODS = (
    ("Site licence, monthly", 48_000),
    ("Support plan, monthly", 12_500),
    ("Extra seats", 3_200),
    ("保守契約（年間）、オーブン三台分", 27_500),
    ("Data migration, per day", 95_000),
    ("Schulung „Sauerteigführung für Fortgeschrittene“, halbtags", 60_000),
    (_LONG_NAME, 18_900),
    ("خدمة التوصيل السريع", 7_450),
)
# Currency, number of its decimals' factor, price of its goods in minor units.
_ABROAD = (
    ("EUR", "Atelier de boulangerie à Lyon", 180_000),
    ("JPY", "東京でのパン作り講習会", 98_000),
    ("KWD", "ورشة عمل في الكويت", 412_375),
)
_ABROAD_EVERY_DAYS, _ABROAD_INVOICES = 90, 12

Line = dict[str, Any]


def account_line() -> Line:
    """Return the account's line."""
    return {
        "type": "account",
        "external_id": ACCOUNT,
        "name": "Sunny Side Bakery Ltd",
        "currency": "USD",
        "terms": {"net_days": NET_DAYS, "discount_basis_points": 200, "discount_days": 10},
        "credit_limit": 5_000_000,
    }


def invoice_id(place: int) -> str:
    """Return the external id of the invoice at this place, counted back from the newest."""
    return f"demo-invoice-{place:03}"


def invoice_line(place: int, number: int, issued_on: date) -> Line:
    """Return an invoice in dollars; its lines follow from its number."""
    if place % 89 == 5:
        lines = [_goods(index, 1 + index % 4) for index in range(40)]
    else:
        lines = [_goods(number * 5 + 3 * index, 1 + number // (index + 2) % 3) for index in range(1 + number % 3)]
    tax = (sum(line["amount"] for line in lines) * _TAX_BASIS_POINTS + 5_000) // 10_000
    return document(
        "invoice",
        external_id=invoice_id(place),
        number=f"INV-{number}",
        po_number=f"PO-{6700 + number}" if number % 2 else None,
        currency="USD",
        issued_on=issued_on,
        memo="Thank you for your business.\nどうもありがとうございます。" if number % 7 == 0 else None,
        lines=lines,
        taxes=[{"name": "Sales tax", "rate": "8.25", "amount": tax}],
    )


def total(invoice: Line) -> int:
    """Return the total of an invoice's line."""
    return sum(part["amount"] for part in (*invoice["lines"], *invoice.get("taxes", ())))


def received(invoice: Line, external_id: str, received_on: date, *, amount: int, method: str) -> Line:
    """Return a payment that came by check or wire for one invoice."""
    return document(
        "payment",
        external_id=external_id,
        method=method,
        currency=invoice["currency"],
        amount=amount,
        received_on=received_on,
        reference=f"{'Check' if method == 'check' else 'Wire'} {invoice['number'].removeprefix('INV-')}",
        allocations=[{"invoice": invoice["external_id"], "amount": amount}],
    )


def abroad(today: date) -> Iterator[tuple[date, Line]]:
    """Yield the invoices in other currencies and their payments: of each currency the newest two are open.

    The third one is paid in part and overdue.
    """
    for offset, (currency, description, price) in enumerate(_ABROAD):
        for place in range(_ABROAD_INVOICES):
            issued_on = today - timedelta(days=_ABROAD_EVERY_DAYS * place + 11 + offset)
            amount = price * (1 + place % 3)
            line = {"description": description, "quantity": str(1 + place % 3), "unit_amount": price, "amount": amount}
            invoice = document(
                "invoice",
                external_id=f"demo-{currency.lower()}-{place:02}",
                number=f"INV-{currency[0]}{111 - place}",
                currency=currency,
                issued_on=issued_on,
                lines=[line],
            )
            yield issued_on, invoice
            if place >= 2:
                paid_on = issued_on + timedelta(days=25 + offset * 9)
                part = amount // 3 if place == 2 else amount
                yield paid_on, received(invoice, f"demo-wire-{invoice['number']}", paid_on, amount=part, method="wire")


def credits_and_deposits(today: date) -> Iterator[tuple[date, Line]]:
    """Yield credit memos and deposits: unused, used in part and used up; the last one in euros.

    The invoices that they lower are those of `history.py` that wait for them.
    """
    for place, (days, currency, net, used) in enumerate(CREDITS):
        on = today - timedelta(days=days)
        yield (
            on,
            document(
                "credit_memo",
                external_id=f"demo-credit-{place}",
                number=f"CM-{100 + place}",
                currency=currency,
                issued_on=on,
                reason=_REASONS[place],
                net=net,
                applications=_used(used),
            ),
        )
    for place, (days, currency, amount, used) in enumerate(DEPOSITS):
        on = today - timedelta(days=days)
        yield (
            on,
            document(
                "deposit",
                external_id=f"demo-deposit-{place}",
                number=f"DEP-{100 + place}",
                currency=currency,
                received_on=on,
                reference=f"Wire {20441 + place}",
                amount=amount,
                applications=_used(used),
            ),
        )


_REASONS = ("Two seats billed twice", "Visit cancelled", "返品二点", "Remise de fin d’année")
# Days ago, currency, amount, and the parts that were used: the invoice's place and the amount.
CREDITS: tuple[tuple[int, str, int, dict[int, int]], ...] = (
    (33, "USD", 6_400, {}),
    (64, "USD", 25_000, {20: 15_000}),
    (200, "USD", 12_500, {61: 12_500}),
    (15, "EUR", 30_000, {}),
)
DEPOSITS: tuple[tuple[int, str, int, dict[int, int]], ...] = (
    (45, "USD", 50_000, {}),
    (30, "USD", 40_000, {12: 10_000}),
    (120, "USD", 20_000, {33: 20_000}),
)


def _used(parts: dict[int, int]) -> list[Line]:
    return [{"invoice": invoice_id(place), "amount": amount} for place, amount in parts.items()]


def _goods(index: int, quantity: int) -> Line:
    description, price = _GOODS[index % len(_GOODS)]
    return {
        "description": description,
        "quantity": str(quantity),
        "unit_amount": price,
        "amount": price * quantity,
    }


def document(kind: str, **fields: Any) -> Line:
    """Return a document's line; a field that is None is left out."""
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}
    return {"type": kind, "account": ACCOUNT} | {name: value for name, value in plain.items() if value is not None}
