"""Answers in their HTTP form: JSON from a read model, with its ETag, its links and a 304 where it is known."""

import json
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import Request, Response

from billing_api.http.etag import entity_tag, is_known
from billing_api.kit.pagination import Page
from billing_api.kit.schema import ReadSchema, VersionedRead

ReadT = TypeVar("ReadT")

# Marks an answer that was stored and is given once more.
REPLAYED = {"Idempotent-Replayed": "true"}


def resource(
    request: Request, body: ReadSchema, *, status: int = 200, created: UUID | None = None, no_store: bool = False
) -> Response:
    """Return one resource; a GET whose If-None-Match names it gets a 304.

    `created` is the id of the resource that this POST to its collection made: Location names it.
    """
    content = body.model_dump_json().encode()
    etag = entity_tag(content, body.version if isinstance(body, VersionedRead) else None)
    headers = {"ETag": etag}
    if no_store:
        headers["Cache-Control"] = "no-store"
    if created is not None:
        headers["Location"] = _location(request, created)
    if request.method == "GET" and is_known(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return json_bytes(content, status=status, headers=headers)


def replay(request: Request, content: bytes, *, status: int) -> Response:
    """Return the stored 2xx answer of a POST to a collection once more, with its Location and ETag."""
    body = json.loads(content)
    headers = {"ETag": entity_tag(content, body["version"]), "Location": _location(request, body["id"])}
    return json_bytes(content, status=status, headers=headers | REPLAYED)


def page(request: Request, body: Page[ReadT]) -> Response:
    """Answer one page of a list, with an RFC 8288 link to the next."""
    headers = {}
    if body.next_cursor is not None:
        headers["Link"] = f'<{_next_page(request, body.next_cursor)}>; rel="next"'
    return json_bytes(body.model_dump_json().encode(), headers=headers)


def _location(request: Request, created: UUID | str) -> str:
    return f"{request.scope['path']}/{created}"


def _next_page(request: Request, cursor: str) -> str:
    """The same path and query with another cursor; Starlette's URL would take it apart and together four times."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{quote(request.scope['path'])}?{urlencode([*asked, ('cursor', cursor)])}"


def json_bytes(content: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer JSON that is serialised already."""
    return Response(content, status_code=status, headers=headers, media_type="application/json")
