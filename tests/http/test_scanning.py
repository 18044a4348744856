"""Looking for card numbers takes time with a text's length: no text is scanned that is too long to be taken.

Nothing is measured in time here: the scanner notes how much it is given.
"""

import json

import pytest

from billing_api.kit import card_numbers
from tests.architecture.operations import Operation, examples_of, operations, shapes_of
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.drivers import caller_of

LONG = "4111 " * 60_000
MOST = 10_000  # characters; 20 ms at the worst
BODIES = [
    pytest.param(operation, shape["title"], name, id=f"{operation.id}-{shape['title']}-{name}")
    for operation in operations()
    for shape in shapes_of(operation)
    for name in shape["properties"]
]


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The length of each text that was scanned."""
    lengths: list[int] = []
    fold = card_numbers._folded

    def noting(text: str) -> str:
        lengths.append(len(text))
        return fold(text)

    monkeypatch.setattr(card_numbers, "_folded", noting)
    return lengths


@pytest.mark.parametrize(("operation", "title", "name"), BODIES)
async def test_a_field_of_a_body(
    portal: Portal, services: Services, scanned: list[int], operation: Operation, title: str, name: str
) -> None:
    """Each of every body, with a text that no field takes, in it and as its name."""
    [shape] = [shape for shape in shapes_of(operation) if shape["title"] == title]
    example = next(iter(examples_of(shape)))
    caller, path = caller_of(operation, portal, services), operation.path.replace("{", "").replace("}", "")
    for body in (example | {name: LONG}, example | {LONG: 1}, example | {name: {LONG: LONG}}, example | {name: [LONG]}):
        response = await caller.request(operation.method, path, json=body)
        assert response.status_code in {400, 404, 413, 422, 428}
        assert len(response.text) < MOST
    assert max(scanned) < MOST


@pytest.mark.parametrize("header", ["User-Agent", "X-Request-Id", "Idempotency-Key", "If-Match", "If-None-Match"])
@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/addresses"])
async def test_a_header(portal: Portal, scanned: list[int], header: str, path: str) -> None:
    """Whatever it is for."""
    body = {"email": "pat@example.com", "password": "not the right one", "refresh_token_in": "body"}
    await portal.post(path, json=body, headers={header: LONG[:30_000]})
    await portal.get(path, headers={header: LONG[:30_000]})
    assert max(scanned) < MOST


@pytest.mark.parametrize("query", ["q=", "cursor=", "status=", "sort=", "4111"])
async def test_a_query(portal: Portal, scanned: list[int], query: str) -> None:
    """In a parameter's value, and in its name."""
    response = await portal.get(f"/v1/invoices?{query}{LONG[:30_000].replace(' ', '+')}=1")
    assert (response.status_code, max(scanned) < MOST, len(response.text) < MOST) == (422, True, True)


async def test_a_path(portal: Portal, scanned: list[int]) -> None:
    """In the response and in the log."""
    response = await portal.get("/v1/" + LONG[:30_000].replace(" ", "%20"))
    assert response.status_code == 404
    assert len(json.loads(response.text)["instance"]) == 300
    assert max(scanned) < MOST
