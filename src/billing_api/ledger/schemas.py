"""The query of the history, as clients send it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from billing_api.kit.money import MAX_AMOUNT, Currency
from billing_api.kit.pagination import PageQuery
from billing_api.kit.schema import AsDigits, Day, SearchText
from billing_api.ledger.values import EntryKind

TransactionSort = Literal["date", "-date", "number", "-number", "amount", "-amount"]


def _split(given: object) -> object:
    """`type=invoice,payment` means the same as `type=invoice&type=payment`."""
    if not isinstance(given, list):
        return given
    return [name for item in given for name in (item.split(",") if isinstance(item, str) else [item])]


class TransactionQuery(PageQuery):
    """The entries of a page, and their order."""

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
