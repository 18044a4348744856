"""The parts of a connection that differ from uvicorn's: when it reads on, and how it is closed."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl


class QueueFirst(FlowControl):
    """Reads nothing more from a connection while requests of it wait for their turn."""

    def __init__(self, transport: asyncio.Transport, queue: deque[Any]) -> None:
        super().__init__(transport)
        self._queue = queue

    def resume_reading(self) -> None:
        """Go on, if no request waits: uvicorn calls this after each response, and whenever a body is read."""
        if not self._queue:
            super().resume_reading()


class ClosedByProtocol(asyncio.Transport):
    """The transport of a request with a body: the protocol closes it, since the body may still arrive."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        super().__init__()
        self._transport = transport
        self._close = close

    def write(self, data: Any) -> None:
        """Write to the connection."""
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Return whether the connection is closing."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Have the protocol close the connection."""
        self._close()
