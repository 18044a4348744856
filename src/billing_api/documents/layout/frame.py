"""The frame of every paper: letterhead, recipient, facts, running head, and the slip that is cut off."""

from typing import Any

from billing_api.documents.layout.blocks import Block, Pairs
from billing_api.documents.papers import Letterhead, Recipient
from billing_api.locales.language import Language
from billing_api.locales.tags import prints_on_letter


def frame(
    say: Language,
    letterhead: Letterhead,
    recipient: Recipient,
    *,
    title: str,
    subtitle: str,
    running: str,
    facts: Pairs,
    blocks: list[Block],
    slip: Block | None,
) -> dict[str, Any]:
    """Return all that the template reads."""
    _ = say.gettext
    tag, _sep, region = say.tag.partition("-")
    return {
        "language": tag,
        "region": region,
        "letter": prints_on_letter(say.tag),
        "color": letterhead.color,
        "logo": letterhead.logo,
        "vendor": {
            "name": letterhead.name,
            "address": list(letterhead.address),
            "contact": list(letterhead.contact),
            "registration": list(letterhead.registration),
        },
        "recipient": _label(say, letterhead, recipient),
        "title": title,
        "subtitle": subtitle,
        "running": running,
        "facts": [list(fact) for fact in facts],
        "blocks": blocks,
        "slip": slip,
        # The template knows the numbers.
        "pages": _("Page {page} of {pages}", page="{page}", pages="{pages}"),
        "logo_alt": _("Logo of {name}", name=letterhead.name),
    }


def _label(say: Language, letterhead: Letterhead, recipient: Recipient) -> list[str]:
    """Return the lines in the window; a letter abroad names the country last, in capitals (Universal Postal Union)."""
    if recipient.country in {None, letterhead.country}:
        return list(recipient.lines)
    return [*recipient.lines, say.country(str(recipient.country)).upper()]


def slip(
    say: Language, letterhead: Letterhead, recipient: Recipient, *, facts: Pairs, currency: str, due: str
) -> Block:
    """Return the slip that goes back with a payment."""
    _ = say.gettext
    bank = next((bank for bank in letterhead.banks if bank.currency == currency), None)
    account = [(_("Account number"), recipient.account_number)] if recipient.account_number else []
    return {
        "cut": _("Please cut here and send this slip with your payment"),
        "title": _("Remittance slip"),
        "payable_to": _("Payable to"),
        "to": list(letterhead.remit_to),
        "facts": [[_("Customer"), recipient.name], *map(list, account), *map(list, facts)],
        "due_label": _("Amount due"),
        "due": due,
        "enclosed": _("Amount enclosed"),
        "in_full": _("Paid in full"),
        "in_part": _("Paid in part"),
        "bank_title": _("By bank transfer"),
        "bank": [list(pair) for pair in bank.details] if bank else [],
        "currency": currency,
        "portal": letterhead.portal_url,
        "online": _("Pay online at {address}", address=letterhead.portal_url) if letterhead.portal_url else "",
    }
