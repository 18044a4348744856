"""The port by which an invoice that is paid or void ends its dispute, which is another feature's."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.invoices.fields import InvoiceStatus


@dataclass(frozen=True, slots=True)
class ClosedInvoice:
    """An invoice that was contested until this transaction closed it."""

    id: UUID
    number: str
    status: InvoiceStatus


@dataclass(frozen=True, slots=True)
class Contests:
    """The disputes of invoices, as invoices know them."""

    settle: Callable[[LockedAccount, Sequence[ClosedInvoice]], Awaitable[None]]
