"""Lists in letters: the first ones, and the number of the others."""

from collections.abc import Sequence
from typing import TypeVar

from billing_api.locales.language import Language

MOST_LISTED = 12
T = TypeVar("T")


def first_of(items: Sequence[T], words: Language) -> tuple[Sequence[T], list[str]]:
    """Return as many items as a letter lists, and the note that says how many it leaves out, if it does."""
    more = len(items) - MOST_LISTED
    return items[:MOST_LISTED], [words.ngettext("And one more.", "And {count} more.", more)] if more > 0 else []
