"""Finds a request's route in one look.

FastAPI asks every included router in turn, and on the way down asks each that fits again: with a router for each
feature that is a fifth of a short answer's time, and it grows with every feature.
"""

from collections import defaultdict
from collections.abc import Iterable

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.convertors import StringConvertor
from starlette.types import ASGIApp, Receive, Scope, Send

Found = tuple[RouteContext, dict[str, str]]


class RouteTable:
    """The first route that fits method and path, as FastAPI chooses; what the table does not know goes FastAPI's way.

    So 404, 405, mounted applications and paths behind a proxy's prefix are answered as ever.
    """

    def __init__(self, routes: Iterable[RouteContext], otherwise: ASGIApp) -> None:
        self._otherwise = otherwise
        self._literal: dict[tuple[str, str], Found] = {}
        self._templates: defaultdict[tuple[str, int], list[RouteContext]] = defaultdict(list)
        for route in routes:
            if isinstance(route.original_route, APIRoute):
                self._add(route)

    def _add(self, route: RouteContext) -> None:
        path = route.path or ""
        takes_segments = all(type(kind) is StringConvertor for kind in route.param_convertors.values())
        for method in route.methods or ():
            if not route.param_convertors:
                # A template that was there before takes the path.
                self._literal.setdefault((method, path), self.find(method, path) or (route, {}))
            elif takes_segments:
                self._templates[method, path.count("/")].append(route)

    def find(self, method: str, path: str) -> Found | None:
        """The route and the path's parameters, or None."""
        literal = self._literal.get((method, path))
        if literal is not None:
            return literal
        for route in self._templates.get((method, path.count("/")), ()):
            if match := route.path_regex.match(path):
                return route, match.groupdict()
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and not scope.get("root_path") and "fastapi.telemetry" not in scope
        found = self.find(scope["method"], scope["path"]) if is_ours else None
        if found is None:
            await self._otherwise(scope, receive, send)
            return
        route, parameters = found
        scope.update(route=route, endpoint=route.endpoint, path_params=dict(parameters))
        await route.app(scope, receive, send)


def install(app: FastAPI) -> None:
    """Put the table of the application's routes before its router; routes that are added later stay FastAPI's."""
    app.router.middleware_stack = RouteTable(iter_route_contexts(app.routes), app.router.middleware_stack)
