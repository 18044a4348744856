"""Statements as PDFs."""

from uuid import UUID

from billing_api.documents.papers import StatementPaper
from billing_api.documents.printed import Printed
from billing_api.documents.service import Documents
from billing_api.statements.service import Statements


class PrintStatement:
    """The PDFs of one account's statements, in the language that each was made for."""

    def __init__(self, statements: Statements, documents: Documents) -> None:
        self._statements = statements
        self._documents = documents

    async def print(self, account_id: UUID, statement_id: UUID) -> Printed[StatementPaper]:
        """Return a statement, which is the same each time.

        Raise StatementNotFoundError, TooManyDocumentsError, DocumentTooSlowError, DocumentNotMadeError.
        """
        paper, locale = await self._statements.get_paper(account_id, statement_id)
        return await self._documents.print(paper, locale)
