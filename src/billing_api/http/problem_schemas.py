"""The schemas and examples of problems, made from the classes of the errors."""

import inspect
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, Field, create_model

from billing_api.errors import EXAMPLE_ID, AppError, InvalidInputError
from billing_api.http.problems import MEDIA_TYPE, MOST_FIELDS, Problem, ProblemField, body_of, text_of

_REF = "#/components/schemas/{model}"
_SOURCE = re.compile(r"\s*Source: .*", re.DOTALL)


@cache
def catalogue() -> dict[str, type[AppError]]:
    """Return the errors of the service by code, in the order of the codes."""
    found = {error.code: error for error in _classes(AppError)}
    return dict(sorted(found.items()))


def owner_of(error: type[AppError]) -> type[AppError]:
    """Return the class that declares an error's code: some subclasses keep the code of their parent."""
    return next(base for base in error.__mro__ if "code" in vars(base))


def name_of(error: type[AppError]) -> str:
    """Return the name of an error's schema: `PaymentDeclinedProblem`."""
    return f"{error.__name__.removesuffix('Error')}Problem"


def cause_of(error: type[AppError]) -> str:
    """Return the cause in words: the docstring, without its source."""
    return _SOURCE.sub("", inspect.getdoc(error) or "").replace("\n", " ")


def content_of(errors: Iterable[type[AppError]]) -> dict[str, Any]:
    """Return the schema of the response for these errors, which have one status, and its media type."""
    references = {error.code: _REF.format(model=name_of(error)) for error in errors}
    schema: dict[str, Any] = {"$ref": next(iter(references.values()))}
    if len(references) > 1:
        schema = {
            "oneOf": [{"$ref": reference} for reference in references.values()],
            "discriminator": {"propertyName": "code", "mapping": references},
        }
    return {MEDIA_TYPE: {"schema": schema}}


def example_of(error: AppError, instance: str) -> dict[str, Any]:
    """Return the problem document of an error, as an example."""
    body: dict[str, Any] = json.loads(text_of(body_of(error, instance=instance, request_id=EXAMPLE_ID)))
    return body


def schemas_of(errors: Iterable[type[AppError]]) -> dict[str, Any]:
    """Return the schemas of errors by name, with those that they refer to."""
    schemas: dict[str, Any] = {}
    for shape in (Problem, ProblemField):
        schemas[shape.__name__] = shape.model_json_schema(mode="validation", ref_template=_REF)
    for error in errors:
        own = _facts_of(error).model_json_schema(mode="serialization", ref_template=_REF)
        schemas |= own.pop("$defs", {})
        code = {"type": "string", "enum": [error.code], "description": "The error's name, which is stable"}
        schemas[name_of(error)] = {
            "title": name_of(error),
            "description": cause_of(error),
            "allOf": [
                {"$ref": _REF.format(model="Problem")},
                {
                    "type": "object",
                    "properties": {"code": code, **own.get("properties", {})},
                    "required": ["code", *own.get("required", ())],
                },
            ],
        }
    return schemas


def members_of(error: type[AppError]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the members that only this error has, each with its schema."""
    yield from _facts_of(error).model_json_schema(mode="serialization").get("properties", {}).items()


def _facts_of(error: type[AppError]) -> type[BaseModel]:
    hints = get_type_hints(error, include_extras=True)
    facts: dict[str, Any] = {name: (hints[name], ...) for name in sorted(error.facts)}
    if issubclass(error, InvalidInputError):
        facts["errors"] = (list[ProblemField], Field(max_length=MOST_FIELDS, description="Each wrong field"))
    return create_model(name_of(error), **facts)


def _classes(base: type[AppError]) -> Iterator[type[AppError]]:
    """Yield the classes of the product that declare a code."""
    for error in base.__subclasses__():
        if "code" in vars(error) and error.__module__.startswith("billing_api."):
            yield error
        yield from _classes(error)
