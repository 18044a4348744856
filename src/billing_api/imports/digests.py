"""The record of a line: kept with its external id, so that a later run distinguishes a repeat from a change.

A digest of the whole line decides. Short digests of its fields follow, which only show where two lines differ. Last
come the parts of which less was applied than the line said, so that a repeat has the same warnings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, unquote
from zlib import crc32

from pydantic_core import from_json, to_json

from billing_api.accounts.digests import REQUEST
from billing_api.imports.lines import ImportedAccount, ImportedInvoice, ImportLine
from billing_api.invoices.applying import Shortfall

_SAME_ANYWAY = {"type", "external_id"}
_SHORTFALL = "applied_less:"


def canonical_text(line: ImportLine) -> str:
    """Return the canonical text of a line: the same whatever its white space and order of fields."""
    if isinstance(
        line, ImportedAccount
    ):  # to leave a field out leaves it as it is: that is not the same as its default
        return line.model_dump_json(exclude_unset=True)
    return line.model_dump_json(exclude_defaults=True)


def digest_of(line: ImportLine, text: str) -> str:
    """Return the digest of a line by its canonical text."""
    # An explicit null means no discount; without the field the account's terms decide.
    whole = f"{text}discount" if _gives_discount(line) else text
    return blake2b(whole.encode(), digest_size=16).hexdigest()


def record_of(line: ImportLine, text: str, digest: str) -> str:
    """Return the text to be kept: the line's digest, then those of a document's fields."""
    if isinstance(line, ImportedAccount):  # its differences are changes of the account, which is compared itself
        return digest
    return " ".join([digest, *(f"{name}:{short}" for name, short in _by_field(line, text).items())])


def with_shortfalls(record: str, shortfalls: Iterable[Shortfall]) -> str:
    """Return the record of a line of which less was applied than it said."""
    return " ".join([record, *(_SHORTFALL + quote(to_json(asdict(one)).decode()) for one in shortfalls)])


def shortfalls_of(record: str) -> list[Shortfall]:
    """Return the shortfalls that `with_shortfalls` has added."""
    kept = (part.removeprefix(_SHORTFALL) for part in record.split(" ") if part.startswith(_SHORTFALL))
    return [Shortfall(**from_json(unquote(part))) for part in kept]


def is_comparable(record: str | None) -> bool:
    """Return whether the record is that of a line; a document that came by a request has a digest of its own sort."""
    return record is not None and not record.startswith(REQUEST)


def is_repeat(record: str, digest: str) -> bool:
    """Return whether a line with this digest repeats the kept one."""
    return record.split(" ", 1)[0] == digest


def is_repeated_change(kept: str, record: str, digests: Sequence[str]) -> bool:
    """Return whether a line about an account has been followed already.

    `kept` and `record` are the digests of a run's lines about it, in their order and up to the last one that was
    followed; `digests` are those of this run. A run that begins as the last one did repeats it: an account that is
    named twice is not changed back and forth.
    """
    before, now = kept.split(" "), record.split(" ")
    return before[-1] == now[-1] or (len(before) >= len(now) and list(digests[: len(before)]) == before)


def differing(record: str, line: ImportLine) -> list[str]:
    """Return the names of the fields in which a line differs from the kept one; none when that is not known."""
    before = dict(part.split(":", 1) for part in record.split(" ")[1:])
    if not before:
        return []
    now = _by_field(line, canonical_text(line))
    return [name for name in type(line).model_fields if before.get(name) != now.get(name)]


def _by_field(line: ImportLine, text: str) -> dict[str, str]:
    fields: dict[str, Any] = from_json(text)
    if _gives_discount(line):
        fields.setdefault("discount", None)
    return {name: f"{crc32(to_json(value)):08x}" for name, value in fields.items() if name not in _SAME_ANYWAY}


def _gives_discount(line: ImportLine) -> bool:
    """Return whether a line says which discount there is, or that there is none, instead of leaving it to the terms."""
    return isinstance(line, ImportedInvoice) and "discount" in line.model_fields_set
