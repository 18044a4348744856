"""The port by which a refund whose money has come back undoes write-offs; they are another feature's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.invoices.applying import ApplicationReason


@dataclass(frozen=True, slots=True)
class WriteOffsOfInvoice:
    """The write-offs of an invoice, as refunds know them: `undo` makes all of them due again."""

    undo: Callable[[LockedAccount, UUID, ApplicationReason], Awaitable[None]]
