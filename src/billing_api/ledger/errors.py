"""What can go wrong with the books."""

from datetime import date

from billing_api.errors import AppError, Kind


class BooksClosedError(AppError):
    """A document is dated on a day whose books are closed."""

    code, title, kind = "books_closed", "The books of that day are closed", Kind.CONFLICT

    def __init__(self, effective_on: date, closed_through: date) -> None:
        super().__init__(
            f"The books are closed through {closed_through}: a document can't be dated {effective_on}.",
            closed_through=closed_through,
        )


class UnbalancedPostingError(RuntimeError):
    """A posting's lines don't sum to zero: a fault of the program, found before the database refuses it."""
