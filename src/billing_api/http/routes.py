"""Routes whose handlers return values: a handler's return type is its contract, and the route renders it."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from functools import wraps
from typing import Any, Protocol, Required, TypedDict, TypeVar, Unpack, cast, get_type_hints

from fastapi import APIRouter, Request, Response
from fastapi.params import Depends
from fastapi.routing import APIRoute

from billing_api.auth.caller import Caller
from billing_api.auth.deps import Guard, SignedIn
from billing_api.errors import AppError, Kind
from billing_api.http.errors import UnknownPathError
from billing_api.http.json_bodies import JsonRequest
from billing_api.http.planning import Body, Plan
from billing_api.http.responses import render
from billing_api.http.results import AtLocation, Documented, Download, WithHeaders, documented
from billing_api.kit.pagination import BadCursorError, Page
from billing_api.kit.schema import ReadSchema

Result = ReadSchema | AtLocation[Any] | WithHeaders[Any] | Response | None
HandlerT = TypeVar("HandlerT", bound=Callable[..., Awaitable[Result]])
Errors = Sequence[type[AppError]]

NO_STORE = "no-store"


class Decorator(Protocol):
    """A decorator that leaves the handler as it is."""

    def __call__(self, handler: HandlerT, /) -> HandlerT:
        """Add the handler's operation."""


class Options(TypedDict, total=False):
    """The options of one operation; `errors` are those that only it has, `status` is that of a bare read model."""

    operation_id: Required[str]
    errors: Errors
    status: int
    cache_control: str
    openapi_extra: dict[str, Any]


class Routes:
    """The routes of one feature, and the errors that they share.

    A shared "not found" error belongs to the routes that name a row, so to those whose path has a parameter. Each route
    also has the errors of its parameters (its caller, If-Match, Idempotency-Key) and of a page's cursor.
    """

    def __init__(self, prefix: str = "", *, tags: Sequence[str], errors: Errors = ()) -> None:
        self.router = APIRouter()
        self._prefix = prefix
        self.tags = list(tags)
        self._errors = errors

    def get(self, path: str, **options: Unpack[Options]) -> Decorator:
        """Add a GET operation."""
        return self._operation("GET", path, options)

    def post(self, path: str, **options: Unpack[Options]) -> Decorator:
        """Add a POST operation."""
        return self._operation("POST", path, options)

    def put(self, path: str, **options: Unpack[Options]) -> Decorator:
        """Add a PUT operation."""
        return self._operation("PUT", path, options)

    def patch(self, path: str, **options: Unpack[Options]) -> Decorator:
        """Add a PATCH operation."""
        return self._operation("PATCH", path, options)

    def delete(self, path: str, **options: Unpack[Options]) -> Decorator:
        """Add a DELETE operation."""
        return self._operation("DELETE", path, options)

    def _operation(self, method: str, path: str, options: Options) -> Decorator:
        def add(handler: HandlerT) -> HandlerT:
            shared = [error for error in self._errors if error.kind is not Kind.NOT_FOUND or "{" in self._prefix + path]
            route = Route(self._prefix + path, handler, method, self.tags, shared, options)
            self.router.routes.append(route)
            return handler

        return add


class Route(APIRoute):
    """A route whose handler returns a value; the response has the value's ETag, 304, Link or Location.

    `errors` are those of its operation alone, `headers` those of its results by status. The arguments come by a plan
    where there is one (http/planning.py), and else FastAPI solves them.
    """

    def __init__(
        self, path: str, handler: HandlerT, method: str, tags: Sequence[str], shared: Errors, options: Options
    ) -> None:
        hints = get_type_hints(handler, include_extras=True)
        usual, *others = documented(hints.pop("return"), options.get("status", 200))
        dependencies = list(_dependencies(hints.values()))
        self.errors = (*_errors_of(dependencies, usual), *shared, *options.get("errors", ()))
        self._handler = handler
        self._guard = next((one for one in dependencies if isinstance(one, Guard)), None)
        self._signed_in = self._guard if isinstance(self._guard, SignedIn) else None
        self.roles = () if self._signed_in is None else self._signed_in.restricted_to
        self.headers: dict[int, frozenset[str]] = {}
        for one in (usual, *others):
            self.headers[one.status] = self.headers.get(one.status, frozenset()) | set(one.headers)
        self._status = usual.status
        self._cache_control = options.get("cache_control")
        is_raw = isinstance(usual.model, type) and issubclass(usual.model, Response)
        gives_file = method == "GET" and is_raw and issubclass(usual.model, Download)
        self.is_file = gives_file and self._signed_in is not None
        self.opens_files = gives_file and self._signed_in is None  # those of other routes, for a caller known otherwise
        super().__init__(
            path,
            _returning(handler),
            methods=[method],
            operation_id=options["operation_id"],
            name=handler.__name__,
            tags=list(tags),
            status_code=usual.status,
            response_model=None if is_raw else usual.model,
            responses={one.status: _described(one) for one in others if one.model},
            openapi_extra=options.get("openapi_extra"),
            **({"response_class": usual.model} if is_raw else {}),
        )
        self._plan = Plan.of(self)

    async def respond(self, request: Request, body: Body) -> Response | None:
        """Return the response to a good request, its errors aside, or None in any doubt: FastAPI then gives it."""
        if self._plan is None:
            return None
        caller = None
        if self._guard is not None:
            caller = await self._guard(request)  # before the body is read: strangers can't fill the memory
        arguments = await self._plan.arguments(request, body, caller)
        if arguments is None:
            return None
        return self._render(request, await self._handler(**arguments))

    async def arguments(self, request: Request, caller: Caller) -> dict[str, Any] | None:
        """Return the arguments of a request without a body by a caller who is known, or None when it is no good one.

        Raise RoleNotSufficientError.
        """
        if self._signed_in is None or self._plan is None:
            return None
        return await self._plan.arguments(request, Body.none(), self._signed_in.admit(caller))

    async def open(self, request: Request, caller: Caller) -> Download:
        """Return the file to a good request by a caller who is known.

        Raise UnknownPathError, RoleNotSufficientError, the route's errors.
        """
        arguments = await self.arguments(request, caller)
        if arguments is None:
            raise UnknownPathError
        return cast("Download", await self._handler(**arguments))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function by which FastAPI gives a response."""
        solve = super().get_route_handler()

        async def respond(request: Request) -> Response:
            if self._guard is not None and request.method != "GET":
                await self._guard(request)  # before FastAPI reads the body
            return self._render(request, await _solved(solve, JsonRequest(request.scope, request.receive)))

        return respond

    def _render(self, request: Request, result: Result) -> Response:
        return render(request, result, status=self._status, cache_control=self._cache_control)


class _Returned(Response):
    """A handler's result on its way through FastAPI, which leaves a Response as it is."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


async def _solved(solve: Callable[[Request], Awaitable[Response]], request: Request) -> Result:
    response = await solve(request)
    return response.result if isinstance(response, _Returned) else response


def _returning(handler: Callable[..., Awaitable[Result]]) -> Callable[..., Awaitable[Response]]:
    @wraps(handler)
    async def call(**arguments: Any) -> Response:
        result = await handler(**arguments)
        return result if isinstance(result, Response) else _Returned(result)

    return call


def _dependencies(annotations: Iterable[Any]) -> Iterator[Any]:
    for annotation in annotations:
        for mark in getattr(annotation, "__metadata__", ()):
            if isinstance(mark, Depends):
                yield mark.dependency


def _errors_of(dependencies: Iterable[Any], usual: Documented) -> Iterator[type[AppError]]:
    for dependency in dependencies:
        yield from getattr(dependency, "errors", ())
    if isinstance(usual.model, type) and issubclass(usual.model, Page):
        yield BadCursorError


def _described(response: Documented) -> dict[str, Any]:
    return {"model": response.model, "description": response.description}
