"""The errors that each operation documents: those of its route, and those that all operations may have."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from billing_api.db.errors import OutcomeUnknownError, RefusedByDatabaseError
from billing_api.errors import EXAMPLE_ID, AppError, InvalidInputError, UnavailableError
from billing_api.http.errors import (
    BodyTooLargeError,
    HostMissingError,
    InternalError,
    MalformedJsonError,
    MalformedRequestError,
    RepeatedHeaderError,
    UnknownPathError,
    UnreadableBodyError,
    UnsupportedContentEncodingError,
    UnsupportedMediaTypeError,
)
from billing_api.http.problem_schemas import catalogue, content_of, example_of, owner_of, schemas_of
from billing_api.http.problems import status_of
from billing_api.http.routes import Route

_OF_ALL = (
    MalformedRequestError,
    HostMissingError,
    RepeatedHeaderError,
    InvalidInputError,
    InternalError,
    UnavailableError,
)
_OF_PATHS_WITH_IDS = (UnknownPathError,)
_OF_BODIES = (BodyTooLargeError, UnsupportedContentEncodingError)
_OF_JSON = (MalformedJsonError, UnreadableBodyError, UnsupportedMediaTypeError)
_OF_CHANGES = (OutcomeUnknownError, RefusedByDatabaseError)


def errors_of(method: str, path: str, operation: dict[str, Any], route: Route) -> list[type[AppError]]:
    """Return the errors of an operation, each code once, in the order of their statuses."""
    media = operation.get("requestBody", {}).get("content", {})
    errors = [
        *route.errors,
        *_OF_ALL,
        *(_OF_PATHS_WITH_IDS if "{" in path else ()),
        *(_OF_BODIES if media else ()),
        *(_OF_JSON if "application/json" in media else ()),
        *(_OF_CHANGES if method != "get" else ()),
    ]
    return sorted(dict.fromkeys(map(owner_of, errors)), key=status_of)


def document_errors(operation: dict[str, Any], errors: list[type[AppError]]) -> None:
    """Write the responses of an operation's errors."""
    responses = operation["responses"]
    responses.pop("422", None)  # FastAPI's own
    for status, group in groupby(errors, key=status_of):
        alike = sorted(group, key=lambda error: error.code)
        description = " ".join(f"`{error.code}`: {error.title}." for error in alike)
        responses[str(status)] = {"description": description, "content": content_of(alike)}
    operation["responses"] = dict(sorted(responses.items()))


def add_components(components: dict[str, Any], places: dict[type[AppError], str]) -> None:
    """Add the schemas and examples of errors; `places` has the path of an operation that documents each."""
    schemas = schemas_of(places) | components["schemas"]
    unused = {"HTTPValidationError", "ValidationError"}
    components["schemas"] = {name: schemas[name] for name in sorted(schemas.keys() - unused)}
    components["examples"] = dict(_examples(places))


def _examples(places: dict[type[AppError], str]) -> Iterator[tuple[str, Any]]:
    for code, error in catalogue().items():
        if error in places:
            instance = re.sub("{[a-z_]+}", EXAMPLE_ID, places[error])
            yield code, {"summary": error.title, "value": example_of(error, instance)}
