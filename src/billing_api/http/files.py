"""The files of the API by their paths: every GET route that returns a Download is one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.types import Scope

from billing_api.auth.caller import Caller
from billing_api.http.csv_files import TEXT_FILE
from billing_api.http.parameters import Parameter
from billing_api.http.pdf_files import BINARY_FILE
from billing_api.http.query import without_empty
from billing_api.http.results import Download
from billing_api.http.routes import Route
from billing_api.http.routing import RouteTable

# The documented content of an operation that returns a file of any sort.
ANY_FILE: dict[str, Any] = {
    "responses": {
        "200": {"description": "The file", "content": {"application/pdf": BINARY_FILE, "text/csv": TEXT_FILE}}
    }
}


def is_head(request: Request) -> bool:
    """Return whether the client wants the head of the response alone; routes see a GET."""
    return bool(request.scope.get("is_head"))


@dataclass(frozen=True, slots=True)
class File:
    """A file that a caller may get, and the request for it."""

    route: Route
    request: Request

    async def accepts(self, caller: Caller) -> bool:
        """Return whether the request is a good one, its query included. Raise RoleNotSufficientError."""
        return await self.route.arguments(self.request, caller) is not None

    async def open(self, caller: Caller) -> Download:
        """Return the file, as the route gives it to this caller. Raise RoleNotSufficientError, the route's errors."""
        return await self.route.open(self.request, caller)


# Returns the file at a path with its query, or None.
FindFile = Callable[[str], File | None]


class _FindFile(Parameter):
    async def __call__(self, request: Request) -> FindFile:
        return partial(file_at, request)

    def read(self, request: Request, body: bytes) -> FindFile:  # noqa: ARG002 - it is read from the head
        return partial(file_at, request)


FindFileDep = Annotated[FindFile, Depends(_FindFile())]


def file_at(request: Request, target: str) -> File | None:
    """Return the file at a path with its query, or None; `request` is the one that names it."""
    app: FastAPI = request.app
    table: RouteTable = app.state.routes
    path, _, query = target.partition("?")
    found = table.find("GET", path)
    if found is None or not isinstance(route := found[0].original_route, Route) or not route.is_file:
        return None
    scope: Scope = {
        **request.scope,
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": without_empty(query.encode()),
        "headers": [(name, value) for name, value in request.scope["headers"] if name == b"host"],
        "route": found[0],
        "path_params": found[1],
    }
    return File(route, Request(scope))
