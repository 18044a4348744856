"""The page of an invoice."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from billing_api.documents.layout import blocks
from billing_api.documents.layout.blocks import Block
from billing_api.documents.layout.frame import frame, slip
from billing_api.documents.layout.words import application_word, entry_word
from billing_api.documents.papers import InvoicePaper, PrintedApplication, Tax
from billing_api.locales.language import Language


def invoice(paper: InvoicePaper, say: Language) -> dict[str, Any]:
    """Return the data of an invoice."""
    _ = say.gettext
    title = entry_word(say, paper.kind)
    facts = [
        (_("Invoice number"), paper.number),
        (_("Issued on"), say.day(paper.issued_on)),
        (_("Due on"), say.day(paper.due_on)),
    ]
    if paper.po_number:
        facts.append((_("Purchase order"), paper.po_number))
    if paper.recipient.account_number:
        facts.append((_("Account number"), paper.recipient.account_number))
    return frame(
        say,
        paper.letterhead,
        paper.recipient,
        title=f"{title} {paper.number}",
        subtitle="",
        running=f"{title} {paper.number} · {paper.recipient.name}",
        facts=facts,
        blocks=list(_blocks(paper, say)),
        slip=_slip(paper, say) if paper.left_to_pay > 0 else None,
    )


def _slip(paper: InvoicePaper, say: Language) -> Block:
    _ = say.gettext
    return slip(
        say,
        paper.letterhead,
        paper.recipient,
        facts=[(_("Invoice number"), paper.number), (_("Due on"), say.day(paper.due_on))],
        dues=[(paper.currency, paper.left_to_pay)],
        is_rest=paper.amount_pending > 0,
    )


def _blocks(paper: InvoicePaper, say: Language) -> Iterator[Block]:
    _, currency = say.gettext, paper.currency
    yield lead(paper, say)
    columns = [
        blocks.column(_("Description"), width="1fr"),
        blocks.column(_("Quantity"), "right"),
        blocks.column(_("Unit price"), "right"),
        blocks.column(_("Amount in {currency}", currency=currency), "right"),
    ]
    rows = [
        blocks.row(
            line.description,
            say.number(line.quantity),
            "" if line.unit_amount is None else say.amount(line.unit_amount, currency),
            say.amount(line.amount, currency),
        )
        for line in paper.lines
    ]
    yield blocks.table(columns, rows, hang=say.closes_negative)
    yield blocks.totals(_totals(paper, say), hang=say.closes_negative)
    if paper.discount is not None and paper.status == "open" and paper.left_to_pay > 0:
        discount = paper.discount
        yield blocks.text(
            _("Early payment discount"),
            _(
                "{percent} discount, {amount}, if paid in full by {day}.",
                percent=say.percent(discount.percent),
                amount=say.money(discount.amount, currency),
                day=say.long_day(discount.until),
            ),
        )
    if paper.memo:
        yield blocks.text(_("Note"), paper.memo)


def lead(paper: InvoicePaper, say: Language) -> Block:
    """Return the amount due and the words for the state, which mails have, too."""
    _, money = say.gettext, say.money(paper.amount_due, paper.currency)
    if paper.status == "void":
        note = _("This invoice was withdrawn and need not be paid.")
        return blocks.lead(_("Amount due"), money, note, "bad", _("Void"))
    if paper.status == "paid":
        day = say.long_day(paper.closed_on) if paper.closed_on else ""
        return blocks.lead(_("Amount due"), money, _("Paid on {day}", day=day), "good", _("Paid"))
    due = say.long_day(paper.due_on)
    note = _("Was due on {day}", day=due) if paper.is_overdue else _("Due on {day}", day=due)
    if paper.amount_pending:
        pending = _("a payment of {amount} is under way", amount=say.money(paper.amount_pending, paper.currency))
        note = f"{note} · {pending}"
    is_late = paper.is_overdue and paper.left_to_pay > 0
    status = _("Overdue") if is_late else ""
    if paper.contested:
        contested = _("{amount} contested", amount=say.money(paper.contested, paper.currency))
        note, status = f"{note} · {contested}", _("Contested")
    if paper.amount_due > 0 and paper.left_to_pay == 0:
        status = _("Payment under way")
    return blocks.lead(_("Amount due"), money, note, "bad" if is_late else "plain", status)


def _totals(paper: InvoicePaper, say: Language) -> Iterator[tuple[str, str, bool]]:
    _, currency = say.gettext, paper.currency
    if paper.taxes:
        yield _("Subtotal"), say.amount(paper.net, currency), False
        for tax in paper.taxes:
            yield _tax(tax, say), say.amount(tax.amount, currency), False
    yield _("Total"), say.amount(paper.total, currency), True
    for applied in _together(paper.applications):
        label = f"{application_word(say, applied.type, applied.reason)} {applied.number}, {say.day(applied.day)}"
        if applied.reason_text:
            label = f"{label}: {applied.reason_text}"
        yield label, say.amount(-applied.amount, currency), False
    if paper.applications:
        yield _("Amount due"), say.money(paper.amount_due, currency), True
    if paper.amount_pending:
        yield _("Payment under way"), say.amount(-paper.amount_pending, currency), False
        yield _("Left to pay"), say.money(paper.left_to_pay, currency), True


def _together(applications: Sequence[PrintedApplication]) -> Iterator[PrintedApplication]:
    """Yield the applications, those of one document, day and reason as one.

    A refund of a part undoes the whole and applies the rest anew: its two applications come to the refund.
    """
    amounts = Counter[PrintedApplication]()
    for applied in applications:
        amounts[replace(applied, amount=0)] += applied.amount
    return (replace(one, amount=amount) for one, amount in amounts.items() if amount)


def _tax(tax: Tax, say: Language) -> str:
    return tax.name if tax.rate is None else f"{tax.name} ({say.percent(tax.rate)})"
