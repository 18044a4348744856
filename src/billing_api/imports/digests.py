"""What a line said, in short: kept with its external id, so that a later run tells a repeat from a change.

A digest of the whole line decides. Short ones of its fields follow it, and only tell where two lines differ.
"""

from hashlib import blake2b
from typing import Any
from zlib import crc32

from pydantic_core import from_json, to_json

from billing_api.imports.lines import AccountLine, InvoiceLine, Line

_SAME_ANYWAY = {"type", "external_id"}


def digest_of(line: Line) -> str:
    """Return the same text for two lines that say the same, whatever their white space and order of fields."""
    if isinstance(line, AccountLine):  # to leave a field out leaves it as it is: that is not the same as its default
        said = line.model_dump_json(exclude_unset=True)
    else:
        said = line.model_dump_json(exclude_defaults=True)
    if _speaks_of_discount(line):
        said += "discount"
    return blake2b(said.encode(), digest_size=16).hexdigest()


def record_of(line: Line, digest: str) -> str:
    """Return the text to be kept: the line's digest, then those of its fields."""
    return " ".join([digest, *(f"{name}:{short}" for name, short in _by_field(line).items())])


def is_repeat(record: str, digest: str) -> bool:
    """Return whether a line with this digest says what was kept."""
    return record.split(" ", 1)[0] == digest


def differing(record: str, line: Line) -> list[str]:
    """Return the names of the fields in which a line differs from what was kept; none when that is not known."""
    before = dict(part.split(":", 1) for part in record.split(" ")[1:])
    if not before:
        return []
    now = _by_field(line)
    return [name for name in type(line).model_fields if before.get(name) != now.get(name)]


def _by_field(line: Line) -> dict[str, str]:
    fields: dict[str, Any] = from_json(line.model_dump_json(exclude_defaults=True))
    if _speaks_of_discount(line):
        fields.setdefault("discount", None)
    return {name: f"{crc32(to_json(value)):08x}" for name, value in fields.items() if name not in _SAME_ANYWAY}


def _speaks_of_discount(line: Line) -> bool:
    """Return whether a line says which discount there is, or that there is none, instead of leaving it to the terms."""
    return isinstance(line, InvoiceLine) and "discount" in line.model_fields_set
