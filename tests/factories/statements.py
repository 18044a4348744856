"""Statements, made by the service that makes real ones, and their lines."""

from datetime import date
from typing import Any
from uuid import UUID

from billing_api.statements.schemas import StatementCreate, StatementLineQuery, StatementLineRead, StatementRead
from tests.fixtures.services import Services


async def make_statement(services: Services, account_id: UUID, date_to: date, **fields: Any) -> StatementRead:
    """Make a statement without a key, of activity unless `type` says otherwise."""
    new = StatementCreate.model_validate({"type": "activity", "date_to": date_to} | fields)
    return await services.statements.create(account_id, new, None)


async def lines_of(services: Services, account_id: UUID, statement_id: UUID) -> list[StatementLineRead]:
    """All lines of a statement, page by page."""
    query = StatementLineQuery(limit=100)
    lines: list[StatementLineRead] = []
    while True:
        page = await services.statements.list_lines(account_id, statement_id, query)
        lines += page.data
        if page.next_cursor is None:
            return lines
        query = query.model_copy(update={"cursor": page.next_cursor})
