"""The mail that brings a statement."""

import pickle
from collections import OrderedDict
from hashlib import blake2b

from billing_api.documents.papers import CurrencyPart, StatementPaper
from billing_api.documents.printed import Printed
from billing_api.documents.service import Documents
from billing_api.locales.language import Language
from billing_api.mail.letter import Action, Letter, NothingToSendError, Occasion
from billing_api.mail.message import Attachment
from billing_api.statements.service import Statements

_MOST_LINES = 5_000  # 6 MiB of PDF: many mail servers refuse more than 10
_KEPT = 4  # PDFs: a worker of the usual size sends three mails at once


class StatementLetter:
    """Writes the mail; the statement is attached as a PDF."""

    def __init__(self, statements: Statements, documents: Documents, *, vendor: str, portal_url: str) -> None:
        self._statements = statements
        self._documents = documents
        self._vendor = vendor
        self._portal_url = portal_url
        self._pdfs: OrderedDict[str, Printed[StatementPaper]] = OrderedDict()

    async def write(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter. Raise NothingToSendError, and the errors of making a PDF."""
        if occasion.subject_id is None:
            raise NothingToSendError("The mail names no statement.")
        paper, locale = await self._statements.get_paper(occasion.account_id, occasion.subject_id)
        _ = words.gettext
        attachments = await self._attachments(paper, locale)
        if attachments:
            how = _("Your statement is attached as a PDF file.")
        else:
            lines = words.number(_count(paper))
            how = _("It has {count} lines, too many for a mail. The portal has it as a PDF file.", count=lines)
        single = paper.parts[0] if len(paper.parts) == 1 else None
        return Letter(
            subject=_("Statement {number} from {vendor}", number=paper.number, vendor=self._vendor),
            heading=_("Open items") if paper.kind == "open_items" else _("Statement of account"),
            paragraphs=[how],
            amount=words.money(abs(single.closing), single.currency) if single else "",
            amount_note=_balance_on(single.closing, words.long_day(paper.period_to), words) if single else "",
            facts=[
                (_("Customer"), paper.recipient.name),
                (_("Statement number"), paper.number),
                (_("Period"), _period(paper, words)),
                *([] if single else [_balance(part, words) for part in paper.parts]),
                *([_left_to_pay(single, words)] if single and single.left_to_pay != single.due else []),
            ],
            action=Action(_("Open the portal"), self._portal_url) if self._portal_url else None,
            attachments=attachments,
        )

    async def _attachments(self, paper: StatementPaper, locale: str) -> list[Attachment]:
        """Return the statement as a file; none where mail servers would refuse it."""
        if _count(paper) > _MOST_LINES:
            return []
        printed = await self._print(paper, locale)
        return [Attachment(f"{printed.name}.pdf", "application/pdf", printed.pdf)]

    async def _print(self, paper: StatementPaper, locale: str) -> Printed[StatementPaper]:
        """Return the PDF; the last ones are kept, since each recipient and each try has the same."""
        digest = blake2b(pickle.dumps((paper, locale))).hexdigest()
        printed = self._pdfs.pop(digest, None) or await self._documents.print(paper, locale)
        self._pdfs[digest] = printed
        if len(self._pdfs) > _KEPT:
            self._pdfs.popitem(last=False)
        return printed


def _count(paper: StatementPaper) -> int:
    return sum(len(part.adjustments) + len(part.movements) + len(part.open_items) for part in paper.parts)


def _period(paper: StatementPaper, words: Language) -> str:
    _, last = words.gettext, words.long_day(paper.period_to)
    if paper.kind == "open_items":
        return _("As of {day}", day=last)
    if paper.period_from is None:
        return _("From the beginning to {last}", last=last)
    return _("{first} to {last}", first=words.long_day(paper.period_from), last=last)


def _balance_on(closing: int, day: str, words: Language) -> str:
    if closing < 0:
        return words.gettext("Credit in your favor on {day}", day=day)
    return words.gettext("Balance on {day}", day=day)


def _left_to_pay(part: CurrencyPart, words: Language) -> tuple[str, str]:
    return words.gettext("Left to pay"), words.money(part.left_to_pay, part.currency)


def _balance(part: CurrencyPart, words: Language) -> tuple[str, str]:
    label = words.gettext("Balance in {currency}", currency=part.currency)
    return label, words.money(part.closing, part.currency)
