"""Identifiers, made by the application so that a row's id is known before it is written."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): unique, and ordered by the time it was made."""
    return uuid7()
