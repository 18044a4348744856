"""The schemas of balances; amounts in minor units."""

from datetime import date

from pydantic import Field

from billing_api.accounts.schemas import TermsRead
from billing_api.kit.read_types import AmountRead, CurrencyRead, SumRead
from billing_api.kit.schema import Day, InputSchema, ReadSchema


class AgeingRead(ReadSchema):
    """The amount due, by how late it is: the parts add up to `due`."""

    current: SumRead = Field(description="Not overdue, in the currency's minor unit")
    days_1_30: SumRead = Field(description="1 to 30 days overdue, in the currency's minor unit")
    days_31_60: SumRead = Field(description="31 to 60 days overdue, in the currency's minor unit")
    days_61_90: SumRead = Field(description="61 to 90 days overdue, in the currency's minor unit")
    days_over_90: SumRead = Field(description="More than 90 days overdue, in the currency's minor unit")


class CurrencyBalanceRead(ReadSchema):
    """The amounts in one currency: balance = due - unapplied_credits - unapplied_deposits."""

    currency: CurrencyRead
    balance: SumRead = Field(
        description="In the currency's minor unit; negative when the vendor owes", examples=[125000]
    )
    due: SumRead = Field(description="On open invoices, in the currency's minor unit", examples=[130000])
    overdue: SumRead = Field(
        description="The part of `due` whose day has passed, in the currency's minor unit", examples=[40000]
    )
    pending: SumRead | None = Field(
        description="Payments under way, in the currency's minor unit; null for a past day", examples=[25000]
    )
    due_after_pending: SumRead | None = Field(
        description="`due` less `pending`, in the currency's minor unit; null for a past day", examples=[105000]
    )
    unapplied_credits: SumRead = Field(description="Of credit memos, in the currency's minor unit", examples=[5000])
    unapplied_deposits: SumRead = Field(
        description="Of deposits, and cash that no invoice got, in the currency's minor unit", examples=[0]
    )
    ageing: AgeingRead


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


class BalanceQuery(InputSchema):
    """The balance now, or at the end of a day."""

    as_of: Day | None = Field(
        None,
        description="The amounts that were open at the end of that day, by the dates of documents and applications. "
        "Absent: everything that is posted, as it is now",
    )
