"""HTTP as the program sees it: a whole request in, a whole response out."""

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from braintree_sandbox.wire.refusals import MalformedError, TooLargeError

# A document of 4 MB, and one that is too large, come in a form around them.
MAX_BODY = 8 * 1024 * 1024
# XML and JSON: some hundred times the largest request that is meant.
MAX_DOCUMENT = 1024 * 1024
_MAX_FIELDS = 1000
_WORTH_COMPRESSING = 512


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are in lower case, the body is as it was sent."""

    method: str
    path: str
    query_string: str
    headers: dict[bytes, bytes]
    body: bytes
    scheme: str = "http"

    @property
    def origin(self) -> str:
        """The address that the client used, such as `http://127.0.0.1:3000`."""
        return f"{self.scheme}://{self.headers.get(b'host', b'').decode('latin-1')}"

    @property
    def content_type(self) -> bytes:
        """The media type of the body, with its parameters."""
        return self.headers.get(b"content-type", b"").strip()

    @property
    def query(self) -> dict[str, str]:
        """The query. Raise MalformedError when it has more fields than any that is meant."""
        return dict(form_fields(self.query_string)) if self.query_string else {}

    def content(self, *, limit: int = MAX_DOCUMENT) -> bytes:
        """Return the body, unpacked if it came as gzip.

        Raise TooLargeError for more than `limit` bytes, MalformedError for gzip that is damaged or cut off.
        """
        content = self.body
        if content and self.headers.get(b"content-encoding", b"").strip().lower() == b"gzip":
            content = _unpacked(content, limit)
        if len(content) > limit:
            raise TooLargeError(f"The body has more than {limit} bytes.")
        return content


def form_fields(encoded: str, *, keep_blank_values: bool = False) -> list[tuple[str, str]]:
    """Return the fields of a query or a form. Raise MalformedError when there are too many."""
    try:
        return parse_qsl(encoded, keep_blank_values=keep_blank_values, max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise MalformedError(f"There are more than {_MAX_FIELDS} fields.") from error


def _unpacked(body: bytes, limit: int) -> bytes:
    """Return at most one byte more than `limit`, which means that there are more."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise MalformedError("The body is not gzip.") from error
    if len(content) <= limit and (not unpacker.eof or unpacker.unused_data):
        raise MalformedError("The gzip of the body is cut off, or has something after its end.")
    return content


@dataclass(frozen=True, slots=True)
class Response:
    """One response."""

    status: int
    body: bytes = b""
    content_type: bytes = b"application/xml; charset=utf-8"
    headers: tuple[tuple[bytes, bytes], ...] = ()


def json_response(status: int, document: Mapping[str, object]) -> Response:
    """Return a response in JSON."""
    return Response(status, json.dumps(document).encode(), b"application/json; charset=utf-8")


def packed(request: Request, response: Response) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the body and headers to send: gzip for clients that accept it, where it saves anything."""
    body = response.body
    headers = list(response.headers)
    if body:
        headers.append((b"content-type", response.content_type))
    if len(body) >= _WORTH_COMPRESSING and b"gzip" in request.headers.get(b"accept-encoding", b""):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
    return body, [*headers, (b"content-length", str(len(body)).encode())]
