"""Statements: made once, under the account's lock, and read for ever."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from billing_api.core import Core
from billing_api.documents.papers import StatementPaper
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.pagination import Page
from billing_api.statements.errors import StatementNotFoundError
from billing_api.statements.letterheads import Letterheads
from billing_api.statements.making import MakeStatement
from billing_api.statements.model import AccountStatement, StatementBalance
from billing_api.statements.papers import statement_paper
from billing_api.statements.reading import grouped, read_line, read_statement, read_summary
from billing_api.statements.repository import StatementRepository
from billing_api.statements.schemas import (
    StatementCreate,
    StatementLineQuery,
    StatementLineRead,
    StatementQuery,
    StatementRead,
    StatementSummaryRead,
)


class Statements:
    """The statements of one account."""

    def __init__(
        self, core: Core, statements: StatementRepository, making: MakeStatement, letterheads: Letterheads
    ) -> None:
        self._core = core
        self._statements = statements
        self._making = making
        self._letterheads = letterheads

    async def list(self, account_id: UUID, query: StatementQuery) -> Page[StatementSummaryRead]:
        """Return one page, newest first. Raise BadCursorError."""
        found = await self._statements.list_page(account_id, query)
        balances = await self._balances_of(account_id, found.rows)
        return Page[StatementSummaryRead].of(found, lambda row: read_summary(row, balances[row.id]))

    async def get(self, account_id: UUID, statement_id: UUID) -> StatementRead:
        """Return a statement; it never changes. Raise StatementNotFoundError."""
        statement = await self._get(account_id, statement_id)
        balances = await self._balances_of(account_id, [statement])
        addressee = await self._statements.find_addressee(account_id, statement_id)
        return read_statement(statement, balances[statement_id], addressee)

    async def list_lines(
        self, account_id: UUID, statement_id: UUID, query: StatementLineQuery
    ) -> Page[StatementLineRead]:
        """Return one page of a statement's lines. Raise StatementNotFoundError, BadCursorError."""
        found = await self._statements.list_lines(account_id, statement_id, query)
        if not found.rows:
            await self._get(account_id, statement_id)
        return Page[StatementLineRead].of(found, read_line)

    async def get_paper(self, account_id: UUID, statement_id: UUID) -> tuple[StatementPaper, str]:
        """Return a statement as it is printed, and its locale. Raise StatementNotFoundError."""
        statement = await self._get(account_id, statement_id)
        balances = await self._statements.list_balances(account_id, [statement_id])
        lines = await self._statements.list_all_lines(account_id, statement_id)
        addressee = await self._statements.find_addressee(account_id, statement_id)
        letterhead = await self._letterheads.get(statement.letterhead_digest)
        paper = statement_paper(
            statement, balances, lines, addressee, letterhead=letterhead, zone=self._core.clock.zone
        )
        return paper, statement.locale

    async def replay(self, account_id: UUID, key: IdempotencyKey | None) -> None:
        """Raise IdempotentReplay when the statement of this request is made already."""
        await self._core.keys.replay(account_id, key)

    async def create(self, account_id: UUID, new: StatementCreate, key: IdempotencyKey | None) -> StatementRead:
        """Make a statement of everything that is posted now.

        Raise InvalidInputError, StatementTooLongError, IdempotencyKeyReusedError.
        """
        return await self._core.keys.once(account_id, key, lambda: self._create(account_id, new))

    async def _create(self, account_id: UUID, new: StatementCreate) -> StatementRead:
        made = await self._making.make(await self._core.accounts.lock(account_id), new)
        return read_statement(made.statement, made.balances, made.addressee)

    async def _get(self, account_id: UUID, statement_id: UUID) -> AccountStatement:
        statement = await self._statements.find(account_id, statement_id)
        if statement is None:
            raise StatementNotFoundError(statement_id)
        return statement

    async def _balances_of(
        self, account_id: UUID, statements: Sequence[AccountStatement]
    ) -> Mapping[UUID, Sequence[StatementBalance]]:
        return grouped(await self._statements.list_balances(account_id, [one.id for one in statements]))
