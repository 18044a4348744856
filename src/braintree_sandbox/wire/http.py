"""HTTP as the program sees it: a whole request in, a whole response out."""

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from braintree_sandbox.wire.refusals import MalformedError

# A document of 4 MB, and one that is too large, come in a form around them.
MAX_BODY = 8 * 1024 * 1024
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

    def content(self) -> bytes:
        """The body, unpacked if it came as gzip."""
        if self.headers.get(b"content-encoding", b"").strip().lower() != b"gzip":
            return self.body
        unpacker = zlib.decompressobj(wbits=31)
        try:
            content = unpacker.decompress(self.body, MAX_BODY)
        except zlib.error as error:
            raise MalformedError("The body is not gzip.") from error
        if unpacker.unconsumed_tail:
            raise MalformedError("The body is too large.")
        return content


@dataclass(frozen=True, slots=True)
class Response:
    """One response."""

    status: int
    body: bytes = b""
    content_type: bytes = b"application/xml; charset=utf-8"
    headers: tuple[tuple[bytes, bytes], ...] = ()


def json_response(status: int, document: Mapping[str, object]) -> Response:
    """An answer in JSON."""
    return Response(status, json.dumps(document).encode(), b"application/json; charset=utf-8")


def packed(request: Request, response: Response) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The body and headers to send: gzip for clients that take it, where it saves anything."""
    body = response.body
    headers = list(response.headers)
    if body:
        headers.append((b"content-type", response.content_type))
    if len(body) >= _WORTH_COMPRESSING and b"gzip" in request.headers.get(b"accept-encoding", b""):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
    return body, [*headers, (b"content-length", str(len(body)).encode())]
