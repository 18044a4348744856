"""The API's operations, as the application registered them and as its document tells."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from billing_api.auth.deps import Guard, Scoped, SignedIn
from billing_api.config import Settings
from billing_api.main import create_app


@dataclass(frozen=True)
class Operation:
    """One operation: `dependant` and `body`, a type, are what FastAPI solves, `documented` is what clients are told."""

    id: str
    method: str
    path: str
    dependant: Dependant
    body: Any
    documented: dict[str, Any]

    @property
    def guard(self) -> Guard | None:
        """What asks for the token; None where everyone may call."""
        found = [one.call for one in self.dependant.dependencies if isinstance(one.call, Guard)]
        return found[0] if found else None

    @property
    def signed_in(self) -> SignedIn | None:
        """What asks for a user's token."""
        return self.guard if isinstance(self.guard, SignedIn) else None

    @property
    def scoped(self) -> Scoped | None:
        """What asks for a partner's token."""
        return self.guard if isinstance(self.guard, Scoped) else None


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, as the code makes it."""
    return create_app(Settings()).openapi()


@cache
def operations() -> tuple[Operation, ...]:
    """Every documented operation."""
    paths = document()["paths"]
    return tuple(
        Operation(
            id=str(context.operation_id),
            method=method,
            path=str(context.path),
            dependant=context.dependant,
            body=context.body_field and context.body_field.field_info.annotation,
            documented=paths[context.path][method.lower()],
        )
        for context in iter_route_contexts(create_app(Settings()).routes)
        if context.path in paths
        for method in sorted(context.methods or ())
    )


def shapes_of(operation: Operation) -> tuple[dict[str, Any], ...]:
    """The classes that its body may be: one, those of a union, or none."""
    content = operation.documented.get("requestBody", {}).get("content", {})
    return tuple(_shapes(content.get("application/json", {}).get("schema", {})))


def example_of(operation: Operation) -> dict[str, Any]:
    """A body as the docs show it; empty where there is none."""
    return next((examples_of(shape)[0] for shape in shapes_of(operation)), {})


def examples_of(shape: dict[str, Any]) -> list[dict[str, Any]]:
    """A class's own examples, or one made of its fields' own."""
    fields = {name: part["examples"][0] for name, part in shape["properties"].items() if "examples" in part}
    examples: list[dict[str, Any]] = shape.get("examples") or [fields]
    return examples


def _shapes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in schema:
        shape = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        yield from _shapes(shape) if "oneOf" in shape else [shape]
    for kind in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _shapes(kind)
