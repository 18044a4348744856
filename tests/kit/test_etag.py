"""Entity tags as RFC 9110 reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_api.errors import StaleVersionError
from billing_api.kit.etag import Precondition, content_tag, is_known, version_tag


@pytest.mark.parametrize("header", ['"7"', ' "7" ', '"6", "7"', '"6","7","8"', "*", " * ", 'W/"7", "7"'])
def test_if_match_that_fits(header: str) -> None:
    """A strong tag among those given, or any version."""
    Precondition(header).require(7)


@pytest.mark.parametrize("header", ["", "7", '"77"', 'W/"7"', '"7', '7"', '"*"', '" 7"', "**", '""', "'7'", '"\u0667"'])
def test_if_match_that_does_not_fit(header: str) -> None:
    """Nothing is guessed: what is no strong tag of this version is stale."""
    with pytest.raises(StaleVersionError):
        Precondition(header).require(7)


@given(st.integers(1, 2**62), st.integers(1, 2**62))
def test_a_version_fits_itself_alone(version: int, other: int) -> None:
    """What a resource answers as its ETag opens exactly that version."""
    precondition = Precondition(version_tag(version))
    precondition.require(version)
    if other != version:
        with pytest.raises(StaleVersionError):
            precondition.require(other)


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (None, False),
        ("", False),
        ("*", True),
        ('"7"', True),
        ('W/"7"', True),
        ('"6", W/"7"', True),
        ('"6"', False),
        ("7", False),
        ('w/"7"', True),
    ],
)
def test_if_none_match(header: str | None, known: bool) -> None:
    """The comparison is the weak one."""
    assert is_known(header, '"7"') is known


@given(st.binary(), st.binary())
def test_content_tag_is_the_contents(one: bytes, other: bytes) -> None:
    """The same for the same bytes, another for others; strong, and without what a header can't hold."""
    assert (content_tag(one) == content_tag(other)) == (one == other)
    assert content_tag(one)[1:-1].isalnum()
    assert is_known(content_tag(one), content_tag(one))
