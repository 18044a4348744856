"""Find passwords that are easy to guess, by zxcvbn: leaked passwords, words, names, dates, keyboards, repetitions.

zxcvbn estimates the number of guesses of an attacker who has all those lists (Wheeler, USENIX Security 2016). Words of
the owner and some phrases that pass for strong are left out before. There are no rules of composition (NIST SP
800-63B-4, 3.1.1.2). The only importer of `zxcvbn_rs_py`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from zxcvbn_rs_py import zxcvbn

_ENOUGH_GUESSES = 10**9  # the throttle's 100 an hour take a thousand years
_JUDGED_LENGTH = 32  # zxcvbn's time grows faster than the text, up to 0.1 s for this, and it holds up the loop
_SHORTEST_OWN_WORD = 3
_PHRASES = (
    "billingportal",  # this one, as anyone names it
    "correcthorsebatterystaple",
    "fourwordsalluppercase",
    "ichliebedich",
    "iloveyouforever",
    "jumpsoverthelazydog",
    "keepcalmandcarryon",
    "manchesterunited",
    "maytheforcebewithyou",
    "supercalifragilisticexpialidocious",
    "thequickbrownfox",
    "thisisapassword",
    "thisisasecurepassword",
    "thisismypassword",
    "tobeornottobe",
    "todayisagoodday",
    "youllneverwalkalone",
    # Rows of keyboards that zxcvbn does not know: French and German ones.
    "azertyuiop",
    "qsdfghjklm",
    "qwertzuiop",
)
_SEPARATORS = re.compile(r"[\s\-_.,'+]+")
_LOOKALIKES = (
    str.maketrans("@4310!$57", "aaeioisst"),
    str.maketrans("@4310!$57", "aaelolsst"),  # a 1 may stand for an l
)


def is_weak(password: str, own_words: Iterable[str] = ()) -> bool:
    """Return whether a thousand million guesses find the password; `own_words` are addresses and names of its owner."""
    known = sorted({*_PHRASES, *filter(None, _own(own_words))}, key=len, reverse=True)
    text = _plain(password)
    spellings = {text, *(text.translate(lookalike) for lookalike in _LOOKALIKES)}
    return any(_guesses(_without(known, spelling)) < _ENOUGH_GUESSES for spelling in spellings)


def _guesses(text: str) -> int:
    return zxcvbn(text[:_JUDGED_LENGTH], []).guesses


def _without(known: Iterable[str], text: str) -> str:
    """Return the text with one character in the place of each word that is known."""
    for word in known:
        text = text.replace(word, " ")
    return text


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _own(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield _plain(word)
        yield _plain(word.partition("@")[0])
        yield from (_plain(part) for part in re.split(r"[\W_]+", word) if len(part) >= _SHORTEST_OWN_WORD)
