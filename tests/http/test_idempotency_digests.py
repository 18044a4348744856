"""The digest of a body, which makes two requests the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_api.http.idempotency import digest_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_spelling_makes_no_difference(value: Any) -> None:
    """The order of keys, white space and escapes change no digest."""
    plain = json.dumps(value).encode()
    spelled = json.dumps(_turned(value), indent=3, ensure_ascii=False).encode()
    assert digest_of(plain) == digest_of(spelled)


@given(VALUES, VALUES)
def test_another_value_is_another_request(one: Any, other: Any) -> None:
    """A `true` is not a 1, and a text is not a number."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest_of(json.dumps(one).encode()) == digest_of(json.dumps(other).encode())) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [(b'{"a":1}', b'{"a":1.0}'), (b'{"a":1}', b'{"a":true}'), (b'{"a":1}', b'{"a":"1"}'), (b"[1,2]", b"[2,1]")],
)
def test_likeness_is_not_enough(one: bytes, other: bytes) -> None:
    """The order of a list counts."""
    assert digest_of(one) != digest_of(other)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5000, b'{"a": NaN}'])
def test_a_body_that_is_not_json_has_a_digest_too(body: bytes) -> None:
    """Its route refuses it."""
    assert len(digest_of(body)) == 64


def _turned(value: Any) -> Any:
    """Return the value with the keys of every object in another order."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value
