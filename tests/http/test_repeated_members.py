"""On every route a member that stands in an object of the body twice is refused by name."""

import json
from typing import Any
from uuid import UUID

import pytest

from billing_api.errors import InvalidInputError
from billing_api.http.json_bodies import read_json
from tests.architecture.operations import Operation, operations, shapes_of
from tests.factories.payments import new_key
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.drivers import body_of, caller_of, path_of
from tests.http.problem import pointers, problem

UNKNOWN = UUID("01a203df-4cdb-7211-83aa-039c753394aa")
WITH_JSON = [one for one in operations() if shapes_of(one)]


@pytest.mark.parametrize("operation", WITH_JSON, ids=lambda operation: operation.id)
async def test_each_body(portal: Portal, services: Services, operation: Operation) -> None:
    """Not even two equal values are taken: which of two was meant is not guessed."""
    content = repeated(body_of(operation) or {"name": "value"})
    headers = {"If-Match": "*", "Content-Type": "application/json", **new_key()}
    caller = caller_of(operation, portal, services)
    response = await caller.request(operation.method, path_of(operation, UNKNOWN), content=content, headers=headers)
    body = problem(response, 422, "validation_failed")
    assert pointers(body) == [f"/{next(iter(json.loads(content)))}"]
    assert body["errors"][0]["code"] == "repeated"


def repeated(body: dict[str, Any]) -> str:
    """Return the body with its first member twice."""
    name, value = next(iter(body.items()))
    return f"{{{json.dumps(name)}: {json.dumps(value)}, {json.dumps(body)[1:]}"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"amount": 1, "amount": 100}', ["/amount"]),
        (r'{"amount": 1, "a\u006dount": 100}', ["/amount"]),
        ('{"lines": [{}, {"a/b": 1, "a/b": 2, "a~": 1, "a~": 2}]}', ["/lines/1/a~1b", "/lines/1/a~0"]),
        ('{"a": {"b": 1, "b": 1}, "a": {"b": 1, "b": 1}}', ["/a", "/a/b"]),
        ('[{"4012888888881881": 1, "4012888888881881": 2}]', ["/0/[card number]"]),
        ("{" + ", ".join(f'"m{number}": 1, "m{number}": 1' for number in range(99)) + "}", None),
    ],
    ids=["top", "escaped", "in a list", "in itself", "card number", "many"],
)
def test_the_names_are_pointers(text: str, named: list[str] | None) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_json(text.encode())
    found = [error.pointer for error in refused.value.errors]
    assert found == (named or [f"/m{number}" for number in range(50)])


@pytest.mark.parametrize(
    "text",
    [
        *(" [1 , 2 ]\n", '{"a": {"b": 1}, "b": [{"a": 1}, {"a": 1}]}', '"\\ud83d\\ude00"', '"\\ud800"', "[NaN]"),
        *(
            "1.0",
            "-0",
            "-0.0",
            "1e22",
            "5e-324",
            "1e400",
            "0.1",
            "9007199254740993.0",
            "1" * 30,
            "\ufeff{}",
            "Infinity",
        ),
    ],
)
def test_a_body_is_read_as_fastapi_reads_it(text: str) -> None:
    """A value of another type, or of another size, would be another request."""
    assert repr(read_json(text.encode())) == repr(json.loads(text.encode()))


@pytest.mark.parametrize("text", ['"\x01"', "{} x", "[1,]", "00", "nul", "", "{'a': 1}"])
def test_no_json_is_refused_as_fastapi_refuses_it(text: str) -> None:
    """FastAPI knows this error by its class."""
    with pytest.raises(json.JSONDecodeError):
        read_json(text.encode())
