"""The errors that each operation documents: those of its route, and those that all operations may have."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from billing_api.db.errors import OutcomeUnknownError
from billing_api.errors import AppError, FieldError, InvalidInputError, Kind, UnavailableError
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
from billing_api.http.examples import path_of
from billing_api.http.oauth import OAuthError, follows_oauth, oauth_content_of
from billing_api.http.problem_schemas import content_of, example_of, owner_of, schemas_of
from billing_api.http.problems import MEDIA_TYPE, status_of
from billing_api.http.routes import Route

_JSON = "application/json"
_WRONG_ID = "uuid_parsing"
_OF_ALL = (
    MalformedRequestError,
    HostMissingError,
    RepeatedHeaderError,
    InternalError,
    UnavailableError,
)
_OF_PATHS_WITH_IDS = (UnknownPathError,)
_OF_BODIES = (BodyTooLargeError, UnsupportedContentEncodingError)
_OF_JSON = (MalformedJsonError, UnreadableBodyError, UnsupportedMediaTypeError)
_OF_CHANGES = (OutcomeUnknownError,)


def errors_of(
    method: str, path: str, operation: dict[str, Any], route: Route, opened: Iterable[Route]
) -> list[type[AppError]]:
    """Return the errors of an operation, each code once, in the order of their statuses.

    `opened` are the files that it opens for a caller who needs no token: their errors are the operation's, too.
    """
    media = operation.get("requestBody", {}).get("content", {})
    errors = [
        *route.errors,
        *(error for file in opened for error in file.errors if error.kind is not Kind.UNAUTHENTICATED),
        *_OF_ALL,
        *([InvalidInputError] if _JSON in media or operation.get("parameters") else ()),
        *(_OF_PATHS_WITH_IDS if "{" in path else ()),
        *(_OF_BODIES if media else ()),
        *(_OF_JSON if _JSON in media else ()),
        *(_OF_CHANGES if method != "get" else ()),
    ]
    return sorted(dict.fromkeys(map(owner_of, errors)), key=status_of)


def document_errors(
    path: str, operation: dict[str, Any], errors: list[type[AppError]], schemas: dict[str, Any]
) -> None:
    """Write the responses of an operation's errors, each with its example; `schemas` are those of bodies."""
    responses = operation["responses"]
    responses.pop("422", None)  # FastAPI's own
    for status, group in groupby(errors, key=status_of):
        alike = sorted(group, key=lambda error: error.code)
        description = " ".join(f"`{error.code}`: {error.title}." for error in alike)
        if follows_oauth(path):
            content = oauth_content_of(alike)
        else:
            content = content_of(alike)
            content[MEDIA_TYPE]["examples"] = {
                error.code: {"summary": error.title, "value": _example(error, path, operation, schemas)}
                for error in alike
            }
        responses[str(status)] = {"description": description, "content": content}
    operation["responses"] = dict(sorted(responses.items()))


def _example(error: type[AppError], path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return an error's problem document as it may meet the operation."""
    if error is not InvalidInputError:
        return example_of(error.example(), path_of(path))
    field = _wrong_field(operation, schemas)
    instance = path_of(path, known=field.code != _WRONG_ID)
    return example_of(InvalidInputError(field), instance)


def _wrong_field(operation: dict[str, Any], schemas: dict[str, Any]) -> FieldError:
    """Return a field of the body that is missing or has another type, or else a parameter with a wrong value."""
    if (body := operation.get("requestBody", {}).get("content", {}).get(_JSON)) is not None:
        shape = _first_shape(body["schema"], schemas)
        needed = [name for name in shape.get("required", ()) if "const" not in shape["properties"][name]]
        if needed:
            return FieldError(f"/{needed[0]}", "missing", "Field required")
        return FieldError(f"/{next(iter(shape['properties']))}", "string_type", "Input should be a valid string")
    parameters = operation["parameters"]
    for parameter in parameters:
        name = f"?{parameter['name']}"
        if parameter["schema"].get("format") == "uuid":
            return FieldError(name, _WRONG_ID, "Input should be a valid UUID")
        if parameter["name"] == "limit":
            return FieldError(name, "less_than_equal", "Input should be less than or equal to 100")
    once = [one["name"] for one in parameters if one["in"] == "query" and one["schema"].get("type") != "array"]
    if once:
        return FieldError(f"?{once[0]}", "repeated", "Give it once")
    header = next(one["name"] for one in parameters if one["in"] == "header")
    return FieldError(f"?{header}", "string_too_long", "The text is too long")


def _first_shape(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the class of a body, or the first one where it is one of several."""
    while (choices := schema.get("oneOf", schema.get("anyOf"))) or "$ref" in schema:
        schema = choices[0] if choices else schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def add_schemas(components: dict[str, Any], errors: Iterable[type[AppError]]) -> None:
    """Add the schemas of errors, and take out FastAPI's own."""
    schemas = schemas_of(errors) | {OAuthError.__name__: OAuthError.model_json_schema()} | components["schemas"]
    unused = {"HTTPValidationError", "ValidationError"}
    components["schemas"] = {name: schemas[name] for name in sorted(schemas.keys() - unused)}
