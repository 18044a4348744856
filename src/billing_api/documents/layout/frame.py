"""The frame of every paper: letterhead, recipient, facts, running head, and the slip that is cut off."""

import unicodedata
from collections.abc import Iterable
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
    """Return the lines in the window; a letter abroad names the country last, in capitals (Universal Postal Union).

    A Japanese letter to a company has 御中 after its name.
    """
    lines = [
        say.pgettext("a company as an addressee", "{company}", company=line) if line == recipient.name else line
        for line in recipient.lines
    ]
    if recipient.country not in {None, letterhead.country}:
        lines.append(say.country(str(recipient.country)).upper())
    return lines


def slip(
    say: Language,
    letterhead: Letterhead,
    recipient: Recipient,
    *,
    facts: Pairs,
    dues: Iterable[tuple[str, int]],
    is_rest: bool,
) -> Block:
    """Return the slip that goes back with a payment.

    `dues` are currencies and amounts; with `is_rest` a part of them is paid, or under way.
    """
    _ = say.gettext
    banks = {bank.currency: bank.details for bank in letterhead.banks}
    account = [(_("Account number"), recipient.account_number)] if recipient.account_number else []
    return {
        "cut": _("Please cut here and send this slip with your payment"),
        "title": _("Remittance slip"),
        "payable_to": _("Payable to"),
        "to": [_shortened(line, _SLIP) for line in letterhead.remit_to],
        "customer": [_("Customer"), _shortened(recipient.name, _SLIP)],
        "facts": [[label, _shortened(value, _SLIP)] for label, value in (*account, *facts)],
        "due_label": _("Left to pay") if is_rest else _("Amount due"),
        "dues": [
            {
                "currency": currency,
                "amount": say.money(amount, currency),
                "bank": [list(pair) for pair in banks.get(currency, ())],
            }
            for currency, amount in dues
        ],
        "enclosed": _("Amount enclosed"),
        "in_full": _("Paid in full"),
        "in_part": _("Paid in part"),
        "bank_title": _("By bank transfer"),
        "portal": letterhead.portal_url,
        "online": _("Pay online at {address}", address=letterhead.portal_url) if letterhead.portal_url else "",
    }
