"""Fill a migrated database by COPY: customers, their users and addresses, invoices and the books behind them."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from billing_api.auth.caller import Caller
from billing_api.kit.ids import new_id

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]  # generic for the type checker alone
Row = dict[str, Any]

_NOW = datetime.now(UTC)
_TODAY = _NOW.date()
_DAYS = 4 * 365  # the invoices of an account are spread over so many
_NET_DAYS = 30
_OPEN_SHARE = 0.2  # of the invoices; the others are paid
_TAX_DIVISOR = 11  # a tenth on top of the net amount
_LINES = 3  # of an account's newest invoice
_LEAST_NEWEST = 2_000_000  # minor units: room for the payments of a measurement
_ROWS_IN_MEMORY = 50_000

# The indexes that no constraint needs.
_INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index
WHERE indrelid IN ('invoices'::regclass, 'ledger_entries'::regclass)
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_NOT_APPLIED = dict.fromkeys(
    ("credited", "deposit_applied", "discounted", "written_off", "voided", "amount_pending"), 0
)
_NOT_MOVED = dict.fromkeys(
    ("receivable", "customer_credit", "revenue", "tax", "cash_clearing", "discounts", "write_offs"), 0
)


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a database; the invoices that are not the biggest account's are spread evenly over the others."""

    accounts: int
    invoices: int
    biggest: int


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of an account, and the account's newest invoice: it is open, and has lines and a tax."""

    caller: Caller
    invoice_id: UUID


async def fill(dsn: str, size: Size) -> list[Owner]:
    """Fill an empty, migrated database, and return the accounts' owners, that of the biggest account first.

    The same size gives the same amounts and dates, under other ids.
    """
    callers = [
        Caller(account_id=new_id(), user_id=new_id(), session_id=new_id(), role="owner") for _ in range(size.accounts)
    ]
    connection = await asyncpg.connect(dsn)
    try:
        # Foreign keys hold by construction: to check each of them row by row would take half of the time.
        await connection.execute("SET session_replication_role = replica")
        indexes = await connection.fetch(_INDEXES)
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        await _copy(connection, _everything(callers, size))
        for index in indexes:
            await connection.execute(index["definition"])
        await connection.execute("VACUUM ANALYZE")
        newest = await connection.fetch("SELECT DISTINCT account_id, invoice_id FROM invoice_taxes")
    finally:
        await connection.close()
    invoice_ids = {row["account_id"]: row["invoice_id"] for row in newest}
    return [Owner(caller, invoice_ids[caller.account_id]) for caller in callers]


async def _copy(connection: "Connection", rows: Iterable[tuple[str, Row]]) -> None:
    waiting: defaultdict[str, list[Row]] = defaultdict(list)
    for count, (table, row) in enumerate(rows, 1):
        waiting[table].append(row)
        if count % _ROWS_IN_MEMORY == 0:
            await _flush(connection, waiting)
    await _flush(connection, waiting)


async def _flush(connection: "Connection", waiting: dict[str, list[Row]]) -> None:
    for table, rows in waiting.items():
        await connection.copy_records_to_table(
            table, columns=tuple(rows[0]), records=[tuple(row.values()) for row in rows]
        )
    waiting.clear()


def _everything(callers: list[Caller], size: Size) -> Iterator[tuple[str, Row]]:
    chance = random.Random(size.invoices)  # noqa: S311 - figures, not secrets
    each = (size.invoices - size.biggest) // (size.accounts - 1)
    for index, caller in enumerate(callers):
        yield from _customer(caller, index)
        yield from _documents(caller.account_id, size.biggest if index == 0 else each, chance)


def _customer(caller: Caller, index: int) -> Iterator[tuple[str, Row]]:
    """Yield an account with its profile, its owner's session, an address and a card."""
    account = {"account_id": caller.account_id}
    made, changed = {"created_at": _NOW, "version": 1}, {"updated_at": _NOW, "version": 1}
    name = f"Customer {index}"
    terms = {
        "currency": "USD",
        "net_days": _NET_DAYS,
        "discount_basis_points": 0,
        "discount_days": 0,
        "discount_includes_tax": True,
    }
    yield "accounts", {"id": caller.account_id, "name": name, "status": "active", **terms, **made, **changed}
    yield (
        "profiles",
        {**account, "company_name": name, "email": f"ap@customer-{index}.example", "locale": "en-US", **changed},
    )
    yield "users", {"id": caller.user_id, "name": f"Pat {index}", "password_is_long": True, **made}
    yield "memberships", {**account, "person_id": caller.user_id, "role": caller.role, **made}
    yield (
        "sessions",
        {
            **account,
            "id": caller.session_id,
            "person_id": caller.user_id,
            "created_at": _NOW,
            "last_seen_at": _NOW,
            "expires_at": _NOW + timedelta(days=30),
        },
    )
    yield (
        "addresses",
        {
            **account,
            "id": new_id(),
            "recipient": name,
            "line1": "1600 Amphitheatre Parkway",
            "city": "Mountain View",
            "region": "CA",
            "postal_code": "94043",
            "country": "US",
            "default_billing": True,
            "default_shipping": True,
            **made,
            **changed,
        },
    )
    method_id = new_id()
    yield (
        "payment_methods",
        {
            **account,
            "id": method_id,
            "kind": "card",
            "status": "active",
            "token": method_id.hex,
            "is_default": True,
            "last4": "1881",
            "brand": "Visa",
            "cardholder_name": f"Pat {index}",
            "expiration_month": 12,
            "expiration_year": _TODAY.year + 3,
            "verification_wants_amounts": False,
            "verification_tries": 0,
            **made,
            **changed,
        },
    )


def _documents(account_id: UUID, count: int, chance: random.Random) -> Iterator[tuple[str, Row]]:
    """Yield an account's invoices, oldest first, with their postings; the newest has lines and a tax."""
    books = _Books(account_id)
    for index in range(count):
        issued_on = _TODAY - timedelta(days=_DAYS - _DAYS * index // count)
        is_newest = index == count - 1
        invoice = _invoice(account_id, index, issued_on, chance, is_newest=is_newest)
        yield "invoices", invoice
        if is_newest:
            yield from _parts(invoice)
        total, tax = invoice["total"], invoice["tax"]
        posted = {"receivable": total, "revenue": tax - total, "tax": -tax}
        yield "ledger_entries", books.entry("invoice", invoice["id"], invoice["number"], issued_on, total, posted)
        if invoice["closed_on"] is not None:
            number, paid = f"PAY-{index}", {"receivable": -total, "cash_clearing": total}
            yield "ledger_entries", books.entry("payment", new_id(), number, invoice["closed_on"], total, paid)
    yield from books.totals()


def _parts(invoice: Row) -> Iterator[tuple[str, Row]]:
    """Yield the lines and the tax of an invoice."""
    of = {"account_id": invoice["account_id"], "invoice_id": invoice["id"]}
    each = invoice["net"] // _LINES
    for position in range(_LINES):
        amount = invoice["net"] - each * (_LINES - 1) if position == 0 else each
        line = {"description": f"Widgets, lot {position}", "quantity": 1, "unit_amount": amount, "amount": amount}
        yield "invoice_lines", {**of, "id": new_id(), "position": position, **line}
    tax = {"name": "Sales tax", "rate": Decimal("10.000000"), "amount": invoice["tax"]}
    yield "invoice_taxes", {**of, "id": new_id(), "position": 0, **tax}


def _invoice(account_id: UUID, index: int, issued_on: date, chance: random.Random, *, is_newest: bool) -> Row:
    total = chance.randrange(_LEAST_NEWEST if is_newest else 1_000, 5_000_000)
    tax = total // _TAX_DIVISOR
    closes_on = issued_on + timedelta(days=chance.randrange(_NET_DAYS * 2))
    is_open = is_newest or closes_on > _TODAY or chance.random() < _OPEN_SHARE
    closed_on = None if is_open else closes_on
    return {
        "account_id": account_id,
        "id": new_id(),
        "kind": "invoice",
        "number": f"INV-{index:07}",
        "po_number": f"PO-{chance.randrange(10_000)}" if index % 3 else None,
        "status": "open" if is_open else "paid",
        "currency": "USD",
        "issued_on": issued_on,
        "due_on": issued_on + timedelta(days=_NET_DAYS),
        "closed_on": closed_on,
        "last_applied_on": closed_on,
        "net": total - tax,
        "tax": tax,
        "total": total,
        "paid": 0 if is_open else total,
        **_NOT_APPLIED,
        "amount_due": total if is_open else 0,
        "discount_basis_points": 0,
        "discount_includes_tax": True,
        "created_at": _NOW,
        "updated_at": _NOW,
        "version": 1,
    }


class _Books:
    """The journal of one account as it grows, and its totals."""

    def __init__(self, account_id: UUID) -> None:
        self._account_id = account_id
        self._seq = 0
        self._months: defaultdict[date, int] = defaultdict(int)

    def entry(
        self, kind: str, document_id: UUID, number: str, effective_on: date, amount: int, moved: dict[str, int]
    ) -> Row:
        """Return the next entry."""
        self._seq += 1
        self._months[effective_on.replace(day=1)] += moved["receivable"]
        return {
            "account_id": self._account_id,
            "id": new_id(),
            "seq": self._seq,
            "kind": kind,
            "currency": "USD",
            "effective_on": effective_on,
            "posted_at": _NOW,
            "document_id": document_id,
            "number": number,
            "amount": amount,
            **(_NOT_MOVED | moved),
        }

    def totals(self) -> Iterator[tuple[str, Row]]:
        """Yield the balance, the months and the counter after all entries."""
        own = {"account_id": self._account_id, "currency": "USD", "customer_credit": 0}
        yield "ledger_balances", {**own, "receivable": sum(self._months.values()), "pending": 0}
        for month, receivable in self._months.items():
            yield "ledger_months", {**own, "month": month, "receivable": receivable}
        yield "counters", {"account_id": self._account_id, "name": "ledger_seq", "value": self._seq}
