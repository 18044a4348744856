"""The frame of every paper: letterhead, recipient, facts, running head, and the slip that is cut off."""

import unicodedata
from typing import Any

from billing_api.documents.layout.blocks import Block, Pairs
from billing_api.documents.papers import Letterhead, Recipient
from billing_api.locales.language import Language
from billing_api.locales.tags import has_window_on_the_right, prints_on_letter

_SLIP = 60  # characters of a line on the slip


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
        "window_right": has_window_on_the_right(say.tag),
        "color": letterhead.color,
        "vendor": {
            "name": letterhead.name,
            "short": _shortened(letterhead.name, 50),
            "address": list(letterhead.address),
            "contact": list(letterhead.contact),
            "registration": list(letterhead.registration),
        },
        "recipient": _label(say, letterhead, recipient),
        "title": title,
        "subtitle": subtitle,
        "running": _shortened(running, 90),
        "facts": [list(fact) for fact in facts],
        "blocks": blocks,
        "slip": slip,
        # The template knows the numbers.
        "pages": _("Page {page} of {pages}", page="{page}", pages="{pages}"),
        "logo_alt": _("Logo of {name}", name=letterhead.name),
    }


def _shortened(text: str, most: int) -> str:
    """Return as much of a text as has room; letters of the East take twice as much."""
    room = most
    for place, character in enumerate(text):
        room -= 2 if unicodedata.east_asian_width(character) in "FW" else 1
        if room < 0:
            return f"{text[:place].rstrip()}…"
    return text


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
        "to": [_shortened(line, _SLIP) for line in letterhead.remit_to],
        "facts": [
            [label, _shortened(value, _SLIP)] for label, value in ((_("Customer"), recipient.name), *account, *facts)
        ],
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
