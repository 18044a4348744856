"""The table of routes chooses as FastAPI does, and leaves to it what it does not know."""

from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Match

from billing_api.http import error_handlers, routing
from billing_api.http.routing import RouteTable


@pytest.fixture
def table(app: FastAPI) -> RouteTable:
    """The application's."""
    table = app.router.middleware_stack
    assert isinstance(table, RouteTable)
    return table


def test_every_route_is_found_where_fastapi_finds_it(app: FastAPI, table: RouteTable) -> None:
    """For each method and path of the API the first context that fits, with the same parameters."""
    contexts = [context for context in iter_route_contexts(app.routes) if isinstance(context.original_route, APIRoute)]
    assert len(contexts) > 20
    for context in contexts:
        path = "/".join(str(uuid4()) if part.startswith("{") else part for part in str(context.path).split("/"))
        for method in context.methods or ():
            scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
            matches = ((other, *other.matches(scope)) for other in iter_route_contexts(app.routes))
            chosen, child = next((other, child) for other, match, child in matches if match is Match.FULL)
            found = table.find(method, path)
            assert found is not None
            assert found[0].endpoint is chosen.endpoint
            assert found[1] == child["path_params"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/invoices\n",
        "/v1/invoices/a/lines\n",
        "/v1/invoices/",
        "/v1//invoices",
        "/v1/invoices/a/b/c",
        "/v1",
        "/nowhere",
    ],
)
def test_other_paths_are_fastapis(table: RouteTable, path: str) -> None:
    """A slash too many makes another path."""
    assert table.find("GET", path) is None


async def test_method_that_a_path_lacks_is_fastapis(client: httpx.AsyncClient) -> None:
    """With every method that the path has."""
    response = await client.delete("/v1/invoices")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")


@pytest.fixture
async def small() -> httpx.AsyncClient:
    """A client of an application whose routes get in each other's way."""
    router = APIRouter(prefix="/things")

    @router.get("/{name}")
    async def template(request: Request, name: str) -> str:
        return f"{name} by {request.scope['route'].path}"

    @router.get("/new")
    async def literal() -> str:
        return "never"

    @router.get("/at/{place:path}")
    async def several_segments(place: str) -> str:
        return place

    app = FastAPI()
    app.include_router(router)
    routing.install(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://small.test")


@pytest.mark.parametrize(
    ("path", "response"),
    [
        ("/things/old", "old by /things/{name}"),
        ("/things/new", "new by /things/{name}"),
        ("/things/a%20b", "a b by /things/{name}"),
        ("/things/at/a/b", "a/b"),
    ],
)
async def test_first_route_that_fits_is_chosen(small: httpx.AsyncClient, path: str, response: str) -> None:
    """Also where a later one fits better, and where one takes several segments."""
    async with small:
        assert (await small.get(path)).json() == response


async def test_path_behind_a_prefix_is_fastapis() -> None:
    """A proxy that leaves its prefix in the path says so by root_path."""
    app = FastAPI()

    @app.get("/here")
    async def here(at: str = "") -> str:
        return f"here{at}"

    error_handlers.install(app)

    routing.install(app)
    transport = httpx.ASGITransport(app=app, root_path="/billing")
    async with httpx.AsyncClient(transport=transport, base_url="http://small.test") as client:
        assert (await client.get("/billing/here")).json() == "here"
        assert (await client.get("/billing/here?at=1")).json() == "here1"
        assert (await client.get("/billing/here?at=1&at=2")).status_code == 422
