"""Responses: JSON from a read model, with its ETag, its links and a 304 where the client has it already."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_plus
from uuid import UUID

from fastapi import Request, Response

from billing_api.http.etag import entity_tag, is_known
from billing_api.http.own_address import own_address
from billing_api.http.results import AtLocation, WithHeaders
from billing_api.kit.headers import list_of
from billing_api.kit.pagination import Page
from billing_api.kit.schema import ReadSchema, VersionedRead, json_of

_QUERY = "%&+=!$'()*,/:;?@"  # that a query has beside letters and digits (RFC 3986, 3.4), and no mark of a Link header
# Marks a stored result that is given once more.
REPLAYED = {"Idempotent-Replayed": "true"}
_IS_JSON = (b"content-type", b"application/json")
_LISTS = 1024  # beginnings of addresses of next pages that are remembered: clients send the same queries again
_QUERY_BYTES = 256  # of the longest of their queries

_Headers = Sequence[tuple[bytes, bytes]]


def render(request: Request, result: Any, *, status: int, cache_control: str | None = None) -> Response:
    """Return the response of a route's result; `status` is that of a bare read model."""
    if isinstance(result, Page):
        return _page(request, result)
    if isinstance(result, ReadSchema):
        return _resource(request, result, status, cache_control)
    if isinstance(result, AtLocation):
        location = _location(request, result.resource.id)
        return _resource(request, result.resource, result.status, cache_control, location)
    if isinstance(result, WithHeaders):
        response = render(request, result.result, status=status, cache_control=cache_control)
        for name, value in result.headers:
            response.headers.append(name, value)
        return response
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status_code=204)
    raise TypeError(f"a route returned {type(result).__name__}")


def replay(request: Request, content: bytes, *, status: int, is_at_location: bool) -> Response:
    """Return the stored resource of a POST once more, with its ETag, and its Location when it is of a collection."""
    body = json.loads(content)
    headers = {"ETag": entity_tag(content, body.get("version")), **REPLAYED}
    if is_at_location and "id" in body:
        headers["Location"] = _location(request, body["id"])
    return json_bytes(content, status=status, headers=headers)


def json_bytes(content: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON that is serialised already."""
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    return _Json(content, status, raw)


class _Json(Response):
    """A response with JSON; Starlette's constructor would look for headers that may be missing, where none is."""

    def __init__(self, content: bytes, status: int, headers: _Headers) -> None:
        self.status_code = status
        self.body = content
        self.background = None
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(content)), _IS_JSON]


def _resource(
    request: Request, resource: Any, status: int, cache_control: str | None, location: str | None = None
) -> Response:
    content = json_of(resource)
    etag = entity_tag(content, resource.version if isinstance(resource, VersionedRead) else None)
    headers = [(b"etag", etag.encode())]
    if cache_control is not None:
        headers.append((b"cache-control", cache_control.encode()))
    if location is not None:
        headers.append((b"location", location.encode("latin-1")))
    if request.method == "GET" and is_known(list_of(request.scope["headers"], b"if-none-match"), etag):
        unchanged = Response(status_code=304)
        unchanged.raw_headers = headers
        return unchanged
    return _Json(content, status, headers)


def _page(request: Request, page: Page[Any]) -> Response:
    headers = []
    if page.next_cursor is not None:  # RFC 8288
        headers.append((b"link", f'<{_next_page(request, page.next_cursor)}>; rel="next"'.encode("latin-1")))
    return _Json(json_of(page), 200, headers)


def _location(request: Request, created: UUID | str) -> str:
    return f"{own_address(request)}{request.scope['path']}/{created}"


def _next_page(request: Request, cursor: str) -> str:
    """Return the same address with another cursor; Starlette's URL would parse and join it four times."""
    path, query = request.scope["path"], request.scope["query_string"]
    begin = _before_cursor if len(query) <= _QUERY_BYTES else _before_cursor.__wrapped__
    return f"{own_address(request)}{begin(path, query)}{cursor}"


@lru_cache(_LISTS)
def _before_cursor(path: str, query: bytes) -> str:
    """Return the address of a page up to the value of its cursor."""
    given = quote(query, safe=_QUERY).split("&")
    asked = [part for part in given if unquote_plus(part.partition("=")[0]) not in {"cursor", ""}]
    return f"{quote(path)}?{'&'.join([*asked, 'cursor='])}"
