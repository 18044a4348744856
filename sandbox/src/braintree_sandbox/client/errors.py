"""Validation errors as browsers read them: fields by name, nested like the objects that were sent."""

from typing import Any

from braintree_sandbox.validation.errors import InvalidError
from braintree_sandbox.wire.json_in import camel_case


def invalid_document(error: InvalidError) -> dict[str, object]:
    """Return the document of a 422."""
    fields: list[dict[str, Any]] = []
    for path, code in error.errors.entries():
        place = fields
        for name in map(camel_case, path[:-1]):
            place = _nested(place, name)
        place.append({"field": camel_case(path[-1]), "code": code.number, "message": code.message})
    return {"error": {"message": _summary(fields)}, "fieldErrors": fields}


def _nested(place: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    found = next((field for field in place if field["field"] == name and "fieldErrors" in field), None)
    if found is None:
        found = {"field": name, "fieldErrors": []}
        place.append(found)
    inner: list[dict[str, Any]] = found["fieldErrors"]
    return inner


def _summary(fields: list[dict[str, Any]]) -> str:
    return "Credit card is invalid" if fields[0]["field"] == "creditCard" else "The request is invalid"
