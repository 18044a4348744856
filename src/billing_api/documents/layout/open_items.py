"""The part of a statement that lists the open documents."""

from collections.abc import Iterator
from dataclasses import replace

from billing_api.documents.layout import blocks
from billing_api.documents.layout.blocks import Block, Tone
from billing_api.documents.layout.words import entry_word
from billing_api.documents.papers import CurrencyPart, OpenItem, StatementPaper, Sum
from billing_api.locales.language import Language


def open_items(paper: StatementPaper, part: CurrencyPart, say: Language) -> Iterator[Block]:
    """Return the balance, and its parts: single documents, or the sums of a summary."""
    _, currency = say.gettext, part.currency
    overdue = say.money(part.overdue, currency)
    note = _("of which {amount} overdue", amount=overdue) if part.overdue > 0 else ""
    tone: Tone = "bad" if part.overdue > part.paid_since + part.pending else "plain"
    if part.closing < 0:
        yield blocks.lead(_("Credit in your favor"), say.money(-part.closing, currency), note)
    else:
        yield blocks.lead(_("Balance"), say.money(part.closing, currency), note, tone)
    if paper.summary:
        yield _open_sums(part, say)
        return
    columns = [
        blocks.column(_("Date")),
        blocks.column(_("Document"), width="1fr"),
        blocks.column(_("Due on")),
        blocks.column(_("Days overdue"), "right"),
        blocks.column(_("Original amount"), "right"),
        blocks.column(_("Open in {currency}", currency=currency), "right"),
    ]
    rows = [_item(item, currency, say) for item in part.open_items]
    if not rows:
        rows.append(blocks.row("", _("Nothing is open"), "", "", "", "", style="quiet"))
    last = blocks.row("", _("Balance"), "", "", "", say.amount(part.closing, currency), style="strong")
    yield blocks.table(columns, rows, last, hang=say.closes_negative)


def _open_sums(part: CurrencyPart, say: Language) -> Block:
    _, currency = say.gettext, part.currency
    columns = [
        blocks.column(_("Document"), width="1fr"),
        blocks.column(_("Number of entries"), "right"),
        blocks.column(_("Open in {currency}", currency=currency), "right"),
    ]
    rows = [sum_row(replace(one, type=_open_type(one.type)), currency, say) for one in part.sums]
    if not rows:
        rows.append(blocks.row(_("Nothing is open"), "", "", style="quiet"))
    last = blocks.row(_("Balance"), "", say.amount(part.closing, currency), style="strong")
    return blocks.table(columns, rows, last, hang=say.closes_negative)


def _open_type(entry_type: str) -> str:
    """Return the type's name among open items: a payment is there for the part that no invoice has got."""
    return "unapplied_payment" if entry_type == "payment" else entry_type


def _item(item: OpenItem, currency: str, say: Language) -> Block:
    _ = say.gettext
    notes = [item.reference] if item.reference else []
    if item.contested:
        in_part = item.contested < item.open
        notes.append(_("{amount} contested", amount=say.money(item.contested, currency)) if in_part else _("Contested"))
    if item.pending:
        in_part = item.pending < item.open
        pending = say.money(item.pending, currency)
        notes.append(_("{amount} under way", amount=pending) if in_part else _("Payment under way"))
    return blocks.row(
        say.day(item.issued_on),
        f"{entry_word(say, _open_type(item.type))} {item.number}",
        say.day(item.due_on) if item.due_on else "",
        say.number(item.days_overdue) if item.days_overdue > 0 else "",
        say.amount(item.total if item.open >= 0 else -abs(item.total), currency),
        say.amount(item.open, currency),
        note=" · ".join(notes),
    )


def sum_row(one: Sum, currency: str, say: Language) -> Block:
    """Return a row of a summary."""
    return blocks.row(entry_word(say, one.type), say.number(one.count), say.amount(one.amount, currency))
