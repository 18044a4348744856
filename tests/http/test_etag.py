"""Entity tags as RFC 9110 reads them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_api.errors import StaleVersionError
from billing_api.http.etag import entity_tag, is_known, version_of
from billing_api.kit.context import act_as


@pytest.mark.parametrize("header", ['"7"', ' "7" ', '"6", "7"', '"6","7","8"', "*", " * ", 'W/"7", "7"'])
def test_if_match_that_fits(header: str) -> None:
    """A strong tag among those given, or any version."""
    version_of(header).require(7)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "7",
        '"77"',
        '"7-"',
        '"7-x"',
        '"7-x-y"',
        '"-7"',
        'W/"7"',
        '"7',
        '7"',
        '"*"',
        '" 7"',
        "**",
        '""',
        "'7'",
        '"\u0667"',
    ],
)
def test_if_match_that_does_not_fit(header: str) -> None:
    """Every tag but a strong one of this version is stale."""
    with pytest.raises(StaleVersionError):
        version_of(header).require(7)


@given(st.integers(1, 2**62), st.integers(1, 2**62), st.binary())
def test_a_version_fits_itself_alone(version: int, other: int, content: bytes) -> None:
    """The ETag of a response opens exactly that version, whatever else is read with it."""
    named = version_of(entity_tag(content, version))
    named.require(version)
    if other != version:
        with pytest.raises(StaleVersionError):
            named.require(other)


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


@given(st.uuids(), st.uuids(), st.integers(1, 2**62), st.binary())
def test_a_versions_tag_is_the_accounts(one: UUID, other: UUID, version: int, content: bytes) -> None:
    """One account's tag says nothing about the same version of another's, and changes nothing there."""
    act_as("user", "the first", one)
    tag = entity_tag(content, version)
    act_as("user", "the next", other)
    assert is_known(tag, entity_tag(content, version)) == (one == other)
    if one == other:
        version_of(tag).require(version)
    else:
        with pytest.raises(StaleVersionError):
            version_of(tag).require(version)


@given(st.binary(), st.binary(), st.none() | st.integers(1, 9))
def test_a_tag_is_the_contents(one: bytes, other: bytes, version: int | None) -> None:
    """The same for the same bytes, another for others; strong, and without a character that a header can't hold."""
    tag = entity_tag(one, version)
    assert (tag == entity_tag(other, version)) == (one == other)
    assert tag[1:-1].replace("-", "").isalnum()
    assert is_known(tag, tag)
