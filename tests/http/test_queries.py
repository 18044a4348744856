"""On every route a parameter may come once, and an empty one counts as absent."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest

from billing_api.payments.states import PaymentState
from tests.architecture.operations import Operation, operations
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.drivers import caller_of, path_of
from tests.http.problem import pointers, problem

UNKNOWN = UUID("01a203df-4cdb-7211-83aa-039c753394aa")


def name_of(value: Any) -> str:
    """The operation's id, or the parameter's name."""
    return value.id if isinstance(value, Operation) else str(value["name"])


def is_list(parameter: dict[str, Any]) -> bool:
    """Whether it may be repeated."""
    return bool(parameter["schema"].get("type") == "array")


# Every parameter of every query, by its operation.
PARAMETERS: list[tuple[Operation, dict[str, Any]]] = [
    (operation, parameter)
    for operation in operations()
    for parameter in operation.documented.get("parameters", ())
    if parameter["in"] == "query"
]
SCALARS = [(operation, parameter) for operation, parameter in PARAMETERS if not is_list(parameter)]


@pytest.mark.parametrize(("operation", "parameter"), SCALARS, ids=name_of)
async def test_a_repeated_scalar_is_refused(
    portal: Portal, services: Services, operation: Operation, parameter: dict[str, Any]
) -> None:
    """Which of the two was meant is not guessed, not even of two that are the same."""
    name, caller = parameter["name"], caller_of(operation, portal, services)
    response = await caller.request(operation.method, f"{path_of(operation, UNKNOWN)}?{name}=1&x={name}&{name}=1")
    assert pointers(problem(response, 422, "validation_failed")) == [f"?{name}"]
    assert response.json()["errors"][0]["code"] == "repeated"


@pytest.mark.parametrize(
    ("operation", "parameter"), [one for one in PARAMETERS if not one[1].get("required")], ids=name_of
)
async def test_an_empty_parameter_is_absent(
    portal: Portal, services: Services, operation: Operation, parameter: dict[str, Any]
) -> None:
    """Forms send empty fields so, also beside the field with a value."""
    name, caller, path = parameter["name"], caller_of(operation, portal, services), path_of(operation, UNKNOWN)
    without = await caller.request(operation.method, path)
    for query in (f"{name}=", name, f"{name}=&{name}="):
        response = await caller.request(operation.method, f"{path}?{query}")
        assert (response.status_code, _rows(response)) == (without.status_code, _rows(without))


def _rows(response: httpx.Response) -> Any:
    """Return the data of a list, or all of a file."""
    if response.headers["content-type"].startswith("text/csv"):
        return response.content
    return response.json().get("data")


async def test_an_empty_one_beside_the_one_that_is_meant(portal: Portal) -> None:
    """It is no repetition, and the next page's link does without it."""
    for _ in range(2):
        await portal.post("/v1/payment-methods", json={"type": "card", "nonce": "fake-valid-visa-nonce"})
    response = await portal.get("/v1/sessions?limit=&cursor=&limit=1")
    assert response.status_code == 200


async def test_a_list_may_be_repeated(portal: Portal) -> None:
    """Or have commas."""
    repeated = await portal.get("/v1/transactions?type=invoice&type=payment")
    with_commas = await portal.get("/v1/transactions?type=invoice,payment")
    assert (repeated.status_code, repeated.json()) == (200, with_commas.json())


@pytest.mark.parametrize("name", ["4111111111111111", "x" * 5000])
async def test_a_refusal_repeats_no_card_number_and_nothing_long(portal: Portal, name: str) -> None:
    """Whatever the parameter is called."""
    response = await portal.get(f"/v1/invoices?{name}=1&{name}=2")
    problem(response, 422, "validation_failed")
    assert "4111111111111111" not in response.text
    assert len(response.text) < 1000


@pytest.mark.parametrize("name", ["%6cimit", "limi%74", "LIMIT"])
async def test_names_are_compared_as_they_are_meant(portal: Portal, name: str) -> None:
    """Decoded, and by their case."""
    response = await portal.get(f"/v1/invoices?{name}=1&limit=1")
    assert pointers(problem(response, 422, "validation_failed")) == ["?LIMIT" if name == "LIMIT" else "?limit"]


async def test_a_challenge_is_needed(client: httpx.AsyncClient) -> None:
    """A required parameter that is empty is missing."""
    response = await client.get(f"/v1/gateway-webhooks/braintree?bt_challenge={quote('')}")
    body = problem(response, 422, "validation_failed")
    assert (pointers(body), body["errors"][0]["code"]) == (["?bt_challenge"], "missing")


@pytest.mark.parametrize(
    ("query", "choices"),
    [
        ("/v1/invoices?status=open,late", ["open", "paid", "void"]),
        (
            "/v1/invoices?due=soon",
            ["overdue", "within_7_days", "within_30_days", "within_60_days", "within_90_days"],
        ),
        ("/v1/payment-methods?type=cash", ["card", "us_bank_account"]),
    ],
)
async def test_a_wrong_value_of_a_filter_names_the_choices(portal: Portal, query: str, choices: list[str]) -> None:
    (field,) = problem(await portal.get(query), 422, "validation_failed")["errors"]
    assert field["choices"] == choices


async def test_a_wrong_state_names_every_state(portal: Portal) -> None:
    """Its values are an enumeration of the code, and not a list beside the field."""
    (field,) = problem(await portal.get("/v1/payments?status=lost"), 422, "validation_failed")["errors"]
    assert field["choices"] == list(PaymentState)


async def test_a_wrong_type_in_a_body_names_the_types(portal: Portal) -> None:
    response = await portal.post("/v1/payment-methods", json={"type": "cash", "nonce": "fake-valid-nonce"})
    (field,) = problem(response, 422, "validation_failed")["errors"]
    assert (field["code"], field["choices"]) == ("union_tag_invalid", ["card", "us_bank_account"])
