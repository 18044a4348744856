"""The page of a statement."""

from collections.abc import Iterator, Sequence
from typing import Any

from billing_api.documents.layout import blocks
from billing_api.documents.layout.ageing import ageing_block
from billing_api.documents.layout.blocks import Block, Style
from billing_api.documents.layout.frame import frame, slip
from billing_api.documents.layout.open_items import open_items, sum_row
from billing_api.documents.layout.words import entry_word
from billing_api.documents.papers import CurrencyPart, Movement, StatementPaper
from billing_api.locales.language import Language

_MOST_INVOICES = 6  # of a payment, in its row


def statement(paper: StatementPaper, say: Language) -> dict[str, Any]:
    """Return the data of a statement."""
    _ = say.gettext
    facts = [(_("Statement number"), paper.number), (_("Issued on"), say.day(paper.issued_on))]
    if paper.previous_number:
        facts.append((_("Continues statement"), paper.previous_number))
    if paper.recipient.account_number:
        facts.append((_("Account number"), paper.recipient.account_number))
    if paper.kind == "open_items":
        title, period = _("Open items"), _("As of {day}", day=say.long_day(paper.period_to))
    else:
        title, period = _("Statement of account"), _period(paper, say)
    return frame(
        say,
        paper.letterhead,
        paper.recipient,
        title=title,
        subtitle=period,
        running=f"{title} {paper.number} · {paper.recipient.name}",
        facts=facts,
        blocks=[block for part in paper.parts for block in _part(paper, part, say)],
        slip=_slip(paper, say),
    )


def _period(paper: StatementPaper, say: Language) -> str:
    last = say.long_day(paper.period_to)
    if paper.period_from is None:
        return say.gettext("From the beginning to {last}", last=last)
    return say.gettext("{first} to {last}", first=say.long_day(paper.period_from), last=last)


def _slip(paper: StatementPaper, say: Language) -> Block | None:
    """Return the slip for everything that is left to pay, in each currency."""
    parts = [part for part in paper.parts if part.left_to_pay > 0]
    if not parts:
        return None
    return slip(
        say,
        paper.letterhead,
        paper.recipient,
        facts=[(say.gettext("Statement number"), paper.number)],
        dues=[(part.currency, part.left_to_pay) for part in parts],
        is_rest=any(part.paid_since or part.pending for part in parts),
    )


def _part(paper: StatementPaper, part: CurrencyPart, say: Language) -> Iterator[Block]:
    _, is_one_of_several = say.gettext, len(paper.parts) > 1
    if is_one_of_several:
        yield blocks.heading(
            _("Account in {currency}", currency=part.currency),
            _("Account in {currency}, continued", currency=part.currency),
        )
    if paper.kind == "open_items":
        yield from open_items(paper, part, say)
    else:
        yield from _activity(paper, part, say)
    if part.paid_since or part.pending:
        yield _left_to_pay(paper, part, say)
    if part.ageing is not None:
        yield ageing_block(part.ageing, part.currency, say, names_currency=is_one_of_several)
    if part.contested:
        yield _contested(part, say)


def _left_to_pay(paper: StatementPaper, part: CurrencyPart, say: Language) -> Block:
    """Return the sums that follow the balance when a part of it is paid, or under way."""
    _, currency = say.gettext, part.currency
    since = _("Payments and credits since {day}", day=say.day(paper.period_to))
    taken_off = [(since, part.paid_since), (_("Payments under way"), part.pending)]
    return blocks.totals(
        [
            *((label, say.amount(-amount, currency), False) for label, amount in taken_off if amount),
            (_("Left to pay"), say.money(part.left_to_pay, currency), True),
        ],
        hang=say.closes_negative,
    )


def _contested(part: CurrencyPart, say: Language) -> Block:
    """Return the legend of the mark "Contested", with the sum that it stands for."""
    _ = say.gettext
    amount = say.money(part.contested, part.currency)
    return blocks.text(
        _("Contested"),
        _("You contest {amount} of the open invoices. The amount stays due until we reply.", amount=amount),
    )


def _activity(paper: StatementPaper, part: CurrencyPart, say: Language) -> Iterator[Block]:
    _, currency = say.gettext, part.currency
    adjusted = [("+", _("Adjustments"), say.money(part.adjusted, currency))] if part.adjusted else []
    yield blocks.equation(
        [
            ("", _("Opening balance"), say.money(part.opening, currency)),
            *adjusted,
            ("+", _("Charges"), say.money(part.charges, currency)),
            ("\N{MINUS SIGN}", _("Payments and credits"), say.money(-part.credits, currency)),
            ("=", _closing_word(part, say), say.money(part.closing, currency)),
        ]
    )
    yield _sums(part, say) if paper.summary else _movements(paper, part, say)


def _closing_word(part: CurrencyPart, say: Language) -> str:
    return say.gettext("Closing balance") if part.closing >= 0 else say.gettext("Closing balance in your favor")


def _movements(paper: StatementPaper, part: CurrencyPart, say: Language) -> Block:
    _, currency = say.gettext, part.currency
    has_references = any(one.reference for one in (*part.adjustments, *part.movements))
    columns = [
        blocks.column(_("Date")),
        blocks.column(_("Description"), width="1fr"),
        *([blocks.column(_("Reference"), width="0.6fr")] if has_references else []),
        blocks.column(_("Charges"), "right"),
        blocks.column(_("Credits"), "right"),
        blocks.column(_("Balance in {currency}", currency=currency), "right"),
    ]

    def row(
        day: str, text: str, *figures: str, reference: str | None = "", style: Style = "plain", note: str = ""
    ) -> Block:
        return blocks.row(day, text, *([reference or ""] if has_references else []), *figures, style=style, note=note)

    def movement(one: Movement) -> Block:
        amount = say.amount(abs(one.amount), currency) if one.amount else ""
        sides = (amount, "") if one.amount >= 0 else ("", amount)
        balance = "" if one.balance is None else say.amount(one.balance, currency)
        text = f"{entry_word(say, one.type)} {one.number}"
        note = _invoices(one.invoices, say) if one.invoices else _used(one.used, currency, say)
        return row(say.day(one.day), text, *sides, balance, reference=one.reference, note=note)

    first = say.day(paper.period_from) if paper.period_from else ""
    opening = row(first, _("Opening balance"), "", "", say.amount(part.opening, currency), style="strong")
    rows = [opening]
    if part.adjustments:
        rows.append(blocks.row(_("Adjustments to earlier periods"), style="group"))
        rows += map(movement, part.adjustments)
        rows.append(blocks.row(_("This period"), style="group"))
    rows += map(movement, part.movements)
    if not part.movements:
        rows.append(row("", _("No movement in this period"), "", "", "", style="quiet"))
    closing = say.amount(part.closing, currency)
    last = row(say.day(paper.period_to), _("Closing balance"), "", "", closing, style="strong")
    carried = _("Balance carried forward")
    return blocks.table(columns, rows, last, hang=say.closes_negative, carried=carried)


def _used(used: int, currency: str, say: Language) -> str:
    """Return how much of a credit was used, or came back."""
    _, amount = say.gettext, say.money(abs(used), currency)
    if used < 0:
        return _("{amount} can be used again, the balance stays the same", amount=amount)
    return _("{amount} used, the balance stays the same", amount=amount) if used else ""


def _invoices(numbers: Sequence[str], say: Language) -> str:
    """Return the invoices of a payment; of many the first ones, and how many there are."""
    listed = ", ".join(numbers[:_MOST_INVOICES])
    if len(numbers) <= _MOST_INVOICES:
        return say.gettext("for {invoices}", invoices=listed)
    return say.gettext(
        "for {invoices} and {count} more", invoices=listed, count=say.number(len(numbers) - _MOST_INVOICES)
    )


def _sums(part: CurrencyPart, say: Language) -> Block:
    _, currency = say.gettext, part.currency
    columns = [
        blocks.column(_("Description"), width="1fr"),
        blocks.column(_("Number of entries"), "right"),
        blocks.column(_("Amount in {currency}", currency=currency), "right"),
    ]
    rows = [blocks.row(_("Opening balance"), "", say.amount(part.opening, currency), style="strong")]
    if part.adjusted_sums:
        rows.append(blocks.row(_("Adjustments to earlier periods"), style="group"))
        rows += [sum_row(one, currency, say) for one in part.adjusted_sums]
        rows.append(blocks.row(_("This period"), style="group"))
    rows += [sum_row(one, currency, say) for one in part.sums]
    if not part.sums:
        rows.append(blocks.row(_("No movement in this period"), "", "", style="quiet"))
    last = blocks.row(_("Closing balance"), "", say.amount(part.closing, currency), style="strong")
    return blocks.table(columns, rows, last, hang=say.closes_negative)
