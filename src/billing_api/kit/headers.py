"""A header of an ASGI request; Starlette's mapping decodes all the headers before it too."""

from collections.abc import Iterable


def header_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """Return the first header of this lower-case name, or None."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return None
