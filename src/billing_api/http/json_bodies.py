"""Read the JSON of a request's body; a member that stands in an object twice is refused.

Readers differ in the value that they take (RFC 8259, 4), so a proxy or a log may have seen another amount than this
service. RFC 7493, 2.3 forbids it.
"""

import json
from itertools import islice
from typing import Any

from fastapi import Request

from billing_api.errors import FieldError, InvalidInputError
from billing_api.http.pointers import pointer_of
from billing_api.http.problems import MOST_FIELDS
from billing_api.kit.json_members import repeated_members


class _RepeatedError(Exception):
    """An object has two members of one name."""


def _object_of(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise _RepeatedError
    return found


_decode = json.JSONDecoder(object_pairs_hook=_object_of).decode


def read_json(body: bytes) -> Any:
    """Return the value of a body, as `json.loads` reads it.

    Raise InvalidInputError for repeated members, ValueError, RecursionError.
    """
    text = body.decode(json.detect_encoding(body), "surrogatepass")
    try:
        return _decode(text)
    except _RepeatedError:
        places = dict.fromkeys(repeated_members(text))
        named = [FieldError(pointer_of(one), "repeated", "Give it once") for one in islice(places, MOST_FIELDS)]
        raise InvalidInputError(*named) from None


class JsonRequest(Request):
    """A request whose body FastAPI reads by `read_json`."""

    async def json(self) -> Any:
        """Return the value of the body. Raise InvalidInputError, ValueError, RecursionError."""
        return read_json(await self.body())
