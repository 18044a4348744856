"""Forms with files, as `multipart/form-data` (RFC 7578)."""

import re
from dataclasses import dataclass

from braintree_sandbox.wire.json_in import params_of_form
from braintree_sandbox.wire.limits import MAX_PARTS
from braintree_sandbox.wire.refusals import MalformedError
from braintree_sandbox.wire.values import Params

_BOUNDARY = re.compile(r'boundary="?([^";]{1,70})"?')
_NAME = re.compile(r'\bname="([^"]*)"')
_FILE_NAME = re.compile(r'\bfilename="([^"]*)"')
# The disposition and the type of a part, in some hundred characters.
_MAX_HEAD = 4096


@dataclass(frozen=True, slots=True)
class File:
    """One file of a form, under the name its sender gave it."""

    name: str
    content: bytes


def is_multipart(content_type: bytes) -> bool:
    """Return whether a body of this type is such a form."""
    return content_type.lower().startswith(b"multipart/form-data")


def parse(body: bytes, content_type: bytes) -> tuple[Params, dict[str, File]]:
    """Return the fields, `a[b]` as b of an object a, and the files. Raise MalformedError."""
    boundary = _BOUNDARY.search(content_type.decode("latin-1"))
    if boundary is None:
        raise MalformedError("The form has no boundary of 1 to 70 characters.")
    separator = b"\r\n--" + boundary[1].encode("latin-1")
    # Bytes before the first boundary and after the last one are no part.
    _, *parts = (b"\r\n" + body).split(separator, MAX_PARTS + 1)
    if len(parts) > MAX_PARTS:
        raise MalformedError(f"The form has more than {MAX_PARTS} parts.")
    fields: list[tuple[str, str]] = []
    files: dict[str, File] = {}
    for part in parts[:-1]:
        head, end_of_head, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        disposition = head[:_MAX_HEAD].decode("utf-8", "replace")
        name = _NAME.search(disposition)
        if not end_of_head or name is None:
            raise MalformedError("A part of the form has no name.")
        file_name = _FILE_NAME.search(disposition)
        if file_name is not None:
            files[name[1]] = File(file_name[1], content)
        else:
            fields.append((name[1], content.decode("utf-8", "replace")))
    return params_of_form(fields), files
