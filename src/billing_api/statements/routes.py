"""Statements over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Payer, Viewer
from billing_api.deliveries.schemas import DeliveriesQueued, DeliveryQuery, DeliveryRead, EmailsCreate
from billing_api.http.idempotency import OptionalIdempotencyKey
from billing_api.http.pdf_files import NOT_PRINTED, PDF, DocumentSlotsDep, PdfFile
from billing_api.http.provide import RatesDep, provided
from billing_api.http.results import Created
from billing_api.http.routes import Routes
from billing_api.kit.pagination import Page
from billing_api.statements.errors import StatementNotFoundError, StatementTooLongError
from billing_api.statements.mailing import MailStatements
from billing_api.statements.printing import PrintStatement
from billing_api.statements.schemas import (
    StatementCreate,
    StatementLineQuery,
    StatementLineRead,
    StatementQuery,
    StatementRead,
    StatementSummaryRead,
)
from billing_api.statements.service import Statements

router = Routes("/statements", tags=["statements"], errors=[StatementNotFoundError])
MailingDep = Annotated[MailStatements, Depends(provided(MailStatements))]
StatementsDep = Annotated[Statements, Depends(provided(Statements))]
PrintStatementDep = Annotated[PrintStatement, Depends(provided(PrintStatement))]


@router.get("", operation_id="statements_list")
async def list_statements(
    query: Annotated[StatementQuery, Query()], caller: Viewer, statements: StatementsDep
) -> Page[StatementSummaryRead]:
    """List the statements, newest first."""
    return await statements.list(caller.account_id, query)


@router.post("", operation_id="statements_create", errors=[StatementTooLongError, TooManyRequestsError])
async def create_statement(
    new: StatementCreate, caller: Viewer, key: OptionalIdempotencyKey, statements: StatementsDep, rates: RatesDep
) -> Created[StatementRead]:
    """Make a statement of everything that is posted now. It is numbered, and never changes.

    `activity` has an opening balance, every movement and a closing balance for each currency. Documents that were dated
    back since the statement before are its adjustments, so that its opening balance is the closing one of that.
    `open_items` has the documents that were open at the end of `date_to`, with ageing; later payments don't count.
    """
    await statements.replay(caller.account_id, key)
    await rates.spend("statements", caller.account_id, caller.account_id)
    return Created(await statements.create(caller.account_id, new, key))


@router.get("/{statement_id}", operation_id="statements_get")
async def get_statement(statement_id: UUID, caller: Viewer, statements: StatementsDep) -> StatementRead:
    """Read one statement: its figures by currency."""
    return await statements.get(caller.account_id, statement_id)


@router.post("/{statement_id}/emails", operation_id="statements_send_emails", errors=[TooManyRequestsError], status=202)
async def send_statement_emails(
    statement_id: UUID, wanted: EmailsCreate, caller: Payer, key: OptionalIdempotencyKey, mailing: MailingDep
) -> DeliveriesQueued:
    """Mail a statement to these recipients, with its PDF."""
    return await mailing.send(caller.account_id, statement_id, wanted, key)


@router.get("/{statement_id}/emails", operation_id="statements_list_emails")
async def list_statement_emails(
    statement_id: UUID, query: Annotated[DeliveryQuery, Query()], caller: Viewer, mailing: MailingDep
) -> Page[DeliveryRead]:
    """List the mails of a statement, newest first: sent by a user, or by the schedule."""
    return await mailing.list(caller.account_id, statement_id, query)


@router.get(
    "/{statement_id}/pdf",
    operation_id="statements_print",
    errors=NOT_PRINTED,
    openapi_extra=PDF,
)
async def print_statement(
    statement_id: UUID, caller: Viewer, printing: PrintStatementDep, rates: RatesDep, slots: DocumentSlotsDep
) -> PdfFile:
    """Print a statement as a PDF, in its language and on the paper of its country: the same bytes each time."""
    await rates.spend("documents", caller.account_id, caller.account_id)
    async with slots.slot(caller.account_id):
        return PdfFile(await printing.print(caller.account_id, statement_id))


@router.get("/{statement_id}/lines", operation_id="statements_list_lines")
async def list_statement_lines(
    statement_id: UUID, query: Annotated[StatementLineQuery, Query()], caller: Viewer, statements: StatementsDep
) -> Page[StatementLineRead]:
    """List the lines of a statement in its order, each with the balance after it."""
    return await statements.list_lines(caller.account_id, statement_id, query)
