"""The schemas of balances; amounts in minor units."""

from datetime import date

from pydantic import Field

from billing_api.accounts.schemas import TermsRead
from billing_api.kit.schema import Day, InputSchema, ReadSchema


class AgeingRead(ReadSchema):
    """The amount due, by how late it is: the parts add up to `due`."""

    current: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    days_over_90: int


class CurrencyBalanceRead(ReadSchema):
    """The amounts in one currency: balance = due - unapplied_credits - unapplied_deposits."""

    currency: str = Field(examples=["USD"])
    balance: int = Field(description="Negative when the vendor owes", examples=[125000])
    due: int = Field(description="On open invoices", examples=[130000])
    overdue: int = Field(description="The part of `due` whose day has passed", examples=[40000])
    pending: int | None = Field(description="Payments under way; null with `as_of`", examples=[25000])
    due_after_pending: int | None = Field(description="Null with `as_of`", examples=[105000])
    unapplied_credits: int = Field(description="Of credit memos", examples=[5000])
    unapplied_deposits: int = Field(description="Of deposits, and cash that no invoice got", examples=[0])
    ageing: AgeingRead


class BalanceRead(ReadSchema):
    """An account's balance, all of it from the same moment."""

    as_of: date = Field(description="The books' day, by which invoices are overdue or not")
    currency: str = Field(description="The account's own, in which the credit limit is", examples=["USD"])
    credit_limit: int | None = Field(examples=[1000000])
    terms: TermsRead
    balances: list[CurrencyBalanceRead] = Field(description="By currency; the account's own when there is none")


class BalanceQuery(InputSchema):
    """The balance now, or at the end of a day."""

    as_of: Day | None = Field(
        None,
        description="The amounts that were open at the end of that day, by the dates of documents and applications. "
        "Absent: everything that is posted, as it is now",
    )
