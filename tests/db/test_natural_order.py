"""Document numbers in natural order."""

import random
import re

import pytest

from tests.fixtures.queries import Sql

# In their order, each line of numbers that count the same in one place.
_IN_ORDER = [
    {""},
    {"0", "000"},
    {"1", "01"},
    {"9"},
    {"10", "00010"},
    {"9999999999999999999"},
    {"10000000000000000000"},
    {"9" * 99},
    {"1" + "0" * 99},
    {"INV"},
    {"INV-"},
    {"INV-1"},
    {"INV-1/2"},
    {"INV-1/10"},
    {"INV-1a"},
    {"INV-9", "INV-09"},
    {"INV-10"},
    {"INV-10-2"},
    {"INV-10-11"},
    {"INV-100"},
    {"INV-A"},
    {"inv-1"},
    {"\u53f7-2"},
    {"\u53f7-10"},
]


async def test_a_shuffled_list_is_put_in_order(sql: Sql) -> None:
    """Whatever the number of digits, and wherever they stand."""
    shuffled = [number for same in _IN_ORDER for number in same]
    random.Random(17).shuffle(shuffled)
    rows = await sql.fetch("SELECT n FROM unnest($1::text[]) AS n ORDER BY natural_order(n), n", shuffled)
    assert [row["n"] for row in rows] == [number for same in _IN_ORDER for number in sorted(same)]


@pytest.mark.parametrize("seed", range(5))
async def test_words_are_compared_as_words_and_digits_as_numbers(sql: Sql, seed: int) -> None:
    """Numbers are compared part by part."""

    def parts(number: str) -> list[tuple[int, int, bytes]]:
        found = re.findall(r"[0-9]+|[^0-9]", number)
        return [(0, int(part), b"") if part[0] in "0123456789" else (1, 0, part.encode()) for part in found]

    chance = random.Random(seed)
    numbers = ["".join(chance.choices("0019AaI-/. \u00e9\u6f22", k=chance.randrange(12))) for _ in range(2_000)]
    rows = await sql.fetch("SELECT n FROM unnest($1::text[]) AS n ORDER BY natural_order(n)", numbers)
    found = [parts(row["n"]) for row in rows]
    # Between a number and another character, the number counts as the character 0.
    assert [_against_signs(number) for number in found] == sorted(map(_against_signs, map(parts, numbers)))


def _against_signs(number: list[tuple[int, int, bytes]]) -> list[tuple[bytes, int]]:
    return [(b"0", value) if is_word == 0 else (text, 0) for is_word, value, text in number]


async def test_the_longest_number_fits_into_an_index(sql: Sql) -> None:
    """A hundred characters, half of them digits by themselves, in a script of three bytes each."""
    size = await sql.fetchval("SELECT length(natural_order($1))", "1\u6f22" * 50)
    assert size == 50 * (4 + 3)
