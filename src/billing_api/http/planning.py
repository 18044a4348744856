"""A plan for a route's arguments, made once: FastAPI works the dependencies out again for each request.

A plan reads good requests alone. In any doubt FastAPI solves the request, and gives its error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Body as BodyParameter
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from billing_api.auth.caller import Caller, Client
from billing_api.auth.deps import Guard
from billing_api.errors import AppError
from billing_api.http.json_bodies import read_json
from billing_api.http.parameters import Doubt, Parameter
from billing_api.kit.pagination import is_list

_QUERIES = 1024  # of a route that are remembered: a query is frozen, and clients send the same ones again
_QUERY_BYTES = 256  # of the longest of them

Read = Callable[[Request, bytes], Any]
# FastAPI's type of a field; its module is private.
_Field = Any


class Body:
    """A request's body, which a plan may read before FastAPI does."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._content: bytes | None = None

    @classmethod
    def none(cls) -> Self:
        """Return the body of a request that has none."""

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        return cls(receive)

    async def read(self) -> bytes:
        """Return all of it. Raise ClientDisconnect."""
        parts = []
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        self._content = b"".join(parts)
        return self._content

    async def receive(self) -> Message:
        """Return the next message for FastAPI: first the body that was read, then the server's own."""
        if self._content is None:
            return await self._receive()
        content, self._content = self._content, None
        return {"type": "http.request", "body": content, "more_body": False}


@dataclass(frozen=True, slots=True)
class Plan:
    """The reads of a handler's arguments, by their names; `caller` is the name of the one that is signed in."""

    reads: tuple[tuple[str, Read], ...]
    caller: str | None
    wants_body: bool

    @classmethod
    def of(cls, route: APIRoute) -> Self | None:
        """Return the plan of a route, or None where it has a parameter of another kind than ours."""
        dependant = route.dependant
        reads: list[tuple[str, Read]] = []
        caller = None
        wants_body = bool(dependant.body_params)
        for dependency in dependant.dependencies:
            if isinstance(dependency.call, Guard):
                caller = dependency.name
            elif isinstance(dependency.call, Parameter):
                reads.append((str(dependency.name), dependency.call.read))
                wants_body |= dependency.call.wants_body
            else:
                return None
        if _has_others(dependant) or not _are_plannable(dependant):
            return None
        reads += [(field.name, _path_reader(field)) for field in dependant.path_params]
        reads += [(field.name, _query_reader(field)) for field in dependant.query_params]
        reads += [(field.name, _body_reader(field)) for field in dependant.body_params]
        return cls(tuple(reads), caller, wants_body)

    async def arguments(self, request: Request, body: Body, caller: Caller | Client | None) -> dict[str, Any] | None:
        """Return the handler's arguments, or None in any doubt. Raise ClientDisconnect."""
        content = await body.read() if self.wants_body else b""
        try:
            arguments = {name: read(request, content) for name, read in self.reads}
        except (Doubt, AppError):
            return None
        if self.caller is not None:
            arguments[self.caller] = caller
        return arguments


def _has_others(dependant: Dependant) -> bool:
    """Return whether there are parameters that no plan reads."""
    return bool(
        dependant.header_params
        or dependant.cookie_params
        or dependant.request_param_name
        or dependant.http_connection_param_name
        or dependant.response_param_name
        or dependant.background_tasks_param_name
        or dependant.security_scopes_param_name
    )


def _are_plannable(dependant: Dependant) -> bool:
    """Return whether the query is one model whose fields have their own names, and the body is one."""
    models = [_model_of(field) for field in dependant.query_params]
    bodies = [field.field_info for field in dependant.body_params]
    if len(models) > 1 or len(bodies) > 1 or any(type(info) is not BodyParameter or info.embed for info in bodies):
        return False
    return all(model and not any(info.alias for info in model.model_fields.values()) for model in models)


def _model_of(field: _Field) -> type[BaseModel] | None:
    annotation = field.field_info.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _path_reader(field: _Field) -> Read:
    name = field.alias

    def read(request: Request, _: bytes) -> Any:
        return _valid(field, request.path_params[name])

    return read


def _query_reader(field: _Field) -> Read:
    model = _model_of(field)
    assert model is not None  # _are_plannable has looked
    lists = {name for name, info in model.model_fields.items() if is_list(info.annotation)}

    @lru_cache(_QUERIES)
    def parsed(query: bytes) -> Any:
        given: dict[str, Any] = {}
        for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            if name in lists:
                given.setdefault(name, []).append(value)
            elif name in given:  # http/query.py refuses it
                raise Doubt
            else:
                given[name] = value
        return _valid(field, given)

    def read(request: Request, _: bytes) -> Any:
        query = request.scope["query_string"]
        return parsed(query) if len(query) <= _QUERY_BYTES else parsed.__wrapped__(query)

    return read


def _body_reader(field: _Field) -> Read:
    def read(_: Request, body: bytes) -> Any:
        try:  # http/refusals.py lets no body in but JSON
            given = read_json(body)
        except (ValueError, RecursionError):
            raise Doubt from None
        return _valid(field, given)

    return read


def _valid(field: _Field, given: object) -> Any:
    value, errors = field.validate(given)
    if errors:
        raise Doubt
    return value
