"""The schemas of balances; amounts in minor units."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field

from billing_api.accounts.schemas import TermsRead
from billing_api.kit.money import Currency
from billing_api.kit.pagination import Several
from billing_api.kit.read_types import AmountRead, CurrencyRead, SumRead
from billing_api.kit.schema import Day, InputSchema, ReadSchema


# Plain dataclasses, not frozen: a model costs ten times as much, and each field of a frozen one a call.
@dataclass(slots=True)
class AgeingRead:
    """An amount by how late it is: the parts of `ageing` add up to `due`."""

    current: Annotated[SumRead, Field(description="Not overdue, in the currency's minor unit")]
    days_1_30: Annotated[SumRead, Field(description="1 to 30 days overdue, in the currency's minor unit")]
    days_31_60: Annotated[SumRead, Field(description="31 to 60 days overdue, in the currency's minor unit")]
    days_61_90: Annotated[SumRead, Field(description="61 to 90 days overdue, in the currency's minor unit")]
    days_over_90: Annotated[SumRead, Field(description="More than 90 days overdue, in the currency's minor unit")]

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return the ages of a row that has a field for each."""
        return cls(row.current, row.days_1_30, row.days_31_60, row.days_61_90, row.days_over_90)


@dataclass(slots=True)
class CurrencyBalanceRead:
    """The amounts in one currency: balance = due - unapplied_credits - unapplied_deposits."""

    currency: CurrencyRead
    balance: Annotated[
        SumRead,
        Field(description="In the currency's minor unit; negative when the vendor owes", examples=[125000]),
    ]
    due: Annotated[SumRead, Field(description="On open invoices, in the currency's minor unit", examples=[130000])]
    overdue: Annotated[
        SumRead,
        Field(description="The part of `due` whose day has passed, in the currency's minor unit", examples=[40000]),
    ]
    pending: Annotated[
        SumRead | None,
        Field(description="Payments under way, in the currency's minor unit; null for a past day", examples=[25000]),
    ]
    due_after_pending: Annotated[
        SumRead | None,
        Field(description="`due` less `pending`, in the currency's minor unit; null for a past day", examples=[105000]),
    ]
    unapplied_credits: Annotated[
        SumRead, Field(description="Of credit memos, in the currency's minor unit", examples=[5000])
    ]
    unapplied_deposits: Annotated[
        SumRead,
        Field(description="Of deposits, and cash that no invoice got, in the currency's minor unit", examples=[0]),
    ]
    ageing: AgeingRead
    contested: Annotated[
        AgeingRead | None,
        Field(
            description="The part of `due` that the customer contests, by how late it is: zeros when none is; null for "
            "a past day (`as_of`), whose disputes are not known any more"
        ),
    ]


class BalanceRead(ReadSchema):
    """An account's balance, all of it from the same moment."""

    as_of: date = Field(description="The books' day, by which invoices are overdue or not")
    currency: CurrencyRead = Field(description="The account's own, in which the credit limit is")
    credit_limit: AmountRead | None = Field(
        description="The most that the customer may owe, in the currency's minor unit; null when there is no limit",
        examples=[1000000],
    )
    terms: TermsRead
    balances: list[CurrencyBalanceRead] = Field(
        description="One for each currency with entries; the account's own when there is none",
        json_schema_extra={"maxItems": 200},
    )


@dataclass(slots=True)
class BalanceMonthRead:
    """One month: its closing balance is the one before + invoiced - credited - paid - adjusted."""

    month: Annotated[date, Field(description="The month's first day", examples=["2026-11-01"])]
    invoiced: Annotated[SumRead, Field(description="Invoices and fees, less those that were voided, in the minor unit")]
    credited: Annotated[SumRead, Field(description="Credit memos, in the currency's minor unit")]
    paid: Annotated[
        SumRead,
        Field(description="Payments and deposits, less what was refunded or taken back, in the currency's minor unit"),
    ]
    adjusted: Annotated[SumRead, Field(description="Discounts and write-offs, in the currency's minor unit")]
    closing_balance: Annotated[SumRead, Field(description="At the end of the month, in the currency's minor unit")]


@dataclass(slots=True)
class CurrencyHistoryRead:
    """The months in one currency."""

    currency: CurrencyRead
    opening_balance: Annotated[SumRead, Field(description="Before the first month, in the currency's minor unit")]
    months: Annotated[
        list[BalanceMonthRead],
        Field(description="Every month of the range, the first one first", json_schema_extra={"maxItems": 120}),
    ]


class BalanceHistoryRead(ReadSchema):
    """The balance month by month, by the dates of documents, all of it from the same moment."""

    currency: CurrencyRead = Field(description="The account's own")
    histories: list[CurrencyHistoryRead] = Field(
        description="One for each currency that was asked for, or that has entries; the account's own when none has",
        json_schema_extra={"maxItems": 200},
    )


class BalanceHistoryQuery(InputSchema):
    """The months of a history: those that the two days are in, and all between them, at most 120."""

    currency: Several[Currency] = None
    date_from: Day | None = Field(None, description="A day of the first month. Absent: eleven months before the last")
    date_to: Day | None = Field(
        None, description="A day of the last month. Absent: the present month, in the books' time zone"
    )


class BalanceQuery(InputSchema):
    """The balance now, or at the end of a day."""

    as_of: Day | None = Field(
        None,
        description="The amounts that were open at the end of that day, by the dates of documents and applications. "
        "Absent: everything that is posted, as it is now",
    )
