"""The schemas of statements; amounts in minor units."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from billing_api.balances.schemas import AgeingRead
from billing_api.kit.documented import Sent
from billing_api.kit.money import Currency
from billing_api.kit.pagination import PageQuery, Several
from billing_api.kit.read_types import (
    MAX_SUM,
    AmountRead,
    CountryRead,
    CurrencyRead,
    ExternalIdRead,
    LocaleRead,
    NameRead,
    NumberRead,
    ReferenceRead,
    SumRead,
)
from billing_api.kit.schema import Day, DocumentDate, InputSchema, Locale, ReadSchema
from billing_api.statements.fields import LineSection, StatementType
from billing_api.transactions.schemas import TransactionType

_EXAMPLE: dict[str, Any] = {"type": "activity", "date_from": "2026-10-01", "date_to": "2026-10-31"}
_POSITIVE = 2**31 - 1
_OF_ACTIVITY = "in the currency's minor unit; null for open items"


class StatementCreate(InputSchema):
    """The statement that is to be made. It never changes afterwards."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    type: StatementType
    date_from: DocumentDate | None = Field(
        None, description="The first day of the period; absent: the account's beginning. Open items have none"
    )
    date_to: DocumentDate = Field(
        description="The last day of the period, or the day of the open items: today at the latest"
    )
    locale: Locale | None = Field(
        None, description="The language and region in which it is printed, one of the portal's; absent: the profile's"
    )
    summary: StrictBool = Field(False, description="Whether it has totals by type in place of single lines")

    @model_validator(mode="after")
    def _period_fits(self) -> Self:
        if self.date_from is not None and self.type == "open_items":
            raise PydanticCustomError("open_items_of_a_day", "open items are those of `date_to`: leave out `date_from`")
        if self.date_from is not None and self.date_from > self.date_to:
            raise PydanticCustomError("period_reversed", "`date_from` is after `date_to`")
        return self


class StatementBalanceRead(ReadSchema):
    """The figures in one currency.

    opening_balance + adjustments + charges + credits = closing_balance = due - unapplied_credits - unapplied_deposits.
    """

    currency: CurrencyRead
    opening_balance: SumRead | None = Field(
        description=f"The balance before the period, as the statement before closed with it, {_OF_ACTIVITY}"
    )
    adjustments: SumRead | None = Field(
        description="The sum of the entries that are dated before the period and were posted since the statement "
        f"before, {_OF_ACTIVITY}"
    )
    charges: SumRead | None = Field(description=f"The sum of the movements that raised the balance, {_OF_ACTIVITY}")
    credits: SumRead | None = Field(
        description=f"The sum of the movements that lowered the balance, negative, {_OF_ACTIVITY}"
    )
    closing_balance: SumRead = Field(
        description="The balance at the end of `date_to`, in the currency's minor unit; negative when the vendor owes"
    )
    due: SumRead = Field(description="On open invoices at the end of `date_to`, in the currency's minor unit")
    overdue: SumRead = Field(description="The part of `due` whose day had passed, in the currency's minor unit")
    contested: SumRead = Field(
        description="The part of `due` that the customer contested when it was made, in the currency's minor unit"
    )
    pending: SumRead = Field(
        description="The part of `due` that payments under way were to settle when it was made, in the currency's "
        "minor unit"
    )
    paid_since: Annotated[int, Sent(minimum=0, maximum=MAX_SUM)] = Field(
        description="The part of `closing_balance` that was paid or credited after `date_to`, until the statement was "
        "made, less what went back to the customer; in the currency's minor unit"
    )
    left_to_pay: Annotated[int, Sent(minimum=0, maximum=MAX_SUM)] = Field(
        description="The amount that the statement asks for: `closing_balance` without `paid_since` and payments under "
        "way, in the currency's minor unit"
    )
    unapplied_credits: SumRead = Field(description="Of credit memos, in the currency's minor unit")
    unapplied_deposits: SumRead = Field(
        description="Of deposits, and cash that no invoice had got, in the currency's minor unit"
    )
    ageing: AgeingRead = Field(description="`due` by how late it was on `date_to`")


class AddresseeRead(ReadSchema):
    """The customer as the statement is addressed; later changes of profile and addresses do not reach it."""

    company_name: NameRead
    lines: list[NameRead] = Field(
        description="The lines of the label: the name, and the default address for bills in its country's order",
        examples=[["Sunny Side Ltd", "1600 Amphitheatre Parkway", "Mountain View, CA 94043"]],
        json_schema_extra={"maxItems": 20},
    )
    country: CountryRead | None = Field(description="Of that address; null when there was none")
    account_number: ExternalIdRead | None = Field(description="The vendor's key of the account; null without one")


class StatementSummaryRead(ReadSchema):
    """A statement as a list shows it."""

    id: UUID
    number: NumberRead = Field(description="Counts an account's statements without a gap", examples=["STM-000012"])
    type: StatementType
    date_from: date | None = Field(description="The first day; null: the account's beginning, and for open items")
    date_to: date = Field(description="The last day of the period, or the day of the open items")
    locale: LocaleRead
    summary: bool = Field(description="Whether it has totals by type in place of single lines")
    previous_id: UUID | None = Field(
        description="The statement that it continues; null when none comes before it, and for open items"
    )
    previous_number: NumberRead | None = Field(description="The number of that statement", examples=["STM-000011"])
    line_count: Annotated[int, Sent(minimum=0, maximum=_POSITIVE)] = Field(
        description="The number of lines, which GET /v1/statements/{statement_id}/lines lists"
    )
    balances: list[StatementBalanceRead] = Field(
        description="One for each currency with lines or a balance, the account's own first and the others by their "
        "codes; the account's own alone when there is none",
        json_schema_extra={"maxItems": 200},
    )
    scheduled_on: date | None = Field(
        description="The day on which the schedule had it mailed; null for one that a user has made"
    )
    created_at: datetime


class StatementRead(StatementSummaryRead):
    """A statement: its figures by currency. Its lines are a list of their own."""

    addressee: AddresseeRead | None = Field(description="Whom it is addressed to; null once that has been erased")


class SettledInvoiceRead(ReadSchema):
    """The part of a payment's money that one invoice got."""

    invoice_id: UUID
    invoice_number: NumberRead
    amount: AmountRead = Field(description="The part of the payment, in the currency's minor unit")


# Not frozen, as all rows of long lists: each field of a frozen one is set by a call.
@dataclass
class StatementLineRead:
    """One line. In a summary it stands for all of its section and type, and has no document."""

    position: Annotated[int, Sent(minimum=1, maximum=_POSITIVE), Field(description="Its place, from 1")]
    currency: CurrencyRead
    section: LineSection
    type: TransactionType
    number: Annotated[NumberRead | None, Field(description="The document's number; null in a summary")]
    document_id: Annotated[
        UUID | None, Field(description="The id of the invoice, payment, credit memo or deposit; null in a summary")
    ]
    invoice_id: Annotated[UUID | None, Field(description="The invoice that it changes; null when it changes none")]
    invoice_number: Annotated[NumberRead | None, Field(description="The number of that invoice")]
    po_number: Annotated[NumberRead | None, Field(description="The customer's purchase order, of that invoice")]
    effective_on: Annotated[date | None, Field(description="The document's day in the books; null in a summary")]
    due_on: Annotated[date | None, Field(description="The last day on which an invoice is paid in time")]
    count: Annotated[int, Sent(minimum=1, maximum=_POSITIVE), Field(description="1; in a summary the number of rows")]
    amount: Annotated[SumRead, Field(description="The document's whole amount, in the currency's minor unit")]
    balance_effect: Annotated[
        SumRead,
        Field(
            description="The change of the balance, or the part that was open, in the currency's minor unit: negative "
            "when less is owed by it"
        ),
    ]
    balance: Annotated[SumRead, Field(description="The balance after this line, in the currency's minor unit")]
    contested: Annotated[
        AmountRead | None,
        Field(
            description="The part of an open invoice that the customer contested when the statement was made, in the "
            "currency's minor unit; null on all other lines"
        ),
    ]
    pending: Annotated[
        AmountRead | None,
        Field(
            description="The part of an open invoice that payments under way were to settle when the statement was "
            "made, in the currency's minor unit; null on all other lines"
        ),
    ]
    reference: Annotated[
        ReferenceRead | None,
        Field(description="The reference of a payment or deposit, such as a check's number; null without one"),
    ]
    allocations: Annotated[
        Annotated[list[SettledInvoiceRead], Field(json_schema_extra={"maxItems": 1000})] | None,
        Field(description="The parts of a payment that invoices got, also where it came back; null on all other lines"),
    ]


class StatementQuery(PageQuery):
    """Statements, newest first."""

    type: Several[StatementType] = None
    date_from: Day | None = Field(None, description="The first `date_to`, which is a statement's own date")
    date_to: Day | None = Field(None, description="The last `date_to`, which is a statement's own date")


class StatementLineQuery(PageQuery):
    """The lines of a statement, in its order: by currency, the account's own first, by section and date."""

    currency: Several[Currency] = None
    section: Several[LineSection] = None
    type: Several[TransactionType] = None
