"""The components, names and descriptions of the document's fields."""

from collections.abc import Iterator
from typing import Any

from billing_api.http.field_words import words_for
from billing_api.kit.documented import COMPONENT

_REF = "#/components/schemas/"
_OF_THE_FIELD = {"description", "default", "examples", "deprecated"}  # beside a $ref; the rest is the component's
_SEVERAL = "One value, or several with commas between them"

Json = dict[str, Any]


def describe(document: Json) -> None:
    """Name the types that are components, and give every field and parameter its description.

    Raise ValueError for two components of one name.
    """
    schemas: dict[str, Json] = document["components"]["schemas"]
    named: dict[str, Json] = {}
    replaced: set[str] = set()
    for part in list(_parts(document)):
        if COMPONENT in part:
            _move_to_component(part, schemas, named, replaced)
    kept = {name: schema for name, schema in schemas.items() if name not in replaced}
    if twice := kept.keys() & named.keys():
        raise ValueError(f"two components are called {sorted(twice)}")
    document["components"]["schemas"] = dict(sorted((kept | named).items()))
    for part in list(_parts(document)):
        _describe_fields(part, document["components"]["schemas"])


def _parts(part: object) -> Iterator[Json]:
    """Yield each object of the document, the inner ones first."""
    if isinstance(part, dict):
        for inner in part.values():
            yield from _parts(inner)
        yield part
    elif isinstance(part, list):
        for inner in part:
            yield from _parts(inner)


def _move_to_component(part: Json, schemas: dict[str, Json], named: dict[str, Json], replaced: set[str]) -> None:
    mark = part.pop(COMPONENT)
    name = mark["name"]
    own = {key: value for key, value in part.items() if key in _OF_THE_FIELD}
    body = {key: value for key, value in part.items() if key not in _OF_THE_FIELD}
    if "$ref" in body:  # a class, which has another name in the code
        source = body["$ref"].removeprefix(_REF)
        body = {key: value for key, value in schemas[source].items() if key not in _OF_THE_FIELD}
        replaced |= {source} - {name}
    component = {**body, "title": name, "description": mark["description"]}
    if named.setdefault(name, component) != component:
        raise ValueError(f"two types are called {name}")
    part.clear()
    part |= {"$ref": _REF + name, **own}


def _describe_fields(part: Json, schemas: dict[str, Json]) -> None:
    properties = part.get("properties")
    if isinstance(properties, dict):
        for name, schema in properties.items():
            _describe(schema, name, schema, schemas)
    if part.get("in") in {"path", "query", "header", "cookie"} and isinstance(part.get("schema"), dict):
        _describe(part, part["name"], part["schema"], schemas)
        if part["schema"].get("type") == "array":
            part["description"] = f"{part.get('description', '').rstrip('.')}. {_SEVERAL}".removeprefix(". ")


def _describe(described: Json, name: str, schema: Json, schemas: dict[str, Json]) -> None:
    """Use the field's own words, those of its type, or those that all fields of this name have, in this order.

    The title that pydantic makes of the name ("Po Number", "  Host-Refresh") says nothing, and goes.
    """
    schema.pop("title", None)
    if described.get("description"):
        return
    kinds = [schema, *schema.get("anyOf", ()), schema.get("items", {})]
    referred = [schemas.get(str(kind.get("$ref")).removeprefix(_REF), {}) for kind in kinds]
    given = [kind.get("description") for kind in [*kinds, *referred]]
    words = next((words.partition("\n\n")[0] for words in given if words), words_for(name))
    if words:
        described["description"] = words
