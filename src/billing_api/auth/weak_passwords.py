"""Passwords that anyone would try: those that leaked a thousand times, and the ones that only look different.

`breached_passwords.txt` beside this module holds some hundred words that head every list of leaked passwords. It was
written for this project from common knowledge; no published list was copied, so nobody's licence applies to it. A long
password is weak when it is little more than such words, runs of keys, years and the owner's own names, one after the
other (NIST SP 800-63B-4, 3.1.1.2: a blocklist with the obvious derivatives, and no rules of composition).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources

_ENOUGH_PIECES = 6
_LONGEST_PIECE = 48
_SHORTEST_RUN = 3
_SHORTEST_OWN_WORD = 3
_KEY_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "!@#$%^&*()",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
_YEARS = range(1940, 2040)
_SEPARATORS = re.compile(r"[\s\-_.,'+]+")
_LOOKALIKES = (
    str.maketrans("@4310!$57", "aaeioisst"),
    str.maketrans("@4310!$57", "aaelolsst"),  # a 1 may stand for an l
)


def is_weak(password: str, own_words: Iterable[str] = ()) -> bool:
    """Whether fewer than six guesses of the obvious kind, one after the other, make up the password.

    `own_words` are what everybody knows of its owner: the e-mail address, the company's name.
    """
    plain = _plain(password)
    if not plain:
        return True
    return _pieces(plain[: _period(plain)], {*_known(), *_own(own_words)}) < _ENOUGH_PIECES


def _pieces(text: str, known: set[str]) -> int:
    """The smallest number of known words, runs of one character and single characters that make up the text."""
    spellings = (text, *(text.translate(table) for table in _LOOKALIKES))
    fewest = [0] * (len(text) + 1)
    for start in reversed(range(len(text))):
        run = start + 1
        while run < len(text) and text[run] == text[start]:
            run += 1
        ends = {start + 1, run}
        for end in range(start + _SHORTEST_RUN, min(len(text), start + _LONGEST_PIECE) + 1):
            if any(spelling[start:end] in known for spelling in spellings):
                ends.add(end)
        fewest[start] = 1 + min(fewest[end] for end in ends)
    return fewest[0]


def _period(text: str) -> int:
    """The length of the shortest beginning whose repetition is the text: of `abcabcab` it is 3."""
    return next(length for length in range(1, len(text) + 1) if text.startswith(text[length:]))


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _own(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield _plain(word)
        yield _plain(word.partition("@")[0])
        yield from (_plain(part) for part in re.split(r"[\W_]+", word) if len(part) >= _SHORTEST_OWN_WORD)


@cache
def _known() -> frozenset[str]:
    lines = resources.files(__package__).joinpath("breached_passwords.txt").read_text("utf-8").splitlines()
    runs = (
        row[start:end]
        for keys in _KEY_RUNS
        for row in (keys, keys[::-1])
        for start in range(len(row))
        for end in range(start + _SHORTEST_RUN, len(row) + 1)
    )
    return frozenset({*(line for line in lines if not line.startswith("#")), *runs, *map(str, _YEARS)})
