"""The page of a receipt."""

from collections.abc import Iterator
from typing import Any

from billing_api.documents.layout import blocks
from billing_api.documents.layout.blocks import Block, Tone
from billing_api.documents.layout.frame import frame
from billing_api.documents.layout.words import decline_word, entry_word, method_word
from billing_api.documents.papers import ReceiptPaper, ReceiptStatus
from billing_api.locales.language import Language

_NOTHING_CHARGED = "credit"  # the type of a payment that credits and discounts made


def receipt(paper: ReceiptPaper, say: Language) -> dict[str, Any]:
    """Return the data of a receipt."""
    _ = say.gettext
    facts = [
        (_("Payment number"), paper.number),
        (_("Date of payment"), say.day(paper.received_on)),
        (_("Payment method"), method_word(say, paper.method, paper.brand, paper.last4)),
    ]
    if paper.reference:
        facts.append((_("Reference"), paper.reference))
    if reason := return_reason(paper, say):
        facts.append((_("Reason of the return"), reason))
    if paper.recipient.account_number:
        facts.append((_("Account number"), paper.recipient.account_number))
    title = _("Receipt")
    return frame(
        say,
        paper.letterhead,
        paper.recipient,
        title=f"{title} {paper.number}",
        subtitle="",
        running=f"{title} {paper.number} · {paper.recipient.name}",
        facts=facts,
        blocks=list(_blocks(paper, say)),
        slip=None,
    )


def _blocks(paper: ReceiptPaper, say: Language) -> Iterator[Block]:
    _, currency = say.gettext, paper.currency
    yield lead(paper, say)
    columns = [
        blocks.column(_("Paid for"), width="1fr"),
        blocks.column(_("Amount in {currency}", currency=currency), "right"),
    ]
    rows = [
        blocks.row(_("Invoice {number}", number=paid.number), say.amount(paid.amount, currency))
        for paid in paper.allocations
    ]
    if paper.unapplied:
        rows.append(blocks.row(_("Kept as a credit of your account"), say.amount(paper.unapplied, currency)))
    if paper.deposited:
        rows.append(blocks.row(_("Kept as a deposit of your account"), say.amount(paper.deposited, currency)))
    yield blocks.table(columns, rows, hang=say.closes_negative)
    yield blocks.totals(_totals(paper, say), hang=say.closes_negative)


def lead(paper: ReceiptPaper, say: Language) -> Block:
    """Return the amount and the words for how far its money is, which mails have, too."""
    label, note, tone, status = _status(paper, say)
    amount = sum(paid.amount for paid in paper.allocations) if paper.method == _NOTHING_CHARGED else paper.amount
    return blocks.lead(label, say.money(amount, paper.currency), note, tone, status)


def return_reason(paper: ReceiptPaper, say: Language) -> str | None:
    """Return why the payment was returned, in words for the customer, which mails have, too; None for no reason."""
    if paper.status is not ReceiptStatus.RETURNED or paper.return_reason is None:
        return None
    return paper.return_text or decline_word(say, paper.return_reason)


def reductions(paper: ReceiptPaper, say: Language) -> list[tuple[str, str]]:
    """Return the used credits and the discount, each with its amount, which mails have, too."""
    return [
        (
            " ".join(filter(None, (entry_word(say, reduction.type), reduction.number))),
            say.amount(-reduction.amount, paper.currency),
        )
        for reduction in paper.reductions
    ]


def _totals(paper: ReceiptPaper, say: Language) -> Iterator[tuple[str, str, bool]]:
    _, currency = say.gettext, paper.currency
    yield from ((label, amount, False) for label, amount in reductions(paper, say))
    label = _("Total paid") if paper.status is ReceiptStatus.RECEIVED else _("Total")
    yield label, say.money(paper.amount, currency), True
    if paper.refunded:
        yield _("Refunded"), say.amount(-paper.refunded, currency), False
    if paper.disputed:
        yield _("Taken back by the bank"), say.amount(-paper.disputed, currency), False
    if paper.refunded or paper.disputed:
        label = _("Paid after refunds") if not paper.disputed else _("Still paid")
        yield label, say.money(_left(paper), currency), True


def _left(paper: ReceiptPaper) -> int:
    """Return the part of the amount that neither refunds nor chargebacks have taken, in minor units."""
    return paper.amount - paper.refunded - paper.disputed


def _status(paper: ReceiptPaper, say: Language) -> tuple[str, str, Tone, str]:
    """Return the label of the amount, a sentence, its tone, and the word for the status."""
    _, day = say.gettext, say.long_day(paper.received_on)
    if paper.method == _NOTHING_CHARGED:
        return _("Amount settled"), _("Settled on {day}. Nothing was charged.", day=day), "good", _("Paid")
    match paper.status:
        case ReceiptStatus.RECEIVED:
            return _received(paper, say)
        case ReceiptStatus.PENDING:
            note = _("Initiated on {day}. Your bank has yet to confirm it.", day=day)
            return _("Amount"), note, "plain", _("Pending")
        case ReceiptStatus.RETURNED:
            if paper.allocations:
                note = _("Your bank has taken this payment back: its invoices are open again.")
            else:
                note = _("Your bank has taken this payment back.")
            return _("Amount"), note, "bad", _("Returned")
        case ReceiptStatus.CANCELLED:
            return _("Amount"), _("This payment was canceled: nothing was charged."), "bad", _("Canceled")


def _received(paper: ReceiptPaper, say: Language) -> tuple[str, str, Tone, str]:
    """Return label, sentence, tone and status of a payment that arrived; its money may have been taken since."""
    _, day = say.gettext, say.long_day(paper.received_on)
    if paper.disputed:
        note = _("The payment was disputed: the bank of the card has taken money back.")
        return _("Amount"), note, "bad", _("Disputed")
    if not _left(paper):
        return _("Amount"), _("Received on {day}, and refunded since.", day=day), "plain", _("Refunded")
    return _("Amount paid"), _("Received on {day}. Thank you.", day=day), "good", _("Paid")
