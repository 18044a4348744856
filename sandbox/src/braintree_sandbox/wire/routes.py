"""Routes: which function handles which method and path."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., object])


class Routes(Generic[Handler]):
    """The routes of one resource, written beside its functions: `@routes.get("/customers/{id}")`."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, tuple[str, ...], Handler]] = []

    def get(self, path: str) -> Callable[[Handler], Handler]:
        """Decorate the handler of GET on this path."""
        return self._on("GET", path)

    def post(self, path: str) -> Callable[[Handler], Handler]:
        """Decorate the handler of POST on this path."""
        return self._on("POST", path)

    def put(self, path: str) -> Callable[[Handler], Handler]:
        """Decorate the handler of PUT on this path."""
        return self._on("PUT", path)

    def delete(self, path: str) -> Callable[[Handler], Handler]:
        """Decorate the handler of DELETE on this path."""
        return self._on("DELETE", path)

    def _on(self, method: str, path: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.entries.append((method, tuple(path.strip("/").split("/")), handler))
            return handler

        return register


class Router(Generic[Handler]):
    """All routes together; a literal segment wins over a `{name}`."""

    def __init__(self, all_routes: Iterable[Routes[Handler]]) -> None:
        self._entries: dict[tuple[str, int], list[tuple[tuple[str, ...], Handler]]] = {}
        for routes in all_routes:
            for method, segments, handler in routes.entries:
                self._entries.setdefault((method, len(segments)), []).append((segments, handler))
        for candidates in self._entries.values():
            candidates.sort(key=lambda entry: [segment.startswith("{") for segment in entry[0]])

    def match(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
        """Return the handler and the values of the path's `{names}`, or None."""
        given = tuple(path.strip("/").split("/"))
        for segments, handler in self._entries.get((method, len(given)), ()):
            values: dict[str, str] = {}
            for expected, actual in zip(segments, given, strict=True):
                if expected.startswith("{"):
                    values[expected[1:-1]] = actual
                elif expected != actual:
                    break
            else:
                return handler, values
        return None
