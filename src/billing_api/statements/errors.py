"""The errors of statements."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind


class StatementNotFoundError(AppError):
    """No such statement, or one of another account."""

    code, title, kind = "statement_not_found", "There is no such statement", Kind.NOT_FOUND
    cure = "List the statements, and use an `id` from there."
    sample: ClassVar = {"statement_id": EXAMPLE_ID}

    def __init__(self, statement_id: UUID) -> None:
        super().__init__(f"There is no statement {statement_id} in this account.")


class StatementTooLongError(AppError):
    """The statement would have more lines than can be read or printed."""

    code, title, kind = "statement_too_long", "The statement would be too long", Kind.CONFLICT
    cure = "Choose a shorter period, or ask for a `summary`, whose length does not grow."
    sample: ClassVar = {"line_count": 61_204, "limit": 20_000}

    line_count: Annotated[int, Field(ge=0, le=2**53 - 1, description="The lines that it would have")]
    limit: Annotated[int, Field(ge=1, le=1_000_000, description="The most lines of a statement")]

    def __init__(self, line_count: int, limit: int) -> None:
        super().__init__(
            f"The statement would have {line_count} lines, and {limit} is the most: choose a shorter period, or a "
            "summary.",
            line_count=line_count,
            limit=limit,
        )
