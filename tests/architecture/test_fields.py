"""The contract says of each value what it is and how large it can be."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from billing_api.http.fields import describe
from billing_api.kit.documented import COMPONENT
from tests.architecture.operations import document

Json = dict[str, Any]
_SCHEMAS: dict[str, Json] = document()["components"]["schemas"]
# Keywords whose value is a schema, a list of them, or schemas by name.
_ONE, _MANY, _NAMED = ("items", "additionalProperties", "not"), ("anyOf", "oneOf", "allOf"), ("properties", "$defs")


def schemas(schema: Json, place: str) -> Iterator[tuple[str, Json]]:
    """Yield a schema and those inside it, each with its place."""
    yield place, schema
    for keyword in _ONE:
        if isinstance(inner := schema.get(keyword), dict):
            yield from schemas(inner, f"{place}/{keyword}")
    for keyword in _MANY:
        for index, inner in enumerate(schema.get(keyword, ())):
            yield from schemas(inner, f"{place}/{keyword}/{index}")
    for keyword in _NAMED:
        for name, inner in schema.get(keyword, {}).items():
            yield from schemas(inner, f"{place}/{name}")


def parameters(contract: Json) -> Iterator[tuple[str, Json]]:
    """Yield each parameter with its operation."""
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            for parameter in operation.get("parameters", ()):
                yield f"{method} {path} {parameter['name']}", parameter


def bodies(contract: Json) -> Iterator[tuple[str, Json]]:
    """Yield the schemas of each operation's bodies."""
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            for one in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in one.get("content", {}).values():
                    yield f"{method} {path}", content["schema"]


def headers(contract: Json) -> Iterator[tuple[str, Json]]:
    """Yield the headers of responses."""
    yield from contract["components"].get("headers", {}).items()


def everything(contract: Json) -> Iterator[tuple[str, Json]]:
    """Yield every schema of values that clients send or receive."""
    for name, schema in contract["components"]["schemas"].items():
        yield from schemas(schema, name)
    for place, parameter in parameters(contract):
        yield from schemas(parameter["schema"], place)
    for name, header in headers(contract):
        yield from schemas(header["schema"], name)
    for place, schema in bodies(contract):
        yield from schemas(schema, place)


def faults_of(contract: Json) -> list[str]:
    """Return what the document leaves out, in words."""
    found = [
        f"{place}: no description"
        for place, one in (*parameters(contract), *headers(contract))
        if not one.get("description")
    ]
    for place, schema in everything(contract):
        found += [
            f"{place}/{name}: no description"
            for name, field in schema.get("properties", {}).items()
            if not field.get("description")
        ]
        found += [f"{place}: {fault}" for fault in _unbounded(schema)]
        if len(schema.get("enum", ())) > 1:
            found += [f"{place}: {fault}" for fault in _faults_of_enum(schema, place)]
    return sorted(set(found))


def new_faults(contract: Json) -> list[str]:
    """Return the faults that a changed document has and ours does not."""
    return sorted(set(faults_of(contract)) - set(faults_of(document())))


def _faults_of_enum(schema: Json, place: str) -> Iterator[str]:
    if "/" in place:
        yield "an enum without a name"
    elif not place.endswith("Sort"):  # the values of those are fields of the rows
        words = schema.get("description", "")
        yield from (f"no words for {value}" for value in schema["enum"] if f"- `{value}`: " not in words)


def _unbounded(schema: Json) -> Iterator[str]:
    kind = schema.get("type")
    if kind == "string" and not {"maxLength", "enum", "const", "format"} & schema.keys():
        yield "a string without maxLength"
    if kind == "array" and "maxItems" not in schema:
        yield "an array without maxItems"
    if kind == "integer" and not {"minimum", "maximum", "format"} <= schema.keys():
        yield "an integer without bounds"


def test_every_value_is_described_and_bounded() -> None:
    """Types of responses are in kit/read_types.py, those of requests in kit/schema.py, words in http/field_words.py."""
    faults = faults_of(document())
    assert not faults, (
        "describe a field by Field(description=…), or by its name in http/field_words.py; bound it by a type of "
        "kit/read_types.py or kit/schema.py; give an enumeration Named(…) with words for each value:\n"
        + "\n".join(faults)
    )


@pytest.mark.parametrize("name", [name for name in _SCHEMAS if name.endswith("Create")])
def test_a_body_has_the_name_of_its_component(name: str) -> None:
    """Generators call it so, also where it is a choice of several."""
    assert _SCHEMAS[name].get("title", name) == name
    assert "New" not in _SCHEMAS


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda field: field.pop("maxLength"), "a string without maxLength"),
        (lambda field: field.pop("description"), "no description"),
        (lambda field: field.update(enum=["a", "b"]), "an enum without a name"),
        (lambda field: field.update(type="integer"), "an integer without bounds"),
        (lambda field: field.update(type="array"), "an array without maxItems"),
    ],
)
def test_the_rules_find_faults(change: Any, fault: str) -> None:
    """The rules themselves."""
    contract = copy.deepcopy(document())
    change(contract["components"]["schemas"]["AddressRead"]["properties"]["recipient"])
    assert [one.rpartition(": ")[2] for one in new_faults(contract)] == [fault]


def contract_of(*fields: Json) -> Json:
    """Return a document with one schema, whose fields are called a, b, c …"""
    schema = {"type": "object", "properties": dict(zip("abc", fields, strict=False))}
    return {"components": {"schemas": {"Thing": schema, "Kind": {"enum": ["x"], "type": "string"}}}, "paths": {}}


def marked(name: str, schema: Json) -> Json:
    """Return a schema that is to be a component."""
    return schema | {COMPONENT: {"name": name, "description": f"A {name}"}}


def test_each_value_of_an_enumeration_has_a_sentence() -> None:
    """`Named(…, values)` has them."""
    contract = copy.deepcopy(document())
    role = contract["components"]["schemas"]["Role"]
    role["description"] = role["description"].replace("- `payer`", "payer")
    assert new_faults(contract) == ["Role: no words for payer"]


class TestComponents:
    """Types with a name become components, one for one thing."""

    def test_a_type_is_moved_to_its_component(self) -> None:
        contract = contract_of(marked("Size", {"enum": ["s", "l"], "type": "string"}), {"description": "Own"})
        contract["components"]["schemas"]["Thing"]["properties"]["b"] |= marked(
            "Size", {"enum": ["s", "l"], "type": "string", "default": "s"}
        )
        describe(contract)
        found = contract["components"]["schemas"]
        assert found["Size"] == {"enum": ["s", "l"], "type": "string", "title": "Size", "description": "A Size"}
        reference = {"$ref": "#/components/schemas/Size"}
        assert found["Thing"]["properties"]["a"] == reference | {"description": "A Size"}
        assert found["Thing"]["properties"]["b"] == reference | {"description": "Own", "default": "s"}

    def test_a_class_gets_its_name(self) -> None:
        contract = contract_of(marked("Colour", {"$ref": "#/components/schemas/Kind"}))
        describe(contract)
        found = contract["components"]["schemas"]
        assert found["Colour"] == {"enum": ["x"], "type": "string", "title": "Colour", "description": "A Colour"}
        assert "Kind" not in found

    @pytest.mark.parametrize(("name", "other"), [("Size", {"enum": ["l"]}), ("Thing", {"enum": ["s"]})])
    def test_two_things_can_not_have_one_name(self, name: str, other: Json) -> None:
        contract = contract_of(marked(name, {"enum": ["s"]}), marked(name, other))
        with pytest.raises(ValueError, match=name):
            describe(contract)


def test_a_field_without_words_of_its_own_has_those_of_its_type_or_name() -> None:
    """Its own come first."""
    contract = contract_of()
    contract["components"]["schemas"]["Thing"]["properties"] = {
        "currency": {"type": "string"},
        "invoice_id": {"type": "string"},
        "number": {"anyOf": [{"type": "string", "description": "Of the type"}, {"type": "null"}]},
        "amount": {"type": "integer", "description": "Own", "title": "Amount"},
        "strange": {"type": "string"},
    }
    describe(contract)
    fields = contract["components"]["schemas"]["Thing"]["properties"]
    assert fields["currency"]["description"].startswith("The currency's ISO 4217 code")
    assert fields["invoice_id"]["description"] == "The id of the invoice"
    assert fields["number"]["description"] == "Of the type"
    assert fields["amount"] == {"type": "integer", "description": "Own"}
    assert "description" not in fields["strange"]


def test_a_filter_of_several_values_says_so() -> None:
    """Behind the words of the parameter, or else of its values."""
    contract = contract_of()
    kinds = {"type": "array", "items": {"$ref": "#/components/schemas/Kind"}}
    contract["components"]["schemas"]["Kind"]["description"] = "A kind."
    given = [{"in": "query", "name": name, "schema": kinds} for name in ("kind", "own")]
    given[1]["description"] = "Own words"
    contract["paths"] = {"/things": {"get": {"parameters": given}}}
    describe(contract)
    several = "One value, or several with commas between them"
    assert [one["description"] for one in given] == [f"A kind. {several}", f"Own words. {several}"]
