"""Invoices as a table for spreadsheet programs."""

from uuid import UUID

from billing_api.invoices.repository import InvoiceRepository
from billing_api.invoices.schemas import InvoiceFilters
from billing_api.invoices.values import ExportedInvoice
from billing_api.kit.clock import Clock
from billing_api.kit.file_names import file_name, period
from billing_api.kit.money import decimal_text
from billing_api.kit.spreadsheets import Cell, Sheet, plain
from billing_api.profiles.service import Profiles

_FACTS = (
    "number",
    "type",
    "po_number",
    "external_id",
    "status",
    "payment_status",
    "overdue",
    "issued_on",
    "due_on",
    "closed_on",
    "currency",
)
_AMOUNTS = (
    "net",
    "tax",
    "total",
    "paid",
    "credited",
    "deposit_applied",
    "discounted",
    "written_off",
    "voided",
    "amount_due",
    "amount_pending",
    "contested",
)
COLUMNS = (*_FACTS, *_AMOUNTS, "id")


class InvoiceExport:
    """The invoices of one account, as a file."""

    def __init__(self, clock: Clock, invoices: InvoiceRepository, profiles: Profiles) -> None:
        self._clock = clock
        self._invoices = invoices
        self._profiles = profiles

    async def open(self, account_id: UUID, filters: InvoiceFilters) -> Sheet[ExportedInvoice]:
        """Return the invoices as a table, from one snapshot; its amounts are decimals in major units.

        Raise TooManyExportsError, ExportsBusyError.
        """
        today = self._clock.today()
        profile = await self._profiles.get(account_id)
        name = file_name("Invoices", profile.company_name, period(filters.date_from, filters.date_to, today))
        return Sheet(name, COLUMNS, await self._invoices.export(account_id, filters, today), _cells)


def _cells(row: ExportedInvoice) -> list[Cell]:
    currency = row.currency
    return [
        plain(row.number),
        row.type,
        plain(row.po_number),
        plain(row.external_id),
        row.status,
        row.payment_status,
        "true" if row.overdue else "false",
        row.issued_on,
        row.due_on,
        row.closed_on,
        currency,
        *(decimal_text(getattr(row, name), currency) for name in _AMOUNTS),
        str(row.id),
    ]
