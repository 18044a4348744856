"""Marks of types that stand in the contract alone: they describe a value and check nothing."""

from collections.abc import Mapping
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

# The key by which http/fields.py finds a schema that is to be a component.
COMPONENT = "x-component"


class Named:
    """The type is a component of the contract, with this name and description.

    `values` has a sentence, without its full stop, for each value of an enumeration.
    """

    def __init__(self, name: str, description: str, values: Mapping[str, str] | None = None) -> None:
        if values:
            description = "\n".join((f"{description}.\n", *(f"- `{one}`: {words}." for one, words in values.items())))
        self._component = {"name": name, "description": description}

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Called by pydantic."""
        return handler(schema) | {COMPONENT: self._component}


class Sent:
    """The bounds of a value that the service sends, in the words of JSON Schema.

    They were checked when the value came in, so that a response takes no time for them.
    """

    def __init__(self, **bounds: Any) -> None:
        self._bounds = bounds

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Called by pydantic."""
        return handler(schema) | self._bounds
