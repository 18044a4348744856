"""The choices of values in schedules of statements."""

from typing import Annotated, Literal

from pydantic import Field

from billing_api.kit.documented import Named

Frequency = Annotated[
    Literal["monthly", "quarterly"],
    Named(
        "StatementFrequency",
        "How often a statement is mailed, and the period that it is of",
        {"monthly": "Each calendar month", "quarterly": "Each quarter of the calendar year"},
    ),
]
MailingDay = Annotated[int, Field(ge=1, le=31, strict=True)]
