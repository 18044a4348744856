"""The transaction history: the books, as the customer reads them."""

from uuid import UUID

from billing_api.kit.clock import Clock
from billing_api.kit.file_names import file_name, period
from billing_api.kit.money import decimal_text
from billing_api.kit.pagination import Page
from billing_api.kit.spreadsheets import Cell, Sheet, moment, plain
from billing_api.profiles.service import Profiles
from billing_api.transactions.repository import ExportedEntry, TransactionRepository
from billing_api.transactions.schemas import TransactionFilters, TransactionQuery, TransactionRead

COLUMNS = (
    "effective_on",
    "type",
    "number",
    "invoice_number",
    "po_number",
    "reference",
    "settled_invoices",
    "contested",
    "currency",
    "amount",
    "balance_effect",
    "posted_at",
    "id",
    "document_id",
    "invoice_id",
)

_PAGE = Page[TransactionRead]  # once: the look-up of a generic model takes time


class Transactions:
    """The history of one account."""

    def __init__(self, clock: Clock, transactions: TransactionRepository, profiles: Profiles) -> None:
        self._clock = clock
        self._transactions = transactions
        self._profiles = profiles

    async def list(self, account_id: UUID, query: TransactionQuery) -> Page[TransactionRead]:
        """Return one page in one round trip, whatever its depth. Raise BadCursorError."""
        return _PAGE.of(await self._transactions.list_page(account_id, query))

    async def export(self, account_id: UUID, filters: TransactionFilters) -> Sheet[ExportedEntry]:
        """Return the entries as a table, from one snapshot; its amounts are decimals in major units.

        Raise TooManyExportsError, ExportsBusyError.
        """
        profile = await self._profiles.get(account_id)
        days = period(filters.date_from, filters.date_to, self._clock.today())
        name = file_name("Transactions", profile.company_name, days)
        return Sheet(name, COLUMNS, await self._transactions.export(account_id, filters), _cells)


def _cells(row: ExportedEntry) -> list[Cell]:
    return [
        row.effective_on,
        row.type,
        plain(row.number),
        plain(row.invoice_number),
        plain(row.po_number),
        plain(row.reference),
        plain(_settled(row)),
        None if row.contested is None else decimal_text(row.contested, row.currency),
        row.currency,
        decimal_text(row.amount, row.currency),
        decimal_text(row.balance_effect, row.currency),
        moment(row.posted_at),
        str(row.id),
        str(row.document_id),
        None if row.invoice_id is None else str(row.invoice_id),
    ]


def _settled(row: ExportedEntry) -> str | None:
    """Return the invoices of a payment with their parts: `INV-1 100.00, INV-2 48.00`."""
    if row.allocations is None:
        return None
    return ", ".join(f"{part['number']} {decimal_text(part['amount'], row.currency)}" for part in row.allocations)
