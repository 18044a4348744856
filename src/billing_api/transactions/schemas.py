"""The schemas of the transaction history."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from billing_api.kit.documented import Named
from billing_api.kit.money import MAX_AMOUNT, Currency
from billing_api.kit.pagination import PageQuery, Several
from billing_api.kit.read_types import AmountRead, CurrencyRead, NumberRead
from billing_api.kit.schema import AsDigits, Day, InputSchema, SearchText
from billing_api.ledger.values import EntryKind

TransactionType = Annotated[
    EntryKind,
    Named(
        "TransactionType",
        "The sort of fact that an entry of the books records",
        {
            "invoice": "A bill was posted",
            "fee": "A charge such as for a returned payment was posted",
            "repayment": "A refund is due again, since its payment had been returned as well",
            "void": "An invoice was withdrawn",
            "credit_memo": "A credit memo was posted",
            "deposit": "Money was received ahead of an invoice",
            "payment": "A payment was received",
            "payment_application": "Unapplied money of a payment was used for invoices",
            "credit_application": "A credit memo was used for invoices",
            "deposit_application": "A deposit was used for invoices",
            "discount": "An invoice was paid early",
            "write_off": "The vendor gave an amount up",
            "write_off_reversal": "An amount that the vendor had given up is due again",
            "payment_application_reversal": "The use of a payment for an invoice was undone",
            "credit_application_reversal": "The use of a credit memo for an invoice was undone",
            "deposit_application_reversal": "The use of a deposit for an invoice was undone",
            "refund": "Money of a payment was given back",
            "credit_refund": "Money was given back for a credit memo",
            "deposit_refund": "A deposit was given back",
            "refund_failed": "A refund did not reach the customer, and its money is where it was before",
            "return": "The money of a payment is not there any more: it was returned, or its charge was voided",
            "chargeback": "A card's owner disputed a payment, and its money was taken back",
            "chargeback_won": "The money of a disputed payment came back",
        },
    ),
]
TransactionSort = Annotated[
    Literal["effective_on", "-effective_on", "number", "-number", "amount", "-amount"],
    Named("TransactionSort", "A field of the rows; `-` turns the order round"),
]


# Not frozen, as all rows of long lists: each field of a frozen one is set by a call.
@dataclass
class TransactionRead:
    """One entry of the history. `balance_effect` is how much more is owed after it: negative for a payment."""

    id: UUID
    type: TransactionType
    number: NumberRead
    document_id: Annotated[
        UUID, Field(description="The id of the invoice, payment, credit memo or deposit that was posted")
    ]
    invoice_id: Annotated[UUID | None, Field(description="The invoice that it changes; null when it changes none")]
    effective_on: date
    posted_at: Annotated[datetime, Field(description="When it was posted, in UTC")]
    currency: CurrencyRead
    amount: AmountRead
    balance_effect: Annotated[
        AmountRead,
        Field(
            description="The change of the balance, in the currency's minor unit: negative when less is owed after it"
        ),
    ]


class TransactionFilters(InputSchema):
    """The entries of an export, and their order."""

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
    q: SearchText | None = Field(
        None,
        description="Part of the document's number, of a payment's or deposit's reference, or of the PO number of the "
        "invoice that the entry changes, in any case of letters",
    )
    sort: TransactionSort = Field(
        "-effective_on", description="`-` turns it round; `number` counts: INV-9 before INV-10"
    )


class TransactionQuery(PageQuery, TransactionFilters):
    """The entries of a page, and their order."""
