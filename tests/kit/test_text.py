"""Accepted texts can be stored, shown and logged."""

import re
import unicodedata
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from billing_api.kit.text import Text

SHORT: TypeAdapter[str] = TypeAdapter(Annotated[str, Text(5)])
LINES: TypeAdapter[str] = TypeAdapter(Annotated[str, Text(50, lines=True)])
NUMBER: TypeAdapter[str] = TypeAdapter(Annotated[str, Text(50, identifier=True)])
KINDS = pytest.mark.parametrize("kind", [SHORT, LINES, NUMBER], ids=["short", "lines", "number"])

CARD = "4111 1111 1111 1111"
CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
ENDS = ["\r", "\n", "\u2028", "\u2029"]
TURNS = [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]


def refusal(kind: TypeAdapter[str], text: str) -> dict[str, Any]:
    """Return the one error of a text."""
    with pytest.raises(ValidationError) as refused:
        kind.validate_python(text)
    [error] = refused.value.errors()
    return dict(error)


@given(st.text())
def test_an_accepted_text_can_be_stored(given_text: str) -> None:
    """Within its length, never empty, and every character of it is one."""
    try:
        kept = SHORT.validate_python(given_text)
    except ValidationError:
        return
    assert 1 <= len(kept) <= 5
    assert not {unicodedata.category(sign) for sign in kept} & {"Cc", "Cs"}
    assert kept.encode().decode() == kept
    assert kept in unicodedata.normalize("NFC", given_text)


@pytest.mark.parametrize("bad", ["", "  ", "\ud800", "a\udfffb", "123456", "\u00a0\u2003"])
def test_what_is_refused(bad: str) -> None:
    """Nothing, blanks, too much, and what UTF-8 can't hold."""
    assert refusal(SHORT, bad)["type"] in {"string_too_short", "string_too_long", "string_unicode"}


@pytest.mark.parametrize("good", ["a", "  a  ", "日本語", "é", "👍🏽", "<b>", "'; --", "\u200fא"])
def test_what_is_kept(good: str) -> None:
    """People's names are theirs; white space around them is nobody's."""
    assert SHORT.validate_python(good) == good.strip()


@KINDS
@pytest.mark.parametrize(
    "unseen",
    [
        *("\u200b", "\u200d\u2060", "\ufeff", "\u3164", "\u115f\u1160", "\uffa0", "\u2800", "\u00ad", "\u034f"),
        *("\ufe0f", "\U000e0041", "\U000e0100", "\u180e", "\u200f", "\u2062", "\u17b4", "\ufff9", " \u3164 "),
        "\u00a0\u2800\u3000",
    ],
    ids=ascii,
)
def test_nothing_to_see(kind: TypeAdapter[str], unseen: str) -> None:
    """Nobody could find such a name in a list; beside a letter the same characters have their use."""
    assert refusal(kind, unseen)["type"] == "invisible_text"
    assert kind.validate_python(f"a{unseen}b"[:5]).startswith("a")


@KINDS
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Cafe\u0301", "Caf\u00e9"),
        ("\u1112\u1161\u11ab", "\ud55c"),  # Hangul, as macOS writes it
        ("\u212b", "\u00c5"),
        ("\u304b\u3099", "\u304c"),
        ("\ufb01", "\ufb01"),  # a ligature is another text (NFKC), and is left alone
    ],
)
def test_composed(kind: TypeAdapter[str], written: str, kept: str) -> None:
    """Texts that look the same are stored and found as the same."""
    assert kind.validate_python(written) == kept


def test_the_length_is_that_of_the_composed_text() -> None:
    """Whatever keyboard wrote it; a few characters become longer in NFC."""
    assert SHORT.validate_python("e\u0301" * 5) == "\u00e9" * 5
    assert refusal(SHORT, "\u0958" * 5)["type"] == "string_too_long"


@KINDS
@pytest.mark.parametrize("sign", dict.fromkeys([*CONTROLS, *ENDS, *TURNS]), ids=lambda sign: f"{ord(sign):04x}")
def test_control_characters(kind: TypeAdapter[str], sign: str) -> None:
    """They say one thing to people and another to programs; a text of several lines has lines and tabs."""
    for text in (f"a{sign}b", f"{sign}a", f"a{sign}"):
        if kind is LINES and sign in ["\t", *ENDS]:
            assert kind.validate_python(text) == (text if sign == "\t" else text.replace(sign, "\n")).strip()
            continue
        error = refusal(kind, text)
        assert error["type"] == "control_character"
        assert sign not in error["msg"]


def test_ends_of_lines_are_one_character() -> None:
    """However the client's machine writes them."""
    assert LINES.validate_python("a\r\nb\n\nc\rd\u2028e\u2029f\r\n") == "a\nb\n\nc\nd\ne\nf"


@pytest.mark.parametrize("text", [CARD, f"pay by {CARD} please"])
def test_card_number(text: str) -> None:
    """The refusal says what to do, and not what was written."""
    error = refusal(LINES, text)
    assert error["type"] == "card_number"
    assert "4111" not in error["msg"]
    assert "leave it out" in error["msg"]


def test_a_documents_number_may_look_like_a_cards() -> None:
    """One in ten long numbers passes the check."""
    assert NUMBER.validate_python(CARD) == CARD


@KINDS
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_the_documented_pattern_is_what_is_checked(kind: TypeAdapter[str], text: str) -> None:
    """A text that fits the documented pattern is accepted."""
    try:
        kind.validate_python(text)
        refused = set()
    except ValidationError as error:
        refused = {item["type"] for item in error.errors()}
    fits = re.fullmatch(kind.json_schema()["pattern"], text) is not None
    assert fits == ("control_character" not in refused)
