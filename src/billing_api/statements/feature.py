"""All that the application needs to know of statements."""

from billing_api.addresses.recipients import Recipients
from billing_api.balances.service import Balances
from billing_api.core import Core
from billing_api.deliveries.documents import DocumentMails
from billing_api.documents.letterhead import Vendor
from billing_api.documents.service import Documents
from billing_api.feature import Feature
from billing_api.ledger.service import Ledger
from billing_api.mail.letter import Writer
from billing_api.parts import Parts
from billing_api.statements.letterheads import Letterheads
from billing_api.statements.mailing import KIND, MailStatements
from billing_api.statements.making import MakeStatement
from billing_api.statements.model import (
    statement_addressees,
    statement_balances,
    statement_letterheads,
    statement_lines,
    statements,
)
from billing_api.statements.printing import PrintStatement
from billing_api.statements.repository import StatementRepository
from billing_api.statements.repository.letterheads import LetterheadRepository
from billing_api.statements.routes import router
from billing_api.statements.service import Statements


def _letterheads(core: Core, parts: Parts) -> Letterheads:
    return Letterheads(core, LetterheadRepository(core.db), parts[Vendor].letterhead)


def _making(core: Core, parts: Parts) -> MakeStatement:
    return MakeStatement(
        core,
        StatementRepository(core.db),
        parts[Ledger],
        parts[Balances],
        parts[Recipients],
        parts[Letterheads],
        parts.settings.locales,
    )


def _writer(parts: Parts) -> Writer:
    from billing_api.statements.letters import StatementLetter  # noqa: PLC0415 - the API writes no mails

    settings = parts.settings
    letter = StatementLetter(
        parts[Statements], parts[Documents], vendor=settings.vendor_name, portal_url=settings.portal_url
    )
    return letter.write


FEATURE = Feature(
    routes=router,
    description="The books on paper: numbered, unchanging, and proven by their own figures.",
    tables=[statements, statement_balances, statement_lines, statement_addressees, statement_letterheads],
    parts={
        Letterheads: _letterheads,
        MakeStatement: _making,
        MailStatements: lambda core, parts: MailStatements(StatementRepository(core.db), parts[DocumentMails]),
        Statements: lambda core, parts: Statements(
            core, StatementRepository(core.db), parts[MakeStatement], parts[Letterheads]
        ),
        PrintStatement: lambda _, parts: PrintStatement(parts[Statements], parts[Documents]),
    },
    mails={KIND: _writer},
)
