"""Texts as they can be printed: characters that can't be are replaced visibly, and long words may break."""

import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_BREAK = "\N{ZERO WIDTH SPACE}"
# A run that is longer may break anywhere; where letters join, as in Arabic, only a much longer one.
LONG, _VERY_LONG = 16, 60
_RUN = re.compile(rf"\S{{{LONG + 1},}}")
_FIGURE = re.compile(r"[(\N{MINUS SIGN}]?\d{1,3}([.,'\N{RIGHT SINGLE QUOTATION MARK}]\d{3})*([.,]\d+)?\)?")
# Marks that turn the direction of what follows: a text could read otherwise than it is.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset({"Cf", "Zl", "Zp"})  # format characters need no glyph
# Those that do: Unicode's format characters (Cf) without the property Default_Ignorable_Code_Point.
_NEEDS_GLYPH = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f]"
)
_BYTE_ORDER_MARK = "\ufeff"  # left by programs; it shows nothing, and PDF/A has no place for it
_NOT_PRINTED = frozenset({"Cc", "Cs", "Co", "Cn"})
_ATTACHED = frozenset({"Mn", "Mc", "Me", "Cf", "Sk"})  # to the character before


def printable(value: Any, have: Callable[[str], bool]) -> Any:
    """Return the same data with each text as it can be printed; `have` says whether a font has a character."""
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() and len(value) <= LONG else _text(value, have)
    if isinstance(value, list):
        return [printable(item, have) for item in value]
    if isinstance(value, dict):
        return {key: printable(item, have) for key, item in value.items()}
    return value


def _text(text: str, have: Callable[[str], bool]) -> str:
    shown = "".join(_character(one, have) for one in text.replace("\r\n", "\n"))
    return _RUN.sub(lambda run: _breakable(run[0]), shown)


def _character(character: str, have: Callable[[str], bool]) -> str:
    if character == "\n" or (character.isascii() and character.isprintable()):
        return character
    if character == "\t":
        return " "
    if character == _BYTE_ORDER_MARK:
        return ""
    category = unicodedata.category(character)
    if character in _TURNS or category in _NOT_PRINTED:
        return REPLACEMENT
    if category in _INVISIBLE and not _NEEDS_GLYPH.match(character):
        return character
    return character if have(character) else REPLACEMENT


def _breakable(run: str) -> str:
    if _FIGURE.fullmatch(run) or (len(run) <= _VERY_LONG and not run.isascii()):
        return run
    parts = [run[0]]
    for before, character in pairwise(run):
        if before != "\N{ZERO WIDTH JOINER}" and unicodedata.category(character) not in _ATTACHED:
            parts.append(_BREAK)
        parts.append(character)
    return "".join(parts)
