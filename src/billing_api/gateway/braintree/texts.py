"""Texts of the SDK's objects, which the gateway may leave out."""

import unicodedata

from billing_api.kit.card_numbers import without_card_numbers


def text_of(subject: object, name: str) -> str | None:
    """Return an attribute that the gateway may leave out or send empty."""
    value = getattr(subject, name, None)
    return str(value) if value not in {None, ""} else None


def typed_text_of(subject: object, name: str) -> str | None:
    """Return a text from a form at the gateway, in NFC: a browser may have filled the card's number in."""
    typed = text_of(subject, name)
    return typed and without_card_numbers(unicodedata.normalize("NFC", typed))
