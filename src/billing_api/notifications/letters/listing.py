"""Lists in letters: the first ones, and the number of the others."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from billing_api.locales.language import Language

_MOST_LISTED = 12
T = TypeVar("T")


def first_of(items: Sequence[T], words: Language) -> tuple[Sequence[T], list[str]]:
    """Return as many items as a letter lists, and the note that says how many it leaves out, if it does."""
    more = len(items) - _MOST_LISTED
    return items[:_MOST_LISTED], [words.ngettext("And one more.", "And {count} more.", more)] if more > 0 else []


def invoice_facts(
    invoices: Iterable[tuple[str, int]], currency: str, words: Language
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return invoices as the facts of a letter, by their numbers and amounts, and the note as `first_of` does."""
    listed, more = first_of(list(invoices), words)
    return [(words.gettext("Invoice"), f"{number}, {words.money(amount, currency)}") for number, amount in listed], more
