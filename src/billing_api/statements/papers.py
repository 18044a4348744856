"""A statement as it is printed: everything that is stored of it, in plain values."""

from collections.abc import Sequence
from datetime import tzinfo

from billing_api.documents.papers import (
    Ageing,
    CurrencyPart,
    Letterhead,
    Movement,
    OpenItem,
    Recipient,
    StatementPaper,
    Sum,
)
from billing_api.ledger.values import INVOICE_KINDS
from billing_api.statements.model import AccountStatement, StatementAddressee, StatementBalance, StatementLine


def statement_paper(
    statement: AccountStatement,
    balances: Sequence[StatementBalance],
    lines: Sequence[StatementLine],
    addressee: StatementAddressee | None,
    *,
    letterhead: Letterhead,
    zone: tzinfo,
) -> StatementPaper:
    """Return the paper; `zone` is that of the books, in which its day of issue is."""
    return StatementPaper(
        letterhead=letterhead,
        recipient=_recipient(addressee),
        number=statement.number,
        kind=statement.kind,
        summary=statement.summary,
        period_from=statement.date_from,
        period_to=statement.date_to,
        issued_on=statement.created_at.astimezone(zone).date(),
        made_at=statement.created_at,
        previous_number=statement.previous_number,
        parts=tuple(
            _part(statement, balance, [line for line in lines if line.currency == balance.currency])
            for balance in balances
        ),
    )


def _recipient(addressee: StatementAddressee | None) -> Recipient:
    if addressee is None:  # erased
        return Recipient(name="", lines=(), country=None, account_number=None)
    return Recipient(
        name=addressee.company_name,
        lines=tuple(addressee.label.splitlines()),
        country=addressee.country,
        account_number=addressee.account_number,
    )


def _part(statement: AccountStatement, balance: StatementBalance, lines: Sequence[StatementLine]) -> CurrencyPart:
    due, paid_since = max(0, balance.closing_balance), balance.paid_since or 0
    sums = lines if statement.summary else ()
    rows = () if statement.summary else lines
    return CurrencyPart(
        currency=balance.currency,
        opening=balance.opening_balance or 0,
        closing=balance.closing_balance,
        due=due,
        adjusted=balance.adjustments or 0,
        charges=balance.charges or 0,
        credits=balance.credits or 0,
        overdue=balance.overdue,
        contested=balance.contested or 0,
        paid_since=paid_since,
        pending=due - paid_since - balance.left,
        sums=tuple(_sum(line) for line in sums if line.section != "adjustment"),
        adjusted_sums=tuple(_sum(line) for line in sums if line.section == "adjustment"),
        adjustments=tuple(_movement(line) for line in rows if line.section == "adjustment"),
        movements=tuple(_movement(line) for line in rows if line.section == "movement"),
        open_items=tuple(_open_item(statement, line) for line in rows if line.section == "open_item"),
        ageing=Ageing(
            current=balance.current,
            days_1_30=balance.days_1_30,
            days_31_60=balance.days_31_60,
            days_61_90=balance.days_61_90,
            over_90=balance.days_over_90,
            unapplied=-(balance.unapplied_credits + balance.unapplied_deposits),
        ),
    )


def _sum(line: StatementLine) -> Sum:
    return Sum(line.kind, line.count, line.balance_effect)


def _movement(line: StatementLine) -> Movement:
    assert line.effective_on is not None  # only a summary's line has no day
    return Movement(
        day=line.effective_on,
        type=line.kind,
        number=line.number or "",
        reference=line.po_number if line.kind in INVOICE_KINDS else line.reference or line.invoice_number,
        amount=line.balance_effect,
        balance=line.balance,
        used=0 if line.balance_effect else -line.amount if line.kind.endswith("_reversal") else line.amount,
        invoices=tuple(part["invoice_number"] for part in line.allocations or ()),
    )


def _open_item(statement: AccountStatement, line: StatementLine) -> OpenItem:
    assert line.effective_on is not None  # only a summary's line has no day
    return OpenItem(
        type=line.kind,
        number=line.number or "",
        reference=line.po_number or line.reference,
        issued_on=line.effective_on,
        due_on=line.due_on,
        total=line.amount,
        open=line.balance_effect,
        days_overdue=max(0, (statement.date_to - line.due_on).days) if line.due_on else 0,
        contested=line.contested or 0,
        pending=line.pending or 0,
    )
