"""Papers as tests print them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from billing_api.documents.papers import (
    Ageing,
    BankAccount,
    CurrencyPart,
    DiscountTerms,
    InvoicePaper,
    Letterhead,
    Movement,
    OpenItem,
    PrintedApplication,
    PrintedLine,
    PrintedShare,
    ReceiptPaper,
    ReceiptStatus,
    Recipient,
    StatementPaper,
    Sum,
    Tax,
)

MADE_AT = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60"><rect width="60" height="60" rx="12" fill="#1f4fd8"/>'
    '<path d="M16 44V16h10l8 16 8-16h2v28" fill="none" stroke="#fff" stroke-width="5"/></svg>'
)
LETTERHEAD = Letterhead(
    name="Northwind Paper Company",
    address=("2200 Harbor Street, Suite 400", "Portland, OR 97201", "United States"),
    country="US",
    contact=("+1 503 555 0142", "billing@northwind.example", "www.northwind.example"),
    registration=("EIN 12-3456789", "Registered in Oregon"),
    color="#1f4fd8",
    logo=LOGO,
    remit_to=("Northwind Paper Company", "Lockbox 7731", "PO Box 9001", "Portland, OR 97207"),
    banks=(
        BankAccount("USD", (("Bank", "First Example Bank"), ("Routing", "021000021"), ("Account", "000123456789"))),
        BankAccount("EUR", (("IBAN", "DE89 3704 0044 0532 0130 00"), ("BIC", "COBADEFFXXX"))),
    ),
    portal_url="https://portal.northwind.example",
)
RECIPIENT = Recipient(
    name="Riverside Books & Stationery LLC",
    lines=("Riverside Books & Stationery LLC", "Accounts Payable", "1450 Elm Avenue", "Springfield, IL 62704"),
    country="US",
    account_number="C-10482",
)


def statement_paper(count: int = 18, **changes: object) -> StatementPaper:
    """Return a statement of activity with so many movements."""
    balance, movements = 184_250, []
    for place in range(count):
        kind, amount = [("invoice", 124_900), ("payment", -90_000), ("invoice", 45_25), ("credit_memo", -12_300)][
            place % 4
        ]
        amount += place * 117 * (1 if amount > 0 else -1)
        balance += amount
        day = date(2026, 11, 1) + timedelta(days=min(29, place * 29 // max(1, count)))
        number = {"invoice": "INV-", "payment": "PMT-", "credit_memo": "CM-"}[kind] + f"{2400 + place}"
        reference = f"PO-77{place:02d}" if kind == "invoice" else None
        movements.append(Movement(day, kind, number, reference, amount, balance))
    owed = balance + 18_000
    late = owed * 28 // 100, owed * 18 // 100, owed * 9 // 100, owed * 5 // 100
    part = CurrencyPart(
        currency="USD",
        opening=184_250,
        closing=balance,
        due=max(0, balance),
        charges=sum(one.amount for one in movements if one.amount > 0),
        credits=sum(one.amount for one in movements if one.amount < 0),
        sums=(
            Sum("invoice", 9, sum(one.amount for one in movements if one.amount > 0)),
            Sum("payment", 9, sum(one.amount for one in movements if one.amount < 0)),
        ),
        movements=tuple(movements),
        ageing=Ageing(owed - sum(late), *late, -18_000),
    )
    paper = StatementPaper(
        letterhead=LETTERHEAD,
        recipient=RECIPIENT,
        number="ST-000012",
        kind="activity",
        summary=False,
        period_from=date(2026, 11, 1),
        period_to=date(2026, 11, 30),
        issued_on=date(2026, 12, 1),
        made_at=MADE_AT,
        parts=(part,),
    )
    return replace(paper, **changes)  # type: ignore[arg-type] # fields by name


def open_items_paper(**changes: object) -> StatementPaper:
    """Return a statement of open items, some of them overdue, with a credit that is not applied."""
    items = (
        OpenItem(
            "invoice",
            "INV-2288",
            "PO-7611",
            date(2026, 8, 14),
            date(2026, 9, 13),
            48_000,
            30_000,
            78,
            contested=12_000,
        ),
        OpenItem("invoice", "INV-2341", "PO-7650", date(2026, 10, 2), date(2026, 11, 1), 125_000, 125_000, 29),
        OpenItem("credit_memo", "CM-0071", None, date(2026, 11, 3), None, -18_000, -18_000, 0),
        OpenItem("invoice", "INV-2412", "PO-7702", date(2026, 11, 12), date(2026, 12, 12), 310_450, 310_450, 0),
    )
    part = CurrencyPart(
        currency="USD",
        opening=0,
        closing=447_450,
        due=447_450,
        overdue=155_000,
        contested=12_000,
        open_items=items,
        ageing=Ageing(310_450, 125_000, 0, 30_000, 0, -18_000),
    )
    return replace(statement_paper(kind="open_items", parts=(part,)), **changes)  # type: ignore[arg-type] # fields by name


def invoice_paper(**changes: object) -> InvoicePaper:
    """Return an invoice with lines, a tax, a part payment and a discount."""
    paper = InvoicePaper(
        letterhead=LETTERHEAD,
        recipient=RECIPIENT,
        number="INV-2412",
        kind="invoice",
        status="open",
        po_number="PO-7702",
        issued_on=date(2026, 11, 12),
        due_on=date(2026, 12, 12),
        closed_on=None,
        is_overdue=False,
        contested=0,
        currency="USD",
        net=300_000,
        total=324_750,
        amount_due=224_750,
        amount_pending=0,
        memo="Thank you for your order. Pallets are collected on Tuesdays.",
        lines=(
            PrintedLine("Recycled copy paper A4, 80 g/m², carton of 5 reams", Decimal(60), 3_450, 207_000),
            PrintedLine("Kraft envelopes C5, box of 500", Decimal("12.5"), 6_800, 85_000),
            PrintedLine("Delivery and handling, two pallets", Decimal(1), 20_500, 20_500),
            PrintedLine("Return of damaged cartons, order PO-7650", Decimal(-4), 3_125, -12_500),
        ),
        taxes=(Tax("Sales tax", Decimal("8.25"), 24_750),),
        applications=(PrintedApplication(date(2026, 11, 20), "payment", "PMT-000412", 100_000),),
        discount=DiscountTerms(Decimal(2), date(2026, 11, 22), 6_495),
        made_at=MADE_AT,
    )
    return replace(paper, **changes)  # type: ignore[arg-type] # fields by name


def receipt_paper(**changes: object) -> ReceiptPaper:
    """Return the receipt of a card payment for two invoices."""
    paper = ReceiptPaper(
        letterhead=LETTERHEAD,
        recipient=RECIPIENT,
        number="PMT-000412",
        status=ReceiptStatus.RECEIVED,
        method="card",
        brand="Visa",
        last4="4242",
        reference=None,
        received_on=date(2026, 11, 20),
        currency="USD",
        amount=148_000,
        refunded=0,
        unapplied=0,
        allocations=(PrintedShare("INV-2412", 100_000), PrintedShare("INV-2288", 48_000)),
        made_at=MADE_AT,
    )
    return replace(paper, **changes)  # type: ignore[arg-type] # fields by name
