"""Statements as the API shows them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from billing_api.balances.schemas import AgeingRead
from billing_api.ledger.values import EntryKind
from billing_api.statements.model import AccountStatement, StatementAddressee, StatementBalance, StatementLine
from billing_api.statements.schemas import (
    AddresseeRead,
    SettledInvoiceRead,
    StatementBalanceRead,
    StatementLineRead,
    StatementRead,
    StatementSummaryRead,
)


def read_statement(
    statement: AccountStatement, balances: Sequence[StatementBalance], addressee: StatementAddressee | None
) -> StatementRead:
    """Return a statement with its figures and its addressee."""
    summary = read_summary(statement, balances)
    return StatementRead(**dict(summary), addressee=_addressee(addressee) if addressee else None)


def read_summary(statement: AccountStatement, balances: Sequence[StatementBalance]) -> StatementSummaryRead:
    """Return a statement without its addressee."""
    return StatementSummaryRead(
        id=statement.id,
        number=statement.number,
        type=statement.kind,
        date_from=statement.date_from,
        date_to=statement.date_to,
        locale=statement.locale,
        summary=statement.summary,
        previous_id=statement.previous_id,
        previous_number=statement.previous_number,
        line_count=statement.line_count,
        scheduled_on=statement.scheduled_on,
        balances=[_balance(one) for one in balances],
        created_at=statement.created_at,
    )


def grouped(balances: Iterable[StatementBalance]) -> Mapping[UUID, Sequence[StatementBalance]]:
    """Return the figures of several statements by the statement's id."""
    by_statement: defaultdict[UUID, list[StatementBalance]] = defaultdict(list)
    for one in balances:
        by_statement[one.statement_id].append(one)
    return by_statement


def read_line(line: StatementLine) -> StatementLineRead:
    """Return one line."""
    return StatementLineRead(
        position=line.position,
        currency=line.currency,
        section=line.section,
        type=EntryKind(line.kind),
        number=line.number,
        document_id=line.document_id,
        invoice_id=line.invoice_id,
        invoice_number=line.invoice_number,
        po_number=line.po_number,
        effective_on=line.effective_on,
        due_on=line.due_on,
        count=line.count,
        amount=line.amount,
        balance_effect=line.balance_effect,
        balance=line.balance,
        contested=line.contested,
        pending=line.pending,
        reference=line.reference,
        allocations=None if line.allocations is None else [SettledInvoiceRead(**part) for part in line.allocations],
    )


def _balance(balance: StatementBalance) -> StatementBalanceRead:
    return StatementBalanceRead(
        currency=balance.currency,
        opening_balance=balance.opening_balance,
        adjustments=balance.adjustments,
        charges=balance.charges,
        credits=balance.credits,
        closing_balance=balance.closing_balance,
        due=balance.due,
        overdue=balance.overdue,
        contested=balance.contested or 0,
        pending=balance.pending or 0,
        paid_since=balance.paid_since or 0,
        left_to_pay=balance.left,
        unapplied_credits=balance.unapplied_credits,
        unapplied_deposits=balance.unapplied_deposits,
        ageing=AgeingRead.of(balance),
    )


def _addressee(addressee: StatementAddressee) -> AddresseeRead:
    return AddresseeRead(
        company_name=addressee.company_name,
        lines=addressee.label.splitlines(),
        country=addressee.country,
        account_number=addressee.account_number,
    )
