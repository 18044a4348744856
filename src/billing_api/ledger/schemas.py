"""The query of the history, as clients send it."""

from typing import Annotated, Literal

from pydantic import Field

from billing_api.kit.documented import Named
from billing_api.kit.money import MAX_AMOUNT, Currency
from billing_api.kit.pagination import PageQuery, Several
from billing_api.kit.schema import AsDigits, Day, SearchText
from billing_api.ledger.values import EntryKind

TransactionType = Annotated[
    EntryKind,
    Named(
        "TransactionType",
        "The sort of fact that an entry of the books records",
        {
            "invoice": "A bill was posted",
            "fee": "A charge such as for a returned payment was posted",
            "void": "An invoice was withdrawn",
            "credit_memo": "A credit memo was posted",
            "deposit": "Money was received ahead of an invoice",
            "payment": "A payment was received",
            "credit_application": "A credit memo was used for invoices",
            "deposit_application": "A deposit was used for invoices",
            "discount": "An invoice was paid early",
            "write_off": "The vendor gave an amount up",
            "refund": "Money of a payment was given back",
            "credit_refund": "Money was given back for a credit memo",
            "deposit_refund": "A deposit was given back",
            "return": "The bank took a payment back",
            "chargeback": "A card's owner disputed a payment, and its money was taken back",
            "chargeback_won": "The money of a disputed payment came back",
        },
    ),
]
TransactionSort = Annotated[
    Literal["effective_on", "-effective_on", "number", "-number", "amount", "-amount"],
    Named("TransactionSort", "A field of the rows; `-` turns the order round"),
]


class TransactionQuery(PageQuery):
    """The entries of a page, and their order."""

    type: Several[TransactionType] = None
    date_from: Day | None = Field(None, description="The first `effective_on`")
    date_to: Day | None = Field(None, description="The last `effective_on`")
    amount_min: Annotated[int, Field(ge=0, le=MAX_AMOUNT), AsDigits] | None = Field(
        None, description="The least `amount`, in the currency's minor unit"
    )
    amount_max: Annotated[int, Field(ge=0, le=MAX_AMOUNT), AsDigits] | None = Field(
        None, description="The greatest `amount`, in the currency's minor unit"
    )
    currency: Several[Currency] = None
    q: SearchText | None = Field(None, description="Part of the document's number, in any case of letters")
    sort: TransactionSort = Field(
        "-effective_on", description="`-` turns it round; `number` counts: INV-9 before INV-10"
    )
