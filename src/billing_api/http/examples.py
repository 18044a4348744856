"""Examples of responses, which fit together: the documents of assets/examples.json, completed by their schemas."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from billing_api.errors import EXAMPLE_ID

_FILE = Path(__file__).parent / "assets" / "examples.json"
_REF = "#/components/schemas/"
_PARAMETER = re.compile(r"{(\w+)}")
_OF_FORMATS = {"date": "2026-11-02", "date-time": "2026-11-02T09:30:00Z", "uuid": EXAMPLE_ID}

Json = dict[str, Any]


@cache
def _story() -> Json:
    story: Json = json.loads(_FILE.read_text())
    return story


def add_examples(document: Json) -> None:
    """Give each JSON body of a successful response its example.

    `operations` of the file has the members that differ in the response of one operation.
    """
    schemas = document["components"]["schemas"]
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json")
                if status < "300" and content is not None:
                    own = _story()["operations"].get(f"{operation['operationId']} {status}", {})
                    content["example"] = example_of(content["schema"], schemas) | own


def path_of(template: str, *, known: bool = True) -> str:
    """Return an operation's path with the ids of the examples, or with one that is no id."""
    return _PARAMETER.sub(lambda found: _story()["ids"].get(found[1], EXAMPLE_ID) if known else "1001", template)


def example_of(schema: Json, schemas: Json, name: str = "") -> Any:
    """Return an example of a schema; `name` is that of its field.

    A field has its value from the document of its component, from its own example, or from its type.
    """
    if "$ref" in schema:
        return _of_component(schema["$ref"].removeprefix(_REF), schemas)
    if "examples" in schema:
        return schema["examples"][0]
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if kinds:
        return _of_choice(kinds[0], schemas, name)
    if "properties" in schema:
        return _of_object(schema, schemas, {})
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)]
    return _of_value(schema, name)


def _of_component(name: str, schemas: Json) -> Any:
    schema = schemas[name]
    if "properties" in schema:
        return _of_object(schema, schemas, _story()["components"].get(name, {}))
    return example_of(schema, schemas, name)


def _of_object(schema: Json, schemas: Json, given: Json) -> Json:
    return {
        name: given[name] if name in given else example_of(field, schemas, name)
        for name, field in schema["properties"].items()
    }


def _of_choice(kind: Json, schemas: Json, name: str) -> Any:
    """Return the example of a value that may be null: null unless its schema has an example or a form of its own."""
    has_own = "$ref" in kind or "examples" in kind or kind.get("format") in _OF_FORMATS
    return example_of(kind, schemas, name) if has_own else None


def _of_value(schema: Json, name: str) -> Any:
    match schema:
        case {"const": value} | {"enum": [value, *_]}:
            return value
        case {"format": "uuid"} if name in _story()["ids"]:
            return _story()["ids"][name]
        case {"format": form} if form in _OF_FORMATS:
            return _OF_FORMATS[form]
        case {"type": "integer"}:
            return max(0, schema.get("minimum", 0))
        case {"type": "boolean"}:
            return False
    return "…"
