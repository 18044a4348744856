"""A stored result is rendered to the bytes of the first response."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from billing_api.config import Settings
from billing_api.errors import AppError, Kind
from billing_api.http import error_handlers
from billing_api.http.problems import body_of, text_of
from billing_api.kit.idempotency import IdempotentReplay, StoredResult

PATH, REQUEST_ID = "/v1/things", "the first request"


class ThingDeclinedError(AppError):
    """A refusal with extensions of several types."""

    code, title, kind = "thing_declined", "Thé thing was declined", Kind.DECLINED

    thing_id: UUID
    on: date
    soft: bool | None
    tries: list[float]

    def __init__(self) -> None:
        super().__init__("No “thing” today.", thing_id=UUID(int=7), on=date(2026, 11, 3), soft=None, tries=[1, 2.5])


Replay = Callable[[StoredResult], Awaitable[tuple[int, str, str | None]]]
FIRST = text_of(body_of(ThingDeclinedError(), instance=PATH, request_id=REQUEST_ID))


@pytest.fixture
def replay() -> Replay:
    """Return a function that gives the status, the body and the mark of a replay."""
    app = FastAPI()
    app.state.settings = Settings()
    error_handlers.install(app)
    stored: list[StoredResult] = []

    @app.post(PATH)
    async def repeat() -> None:
        raise IdempotentReplay(stored[-1])

    async def ask(result: StoredResult) -> tuple[int, str, str | None]:
        stored.append(result)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
            response = await client.post(PATH)
        return response.status_code, response.text, response.headers.get("Idempotent-Replayed")

    return ask


async def test_refusal(replay: Replay) -> None:
    """Only its members are stored; the status, the type and the path follow from them and the request."""
    result = StoredResult.refused(ThingDeclinedError(), REQUEST_ID)
    assert PATH not in result.document
    assert await replay(result) == (402, FIRST, "true")


async def test_refusal_of_the_version_before(replay: Replay) -> None:
    """Migration 0018 keeps a whole problem document, and gives it a word in place of its status."""
    assert await replay(StoredResult("declined", FIRST)) == (402, FIRST, "true")


@pytest.mark.parametrize(("outcome", "status"), [("created", 201), ("accepted", 202)])
async def test_resource(replay: Replay, outcome: str, status: int) -> None:
    """Its document is the body."""
    document = '{"id":"7","version":1,"name":"é"}'
    assert await replay(StoredResult(outcome, document)) == (status, document, "true")
