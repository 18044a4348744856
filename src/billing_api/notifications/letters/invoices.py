"""Letters about invoices: a new one, and reminders."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from billing_api.documents.layout.invoice import lead as invoice_lead
from billing_api.invoices.letters import gist, sums
from billing_api.invoices.printing import PrintInvoice
from billing_api.invoices.service import Invoices
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.mail.message import Attachment
from billing_api.notifications.letters.listing import first_of
from billing_api.notifications.letters.portal import Portal
from billing_api.notifications.reminders import Reminders, fact_of

_OLD = timedelta(days=30)


class InvoiceLetters:
    """Writes about the invoices of an account."""

    def __init__(self, portal: Portal, invoices: Invoices, printing: PrintInvoice, reminders: Reminders) -> None:
        self._portal = portal
        self._invoices = invoices
        self._printing = printing
        self._reminders = reminders

    async def new(self, occasion: Occasion, words: Language) -> Letter:
        """Return the letter with a new invoice, which is attached. Raise NothingToSendError for one that is void."""
        assert occasion.subject_id is not None
        printed = await self._printing.print(occasion.account_id, occasion.subject_id)
        paper = printed.paper
        if paper.status == "void":
            raise NothingToSendError("The invoice was voided.")
        if paper.status == "paid" and occasion.created_at.date() - paper.issued_on > _OLD:
            raise NothingToSendError("The invoice was dated back and is paid.")
        _, lead = words.gettext, invoice_lead(paper, words)
        rows = [
            (_("Customer"), occasion.facts["company"]),
            (_("Invoice"), paper.number),
            (_("Issued on"), words.long_day(paper.issued_on)),
            (_("Due on"), words.long_day(paper.due_on)),
        ]
        if paper.po_number:
            rows.append((_("Purchase order"), paper.po_number))
        if paper.kind != "invoice":  # nothing was ordered, so the mail says why it is due
            rows += [(_("Description"), line.description) for line in paper.lines]
        is_open = paper.amount_due > paper.amount_pending
        return Letter(
            subject=_(
                "Invoice {number} from {vendor}: {amount}",
                number=paper.number,
                vendor=self._portal.vendor,
                amount=gist(paper, words),
            ),
            heading=_("New invoice from {vendor}", vendor=self._portal.vendor),
            amount=lead["value"],
            amount_note=lead["note"],
            tone=lead["tone"],
            facts=[*rows, *sums(paper, words)],
            action=self._portal.link(
                _("View and pay") if is_open else _("View invoice"), f"/invoices/{occasion.subject_id}"
            ),
            notes=[_("The invoice is attached as a PDF.")],
            attachments=[Attachment(f"{printed.name}.pdf", "application/pdf", printed.pdf)],
            is_optional=True,
        )

    async def due_soon(self, occasion: Occasion, words: Language) -> Letter:
        """Return the reminder of invoices that will soon be due. Raise NothingToSendError when all are paid."""
        invoices = await self._still_open(occasion)
        count, total = len(invoices), _total(invoices, words)
        subject = words.ngettext(
            "Invoice {number} is due on {day}",
            "{count} invoices are due soon",
            count,
            number=invoices[0]["number"],
            day=words.long_day(_due_on(invoices[0])),
        )
        return self._reminder(
            words,
            invoices,
            company=occasion.facts["company"],
            subject=subject,
            amount=total,
            amount_note=words.gettext("To pay by {day}", day=words.long_day(_due_on(invoices[0]))) if total else "",
        )

    async def overdue(self, occasion: Occasion, words: Language) -> Letter:
        """Return the reminder of all invoices that are overdue now. Raise NothingToSendError when its own are paid."""
        invoices = await self._all_overdue(occasion)
        count, total = len(invoices), _total(invoices, words)
        subject = words.ngettext(
            "Invoice {number} is overdue", "{count} invoices are overdue", count, number=invoices[0]["number"]
        )
        day = words.long_day(_due_on(invoices[0]))
        _ = words.gettext
        note = _("Was due on {day}", day=day) if count == 1 else _("The first was due on {day}", day=day)
        return self._reminder(
            words,
            invoices,
            company=occasion.facts["company"],
            subject=subject,
            amount=total,
            amount_note=note if total else "",
            is_late=True,
        )

    def _reminder(
        self,
        words: Language,
        invoices: Sequence[Mapping[str, Any]],
        *,
        company: str,
        subject: str,
        amount: str,
        amount_note: str,
        is_late: bool = False,
    ) -> Letter:
        _ = words.gettext
        listed, more = first_of(invoices, words)
        rows = [
            (
                _("{number}, due on {day}", number=one["number"], day=words.day(_due_on(one))),
                words.money(one["amount_due"], one["currency"]),
            )
            for one in listed
        ]
        path = f"/invoices/{invoices[0]['id']}" if len(invoices) == 1 else "/invoices"
        return Letter(
            subject=subject,
            heading=subject,
            amount=amount,
            amount_note=amount_note,
            tone="bad" if is_late else "plain",
            facts=[(_("Customer"), company), *rows],
            action=self._portal.link(_("View and pay"), path),
            notes=[*more, _("If you have paid in the last days, please ignore this reminder.")],
            is_optional=True,
        )

    async def _all_overdue(self, occasion: Occasion) -> list[Mapping[str, Any]]:
        """Return all overdue invoices, not only those that reach a stage today: the sum is the account's."""
        own = {one["id"]: one for one in await self._still_open(occasion)}
        today = date.fromisoformat(occasion.facts["today"])
        overdue = [fact_of(one) for one in await self._reminders.list_overdue(occasion.account_id, today)]
        listed = {one["id"] for one in overdue}
        return sorted([*overdue, *(own[key] for key in own if key not in listed)], key=_due_on)

    async def _still_open(self, occasion: Occasion) -> list[Mapping[str, Any]]:
        """Return the invoices that still have something to pay and are not contested, with their present amounts."""
        found: list[Mapping[str, Any]] = []
        for one in occasion.facts["invoices"]:
            invoice = await self._invoices.get(occasion.account_id, UUID(one["id"]))
            if (
                invoice.status == "open"
                and not invoice.contested
                and (amount := invoice.amount_due - invoice.amount_pending) > 0
            ):
                found.append({**one, "amount_due": amount})
        if not found:
            raise NothingToSendError("The invoices were paid or contested meanwhile.")
        return found


def _due_on(invoice: Mapping[str, Any]) -> date:
    return date.fromisoformat(invoice["due_on"])


def _total(invoices: Sequence[Mapping[str, Any]], words: Language) -> str:
    """Return the sum, or an empty text where they are in several currencies."""
    currencies = {one["currency"] for one in invoices}
    if len(currencies) > 1:
        return ""
    return words.money(sum(one["amount_due"] for one in invoices), currencies.pop())
