"""The transaction history on the wire."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from billing_api.kit.money import MAX_AMOUNT, Currency
from billing_api.kit.pagination import PageQuery
from billing_api.kit.schema import AsDigits, Day, SearchText
from billing_api.ledger.postings import EntryKind

TransactionSort = Literal["date", "-date", "number", "-number", "amount", "-amount"]


def _split(given: object) -> object:
    """`type=invoice,payment` means the same as `type=invoice&type=payment`."""
    if not isinstance(given, list):
        return given
    return [name for item in given for name in (item.split(",") if isinstance(item, str) else [item])]


@dataclass(frozen=True, slots=True)
class TransactionRead:
    """One entry of the history. `balance_effect` is how much more is owed after it: negative for a payment."""

    id: UUID
    type: EntryKind
    number: str
    document_id: UUID
    invoice_id: UUID | None
    effective_on: date
    posted_at: datetime
    currency: str
    amount: int
    balance_effect: int


class TransactionQuery(PageQuery):
    """Which entries, and in which order."""

    type: Annotated[
        list[EntryKind] | None,
        BeforeValidator(_split),
        Field(max_length=len(EntryKind), description="One or several, repeated or with commas"),
    ] = None
    date_from: Day | None = None
    date_to: Day | None = None
    amount_min: Annotated[int, Field(ge=0, le=MAX_AMOUNT), AsDigits] | None = None
    amount_max: Annotated[int, Field(ge=0, le=MAX_AMOUNT), AsDigits] | None = None
    currency: Currency | None = None
    q: SearchText | None = Field(None, description="Part of the document's number, in any case of letters")
    sort: TransactionSort = Field("-date", description="`-` turns it round; `number` counts: INV-9 before INV-10")
