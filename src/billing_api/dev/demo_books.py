"""The demo account's books, in the form that `billing-api import` takes: thirteen months that end today."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

ACCOUNT = "demo-account"

_GOODS = (
    ("Site licence, monthly", 48_000),
    ("Support plan, monthly", 12_500),
    ("Extra seats", 3_200),
    ("Data migration, per day", 95_000),
    ("Training, half a day", 60_000),
)
_TAX_BASIS_POINTS = 825
_NET_DAYS = 30
_EVERY_DAYS = 14
_INVOICES = 28
_UNPAID = (10, 18, 20, 22, 24)  # one for each part of the ageing, and a very old one


def demo_lines(today: date) -> Iterator[bytes]:
    """The lines: the account, its invoices, a credit memo, a deposit, and the checks that paid most of them."""
    for line in _documents(today):
        yield json.dumps(line).encode()


def _documents(today: date) -> Iterator[dict[str, Any]]:
    yield {
        "type": "account",
        "external_id": ACCOUNT,
        "name": "Sunny Side Bakery Ltd",
        "currency": "USD",
        "terms": {"net_days": _NET_DAYS, "discount_basis_points": 200, "discount_days": 10},
        "credit_limit": 5_000_000,
    }
    for index in range(_INVOICES):
        issued_on = today - timedelta(days=_EVERY_DAYS * (_INVOICES - 1 - index) + 2)
        yield from _invoice(index, issued_on, today)
    yield _document(
        "invoice",
        external_id="demo-invoice-eur",
        number="INV-E100",
        currency="EUR",
        issued_on=today - timedelta(days=20),
        lines=[{"description": "Workshop in Lyon", "quantity": "1", "unit_amount": 180_000, "amount": 180_000}],
    )
    yield _document(
        "credit_memo",
        external_id="demo-credit",
        number="CM-100",
        currency="USD",
        issued_on=today - timedelta(days=33),
        reason="Two seats billed twice",
        net=6_400,
    )
    yield _document(
        "deposit",
        external_id="demo-deposit",
        number="DEP-100",
        currency="USD",
        received_on=today - timedelta(days=45),
        reference="Wire 20441",
        amount=50_000,
    )


def _invoice(index: int, issued_on: date, today: date) -> Iterator[dict[str, Any]]:
    goods = [_GOODS[index % len(_GOODS)], _GOODS[(index * 3 + 1) % len(_GOODS)]]
    lines, net = [], 0
    for place, (description, price) in enumerate(goods):
        quantity = 1 + (index + place) % 3
        amount = price * quantity
        net += amount
        line = {"description": description, "quantity": str(quantity), "unit_amount": price, "amount": amount}
        lines.append(line)
    tax = (net * _TAX_BASIS_POINTS + 5_000) // 10_000
    invoice = f"demo-invoice-{index:03}"
    yield _document(
        "invoice",
        external_id=invoice,
        number=f"INV-{1000 + index}",
        po_number=f"PO-{7700 + index}" if index % 2 else None,
        currency="USD",
        issued_on=issued_on,
        lines=lines,
        taxes=[{"name": "Sales tax", "rate": "8.25", "amount": tax}],
    )
    paid_on = issued_on + timedelta(days=21 + index % 17)
    if paid_on <= today and index not in _UNPAID:
        yield _document(
            "payment",
            external_id=f"demo-payment-{index:03}",
            method="check" if index % 3 else "wire",
            currency="USD",
            amount=net + tax,
            received_on=paid_on,
            reference=f"{50_000 + index}",
            allocations=[{"invoice": invoice, "amount": net + tax}],
        )


def _document(kind: str, **fields: Any) -> dict[str, Any]:
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}
    return {"type": kind, "account": ACCOUNT} | {name: value for name, value in plain.items() if value is not None}
