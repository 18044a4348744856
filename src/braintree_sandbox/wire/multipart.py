"""Forms with files, as `multipart/form-data` (RFC 7578)."""

import re
from dataclasses import dataclass

from braintree_sandbox.wire.refusals import MalformedError
from braintree_sandbox.wire.values import Params

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_NAME = re.compile(r'\bname="([^"]*)"')
_FILE_NAME = re.compile(r'\bfilename="([^"]*)"')
_NESTED = re.compile(r"(\w+)\[(\w+)\]\Z")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a form, under the name its sender gave it."""

    name: str
    content: bytes


def is_multipart(content_type: bytes) -> bool:
    """Whether a body of this type is such a form."""
    return content_type.lower().startswith(b"multipart/form-data")


def parse(body: bytes, content_type: bytes) -> tuple[Params, dict[str, File]]:
    """The fields, `a[b]` as b of an object a, and the files; raises MalformedError."""
    boundary = _BOUNDARY.search(content_type.decode("latin-1"))
    if boundary is None:
        raise MalformedError("The form has no boundary.")
    fields: Params = {}
    files: dict[str, File] = {}
    # What is before the first boundary and after the last one is no part.
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode("latin-1"))[1:-1]:
        head, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        disposition = head.decode("utf-8", "replace")
        name = _NAME.search(disposition)
        if not separator or name is None:
            raise MalformedError("A part of the form has no name.")
        file_name = _FILE_NAME.search(disposition)
        if file_name is not None:
            files[name[1]] = File(file_name[1], content)
        else:
            _add(fields, name[1], content.decode("utf-8", "replace"))
    return fields, files


def _add(fields: Params, name: str, value: str) -> None:
    nested = _NESTED.match(name)
    if nested is None:
        fields[name] = value
        return
    parent = fields.setdefault(nested[1], {})
    if not isinstance(parent, dict):
        raise MalformedError(f"{nested[1]} is both a value and an object.")
    parent[nested[2]] = value
