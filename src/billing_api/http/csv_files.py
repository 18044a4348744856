"""CSV files as responses: streamed, and broken off where they can't be finished."""

import asyncio
from contextlib import suppress
from typing import Any

from starlette.types import Receive, Scope, Send

from billing_api.db.streams import StreamEndedError
from billing_api.http.errors import ResponseCutOffError
from billing_api.http.results import CONTENT_DISPOSITION, Download
from billing_api.kit.file_names import content_disposition
from billing_api.kit.spreadsheets import Sheet

# A client that takes its file slowly holds a connection of the database, and an old state of all tables.
_MOST_SECONDS = 600.0

# A streamed text has any length; the contract bounds every text, and generated clients hold one of this size.
TEXT_FILE = {"schema": {"type": "string", "maxLength": 2**31 - 1}}
# The documented content of an operation that returns a CSV file.
CSV: dict[str, Any] = {
    "responses": {
        "200": {
            "description": "The file: UTF-8 with a byte order mark, commas, CRLF, a line of heads (RFC 4180)",
            "content": {"text/csv": TEXT_FILE},
        }
    }
}


class CsvFile(Download):
    """A table as a file: its lines are read while they are sent, so that any number takes the same memory.

    A response that an error ends is cut off in the middle of its last chunk: no client takes it for a whole file. When
    the client has gone, nothing more is read.
    """

    media_type = "text/csv"

    def __init__(self, sheet: Sheet[Any]) -> None:
        super().__init__(
            headers={
                CONTENT_DISPOSITION: content_disposition(f"{sheet.name}.csv"),
                "Cache-Control": "private, no-store",
            }
        )
        self.headers["Content-Type"] = "text/csv; charset=utf-8; header=present"
        del self.headers["Content-Length"]
        self._sheet = sheet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or its head alone to HEAD."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope.get("is_head"):
                await send({"type": "http.response.body"})
            else:
                await self._stream_in_time(receive, send)
        finally:
            await self._sheet.batches.close()

    async def _stream_in_time(self, receive: Receive, send: Send) -> None:
        """Send the file. Raise ResponseCutOffError where its client is too slow."""
        limit = asyncio.timeout(_MOST_SECONDS)
        try:
            async with limit:
                await self._stream(receive, send)
        except StreamEndedError:
            raise ResponseCutOffError("made_room_for_another_export") from None
        except TimeoutError:
            if not limit.expired():
                raise
            raise ResponseCutOffError("client_too_slow") from None

    async def _stream(self, receive: Receive, send: Send) -> None:
        leaving = asyncio.create_task(_departure(receive))
        try:
            async for part in self._sheet.parts():
                if leaving.done():
                    return
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body"})
        finally:
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving


async def _departure(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
