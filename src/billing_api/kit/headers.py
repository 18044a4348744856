"""A header of an ASGI request; Starlette's mapping decodes all the headers before it too."""

from collections.abc import Iterable

# Of all headers of a request together; http/protocol.py refuses more (431).
MOST_BYTES = 32_768


def header_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """Return the first header of this lower-case name, or None."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return None


def list_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """Return the list that the headers of this lower-case name are together (RFC 9110, 5.3), or None."""
    values = [value for key, value in headers if key == name]
    return b", ".join(values).decode("latin-1") if values else None
