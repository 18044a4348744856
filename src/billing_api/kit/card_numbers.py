"""Card numbers in text that was never meant to hold one: found, and taken out.

A card number is 12 to 19 digits that begin as a known brand's do, are as many as that brand's, and pass the Luhn check
(ISO/IEC 7812). People write it in groups; so it begins and ends where a group of digits does. A UUID, an IBAN, a date
and a telephone number that begins with a plus sign are no card numbers.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate

# First digits, and lengths from the longest down. Elo, Hiper, Verve, Dankort and co-branded cards lie within these.
_BRANDS = (
    (r"4", (19, 16, 13)),  # Visa
    (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),  # Mastercard
    (r"3[47]", (15,)),  # American Express
    (r"6011|64[4-9]|65", (19, 18, 17, 16)),  # Discover
    (r"30[0-5]|3095|3[689]", (19, 16, 14)),  # Diners Club
    (r"35(?:2[89]|[3-8])", (19, 18, 17, 16)),  # JCB
    (r"2131|1800", (15,)),  # JCB of old
    (r"62|81", (19, 18, 17, 16)),  # UnionPay
    (r"220[0-4]", (19, 18, 17, 16)),  # Mir
    (r"60|82", (16,)),  # RuPay, Hipercard
    (r"9792", (16,)),  # Troy
    (r"50|5[6-8]|63|67", tuple(range(19, 11, -1))),  # Maestro
)
_FIRST_DIGITS = re.compile("|".join(f"({first})" for first, _ in _BRANDS))
_SHORTEST = min(min(lengths) for _, lengths in _BRANDS)

# The separators between two digits of one number; dashes and dots of every kind are folded to these.
_BETWEEN = r"[\s.-]{0,3}+"
_DIGITS = re.compile(rf"(?<!\d)\d(?:{_BETWEEN}\d){{{_SHORTEST - 1},}}+", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_DOTS = "·•‧∙⋅。"  # those that NFKC leaves

_DAY_OR_MONTH = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
_NO_CARD = re.compile(
    r"\b(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b"
    rf"|(?<!\d)(?:{_DAY_OR_MONTH}([.-]){_DAY_OR_MONTH}\1{_YEAR}|{_YEAR}([.-])\d\d\2\d\d)(?!\d)"
    # E.164 has at most fifteen digits.
    rf"|\+\d(?:{_BETWEEN}\d){{6,14}}(?!{_BETWEEN}\d)"
    r"|(?P<iban>\b[A-Z]{2}\d\d(?: ?[0-9A-Z]){11,30}\b)",
    re.ASCII,
)
_SHORTEST_IBAN = 15

_STAND_IN = "[card number]"


def holds_card_number(text: str) -> bool:
    """Return whether the text holds a card number, in digits of any script; the time is in proportion to its length."""
    if len(text) < _SHORTEST and text.isascii():
        return False
    folded = _folded(text)
    return _DIGITS.search(folded) is not None and next(_find(folded), None) is not None


def without_card_numbers(text: str) -> str:
    """Return the text with `[card number]` for each card number; characters beyond ASCII may get plainer."""
    folded = _folded(text)
    kept, at = [], 0
    for start, end in _find(folded):
        kept += [folded[at:start], _STAND_IN]
        at = end
    return "".join([*kept, folded[at:]]) if kept else text


def _folded(text: str) -> str:
    """Return the text with digits, dashes and dots of every script in ASCII, and without invisible characters."""
    if text.isascii():
        return text
    return "".join(
        character if character.isascii() else _plain(character) for character in unicodedata.normalize("NFKC", text)
    )


def _plain(character: str) -> str:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    if category in {"Cf", "Mn", "Me"}:  # zero-width characters, soft hyphens, the frames of keycaps
        return ""
    return "." if character in _DOTS else character


def _find(text: str) -> Iterator[tuple[int, int]]:
    """Yield the begin and the end of each card number in folded text; no two overlap."""
    if not _DIGITS.search(text):
        return
    for run in _DIGITS.finditer(_NO_CARD.sub(_blank, text)):
        yield from _find_in_run(run[0], run.start())


def _blank(found: re.Match[str]) -> str:
    """Return a text of the same length without digits; an IBAN may be shorter than the text that looks like one."""
    looks, length = found[0], len(found[0])
    if found["iban"]:
        ends = [length, *(at for at in range(length - 1, 0, -1) if looks[at] == " ")]
        length = next((end for end in ends if _is_iban(looks[:end])), 0)
    return "x" * length + looks[length:]


def _is_iban(text: str) -> bool:
    """Return whether the check digits of an IBAN are right (ISO 13616)."""
    characters = text.replace(" ", "")
    if len(characters) < _SHORTEST_IBAN:
        return False
    return int("".join(str(int(character, 36)) for character in characters[4:] + characters[:4])) % 97 == 1


def _find_in_run(run: str, offset: int) -> Iterator[tuple[int, int]]:
    """Yield the card numbers of one run of digit groups."""
    groups = [match.span() for match in _GROUP.finditer(run)]
    digits = "".join(run[start:end] for start, end in groups)
    # How many digits there are before each group, and where in the run a group ends with so many digits behind it.
    before, ends, count = [], {}, 0
    for start, end in groups:
        before.append(count)
        count += end - start
        ends[count] = end
    sums = _luhn_sums(digits)
    done = 0
    for first, (start, _) in zip(before, groups, strict=True):
        lengths = _lengths(digits, first) if first >= done else ()
        for last in (first + length for length in lengths):
            if last in ends and (sums[last % 2][last] - sums[last % 2][first]) % 10 == 0:
                yield offset + start, offset + ends[last]
                done = last
                break


def _lengths(digits: str, first: int) -> tuple[int, ...]:
    """Return the possible lengths of a card number that begins here, the longest first."""
    brand = _FIRST_DIGITS.match(digits, first)
    return _BRANDS[(brand.lastindex or 0) - 1][1] if brand else ()


def _luhn_sums(digits: str) -> tuple[list[int], list[int]]:
    """Return two lists of Luhn prefix sums: even places doubled, odd places doubled.

    The check doubles each second digit before the last one. So the sum of a number that ends before place n is the
    difference of two entries of list n % 2.
    """
    single = [int(digit) for digit in digits]
    double = [int("0246813579"[digit]) for digit in single]
    both = ([*single], [*single])
    for place in (0, 1):
        both[place][place::2] = double[place::2]
    return [0, *accumulate(both[0])], [0, *accumulate(both[1])]
