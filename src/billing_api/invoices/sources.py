"""Credit memos and deposits, used for invoices: the same steps for both."""

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol
from uuid import UUID

from billing_api.errors import AppError
from billing_api.invoices.applying import (
    Application,
    ApplicationKind,
    Shortfall,
    fit,
    require_currency,
    shortfall,
)
from billing_api.invoices.locked import LockedInvoices
from billing_api.kit.ids import new_id
from billing_api.ledger.postings import Document, Posting


@dataclass(frozen=True, slots=True)
class SourceUse:
    """The part of a credit memo or deposit that one invoice is to get; without a day it gets it today."""

    invoice_id: UUID
    amount: int
    on: date | None = None
    id: UUID = field(default_factory=new_id)  # of its application


@dataclass(frozen=True, slots=True)
class Source:
    """A credit memo or deposit, dated by its own day, and the amount of it that is left, in minor units."""

    document: Document
    unapplied: int


class PartPosting(Protocol):
    """The journal of a document's part that an invoice gets."""

    def __call__(self, document: Document, *, invoice_id: UUID, amount: int) -> Posting: ...


class Exceeded(Protocol):
    """The error for an amount of a document, by its id, that is more than it has left."""

    def __call__(self, document_id: UUID, /, *, number: str, amount: int, unapplied: int) -> AppError: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKind:
    """All that differs between credit memos and deposits as they are used for invoices.

    `posting` is the journal of a part, and `event` the action in the audit log and the kind in the events.
    """

    name: ApplicationKind
    event: str
    posting: PartPosting
    not_found: Callable[[UUID], AppError]
    exceeded: Exceeded

    def require(self, document_id: UUID, source: Source | None, uses: Sequence[SourceUse]) -> None:
        """Raise the kind's `not_found`, or `exceeded` when the parts are more than the document has left."""
        if source is None:
            raise self.not_found(document_id)
        amount = sum(use.amount for use in uses)
        if amount > source.unapplied:
            raise self.exceeded(document_id, number=source.document.number, amount=amount, unapplied=source.unapplied)


@dataclass(frozen=True, slots=True)
class Used:
    """A document with its applications, and the parts whose invoices had less room."""

    source: Source
    applications: list[Application]
    shortfalls: list[Shortfall]

    @property
    def id(self) -> UUID:
        """The document's id."""
        return self.source.document.id

    @property
    def unapplied(self) -> int:
        """The amount of the document that is left."""
        return self.source.unapplied - sum(application.amount for application in self.applications)

    def postings(self, posting: PartPosting) -> list[Posting]:
        """Return the journals of the applications."""
        return [
            posting(
                replace(self.source.document, effective_on=part.effective_on),
                invoice_id=part.invoice_id,
                amount=part.amount,
            )
            for part in self.applications
        ]


def use(
    invoices: LockedInvoices,
    room: MutableMapping[UUID, int],
    name: ApplicationKind,
    source: Source,
    uses: Sequence[SourceUse],
    *,
    today: date,
) -> Used:
    """Divide a document's parts among their invoices; `room`, the amount that each can still take, is lowered.

    A part counts from its own day, but never from before the document's or the invoice's. Raise OtherCurrencyError.
    """
    document, used = source.document, Used(source, [], [])
    for place, part in enumerate(uses):
        invoice = invoices[part.invoice_id]
        require_currency(invoice, document.currency)
        amount = fit(part.amount, room[invoice.id])
        if amount:
            room[invoice.id] -= amount
            used.applications.append(
                Application(
                    invoice_id=invoice.id,
                    kind=name,
                    source_id=document.id,
                    source_number=document.number,
                    effective_on=max(part.on or today, document.effective_on, invoice.issued_on),
                    amount=amount,
                    id=part.id,
                )
            )
        if amount < part.amount:
            used.shortfalls.append(shortfall(invoice, place, wanted=part.amount, applied=amount))
    return used
