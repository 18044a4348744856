"""Errors of the books."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from billing_api.errors import AppError, Kind


class BooksClosedError(AppError):
    """A document is dated on a day whose books are closed."""

    code, title, kind = "books_closed", "The books of that day are closed", Kind.CONFLICT
    cure = "Date the document after `closed_through`."
    sample: ClassVar = {"effective_on": date(2026, 10, 31), "closed_through": date(2026, 10, 31)}

    closed_through: Annotated[date, Field(description="The last day whose books are closed")]

    def __init__(self, effective_on: date, closed_through: date) -> None:
        super().__init__(
            f"The books are closed through {closed_through}: a document can't be dated {effective_on}.",
            closed_through=closed_through,
        )


class DateInFutureError(AppError):
    """Money was reported as received or applied on a day that has not come yet."""

    code, title, kind = "date_in_future", "The day has not come yet", Kind.CONFLICT
    cure = "Give today, or an earlier day, in the time zone of the books."
    sample: ClassVar = {"field": "received_on", "given": date(2026, 11, 4), "today": date(2026, 11, 3)}

    field: Annotated[str, Field(max_length=100, description="The field that has the date")]
    today: Annotated[date, Field(description="Today in the time zone of the books")]

    def __init__(self, field: str, given: date, today: date) -> None:
        super().__init__(
            f"Today is {today} in the books: money can't be received or applied on {given} yet.",
            field=field,
            today=today,
        )


class DateTooFarAheadError(AppError):
    """A document is dated more than a year ahead, most likely by a typing error."""

    code, title, kind = "date_too_far_ahead", "The date is more than a year ahead", Kind.CONFLICT
    cure = "Correct the year of the date."
    sample: ClassVar = {"field": "issued_on", "given": date(2062, 11, 3), "today": date(2026, 11, 3)}

    field: Annotated[str, Field(max_length=100, description="The field that has the date")]
    today: Annotated[date, Field(description="Today in the time zone of the books")]

    def __init__(self, field: str, given: date, today: date) -> None:
        super().__init__(
            f"Today is {today} in the books: a document can't be dated {given}, more than a year ahead.",
            field=field,
            today=today,
        )


class UnbalancedPostingError(RuntimeError):
    """A posting's lines don't sum to zero: a fault of the program, found before the database refuses it."""
