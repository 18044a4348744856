"""Books that hypothesis makes up: three invoices, what happens to them, and money and credits for them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from tests.factories.imports import Books
from tests.factories.invoices import reserve_on_invoice, void_invoice
from tests.fixtures.services import Services

FIRST_DAY = date(2026, 1, 15)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(60)]
NAMES = ["INV-1", "INV-2", "INV-3"]
Fields = dict[str, Any]

days = st.sampled_from(DAYS).map(date.isoformat)
amounts = st.sampled_from([100, 200, 300])  # few, so that what is applied often closes an invoice
currencies = st.sampled_from(["USD", "USD", "USD", "USD", "JPY"])
invoices = st.fixed_dictionaries(
    {"amount": amounts, "issued_on": days, "due_on": st.just("2026-03-20") | st.just("2026-04-20")},
    optional={"currency": currencies},
)


@st.composite
def uses(draw: st.DrawFn) -> tuple[str, Fields]:
    """A payment, credit memo or deposit for some invoices; a few apply more than there is, or across currencies."""
    kind = draw(st.sampled_from(["payment", "payment", "credit_memo", "deposit"]))
    parts = draw(st.dictionaries(st.sampled_from(NAMES), amounts, max_size=2))
    day, size = draw(days), sum(parts.values()) + draw(st.sampled_from([0, 0, 50]))
    currency = draw(currencies)
    if kind == "payment":
        return kind, {"amount": size or 10, "allocations": parts, "received_on": day, "currency": currency}
    dated, total = ("issued_on", "net") if kind == "credit_memo" else ("received_on", "amount")
    return kind, {total: size or 10, "applications": parts, dated: day, "applied_on": draw(days), "currency": currency}


Meanwhile = tuple[str, str, int]
meanwhile = st.tuples(st.sampled_from(["void", "reserve", "reserve"]), st.sampled_from(NAMES), amounts)


async def begin_books(services: Services, posted: Sequence[Fields], happened: Sequence[Meanwhile]) -> Books:
    """Post the invoices of an account of its own, and what happens to them."""
    books = Books()
    await services.imports.run(
        [books.account_line(), *(books.invoice(name, **fields) for name, fields in zip(NAMES, posted, strict=True))]
    )
    account_id = await account_of(services, books)
    for what, name, amount in happened:
        await _happen(services, books, account_id, what, name, amount)
    return books


async def account_of(services: Services, books: Books) -> UUID:
    """The account's id."""
    found = await services.database.run(lambda: services.accounts.list_references("account", [books.account]))
    return found[books.account].account_id


def lines_of_uses(books: Books, used: Sequence[tuple[str, Fields]]) -> list[bytes]:
    """The payments, credit memos and deposits as lines of an import."""
    return [getattr(books, kind)(f"{kind}-{number}", **fields) for number, (kind, fields) in enumerate(used)]


async def _happen(services: Services, books: Books, account_id: UUID, what: str, name: str, amount: int) -> None:
    """A bank transfer is under way for an invoice, or it is voided, as far as that can be."""
    found = await services.database.run(lambda: services.accounts.list_references("invoice", [books.id(name)]))
    invoice = await services.invoices.get(account_id, found[books.id(name)].object_id)
    if what == "void" and invoice.status == "open" and not invoice.amount_pending:
        await void_invoice(services, account_id, invoice.id, on=FIRST_DAY)
    elif what == "reserve" and amount <= invoice.amount_due - invoice.amount_pending and invoice.currency == "USD":
        await reserve_on_invoice(services, account_id, invoice.id, amount)
