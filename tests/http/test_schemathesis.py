"""Every operation, asked what its document allows and what it doesn't, by a signed-in owner over real HTTP.

What needs long values, and the header that is left out, schemathesis misses: those have tests of their own.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from schemathesis.specs.openapi.checks import negative_data_rejection

from billing_api.auth.scopes import SCOPES
from billing_api.config import Settings
from billing_api.kit.headers import MOST_BYTES
from billing_api.kit.ids import new_id
from billing_api.main import create_app
from billing_api.sessions.service import Grant
from tests.architecture.operations import document
from tests.factories.users import make_member, open_session
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.drivers import MAKERS

pytestmark = pytest.mark.slow

T = TypeVar("T")

# After one of these the token opens nothing any more.
ENDS_THE_SESSION = {"sessions_sign_out", "sessions_end"}

schema = schemathesis.openapi.from_dict(document())


@dataclass(frozen=True)
class Server:
    """The application behind a real server, in a thread with a loop of its own."""

    app: FastAPI
    url: str
    loop: asyncio.AbstractEventLoop

    @property
    def services(self) -> Services:
        """Its parts, to be used in its loop."""
        services: Services = Services(self.app.state.parts)
        return services

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=30)


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[Server]:
    """Nothing is throttled: a wrong password and a declined card are among the things that are tried."""
    throttles = [name for name in Settings.model_fields if "_per_" in name]
    app = create_app(settings.model_copy(update=dict.fromkeys(throttles, "100000 per 1 minute")))
    loop = asyncio.new_event_loop()
    listening = socket.create_server(("127.0.0.1", 0))
    runner = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
    thread = threading.Thread(target=loop.run_until_complete, args=(runner.serve(sockets=[listening]),))
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        httpx.get(f"{url}/livez", timeout=30).raise_for_status()  # waits in the socket's queue until the service is up
        yield Server(app, url, loop)
    finally:
        runner.should_exit = True
        thread.join()
        loop.close()
        listening.close()


@dataclass(frozen=True)
class Caller:
    """An owner, signed in, with a row of each kind that a request may name; and a partner's client."""

    access_token: str
    partner_token: str
    rows: dict[str, str]


@pytest.fixture(scope="session")
def caller(server: Server) -> Caller:
    """One caller for all operations, so that each meets the rows that others have left."""

    async def prepare() -> Caller:
        grant = await _sign_in(server)
        async with Portal(server.app, grant.caller, grant.access_token) as portal:
            made = {name: await make(portal, server.services) for name, make in MAKERS.items()}
            rows = {name: str(row[-1] if isinstance(row, tuple) else row) for name, row in made.items()}
        partner_token = server.services.partner_tokens.issue(new_id(), frozenset(SCOPES))
        return Caller(grant.access_token, partner_token, rows)

    return server.do(prepare())


async def _sign_in(server: Server) -> Grant:
    return await open_session(server.services, await make_member(server.services))


@pytest.mark.no_cover  # every line that it reaches is reached by a test that looks at what comes of it
@schema.parametrize()
def test_operation(case: schemathesis.Case[Any], server: Server, caller: Caller) -> None:
    """Its response is one that the document describes, and no fault of ours."""
    case.path_parameters = _with_known_ids(case.path_parameters, caller.rows)
    case.body = _with_known_ids(case.body, caller.rows)
    is_partners = any("partner_token" in one for one in case.operation.definition.raw.get("security", ()))
    token = caller.partner_token if is_partners else caller.access_token
    if case.operation.definition.raw["operationId"] in ENDS_THE_SESSION:
        token = server.do(_sign_in(server)).access_token
    # No schema can say that an empty parameter counts as absent; tests/http/test_queries.py does.
    has_empty = "" in case.query.values()
    # The product's own protocol refuses such a head, and is not in use here; tests/http/test_slow_clients.py tries it.
    has_long_head = any(len(str(value)) > MOST_BYTES for value in (*case.headers.values(), *case.cookies.values()))
    case.call_and_validate(
        base_url=server.url,
        headers={"Authorization": f"Bearer {token}"},
        excluded_checks=[negative_data_rejection] if has_empty or has_long_head else [],
    )


def _with_known_ids(part: Any, rows: dict[str, str]) -> Any:
    """The same, but that half of the ids are those of rows that are there."""
    if isinstance(part, list):
        return [_with_known_ids(item, rows) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: rows[name] if name in rows and _is_id(value) and UUID(value).int % 2 else _with_known_ids(value, rows)
        for name, value in part.items()
    }


def _is_id(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return isinstance(value, str)
