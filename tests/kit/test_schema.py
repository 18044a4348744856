"""The text types: what they let through can be stored."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from billing_api.kit.schema import InputSchema, text

SHORT: TypeAdapter[str] = TypeAdapter(Annotated[str, text(5)])


class Thing(InputSchema):
    """An input."""

    name: Annotated[str, text(5)]


@given(st.text())
def test_what_is_let_through_can_be_stored(given_text: str) -> None:
    """No NUL, no lone surrogate, within its length, and never empty: the rest is the people's own."""
    try:
        kept = SHORT.validate_python(given_text)
    except ValidationError:
        return
    assert 1 <= len(kept) <= 5
    assert "\x00" not in kept
    assert kept.encode().decode() == kept
    assert kept in given_text


@pytest.mark.parametrize("bad", ["", "  ", "\x00", "a\x00", "\ud800", "a\udfffb", "123456", "\u00a0\u2003"])
def test_what_is_refused(bad: str) -> None:
    """Nothing, blanks, and what PostgreSQL or UTF-8 can't hold."""
    with pytest.raises(ValidationError):
        SHORT.validate_python(bad)


@pytest.mark.parametrize("good", ["a", "  a  ", "日本語", "é", "👍🏽", "a\nb", "<b>", "'; --"])
def test_what_is_kept(good: str) -> None:
    """People's names are theirs."""
    assert SHORT.validate_python(good) == good.strip()


def test_inputs_refuse_what_they_do_not_know_and_do_not_change() -> None:
    """A misspelled field must not be taken for one that was left out."""
    with pytest.raises(ValidationError):
        Thing.model_validate({"name": "a", "nmae": "b"})
    with pytest.raises(ValidationError):
        setattr(Thing(name="a"), "name", "b")  # noqa: B010 - mypy knows that it is read-only
