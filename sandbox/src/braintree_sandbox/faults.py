"""Faults on demand: the next N calls that match are held, or get a late, a wrong or no response."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

from braintree_sandbox.wire.http import Request


class FaultKind(StrEnum):
    """The kind of a fault."""

    DELAY = "delay"
    DROP = "drop"
    STATUS = "status"
    GARBAGE = "garbage"
    HOLD = "hold"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault; with `commit` the work of the call is done all the same.

    `hits` counts the calls it has hit, `under_way` those of them that are not over.
    """

    kind: FaultKind
    commit: bool = False
    times: int = 1
    status: int = 503
    seconds: float = 0.0
    method: str | None = None
    path: re.Pattern[str] | None = None
    merchant_id: str | None = None
    body: bytes | None = None
    id: str = field(default_factory=lambda: uuid4().hex[:12])
    hits: int = 0
    under_way: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def matches(self, request: Request) -> bool:
        """Return whether this call is to be hit; the path is compared without its merchant."""
        _, _, merchant, rest = [*request.path.split("/", 3), "", ""][:4]
        return (
            (self.method is None or self.method == request.method)
            and (self.merchant_id is None or self.merchant_id == merchant)
            and (self.path is None or self.path.search(f"/{rest}") is not None)
            and (self.body is None or self.body in request.body)
        )

    @contextmanager
    def hitting(self) -> Iterator[None]:
        """Count a call that this fault hits, and note when it is over."""
        self.hits += 1
        self.under_way += 1
        self._announce()
        try:
            yield
        finally:
            self.under_way -= 1
            self._announce()

    async def pause(self) -> None:
        """Wait until a delay is over, or until a held call may go on."""
        if self.kind is FaultKind.HOLD:
            await self.released.wait()
        else:
            await asyncio.sleep(self.seconds)

    async def until(self, reached: Callable[["Fault"], bool], seconds: float) -> None:
        """Wait until `reached` holds, at most so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while not reached(self):
                    await self._changed.wait()
        except TimeoutError:
            return

    def _announce(self) -> None:
        """Wake the waiting calls, each of which checks for itself."""
        self._changed.set()
        self._changed = asyncio.Event()

    def shown(self) -> dict[str, object]:
        """Return the fault as the control API lists it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "commit": self.commit,
            "times": self.times,
            "hits": self.hits,
            "under_way": self.under_way,
            "status": self.status,
            "seconds": self.seconds,
            "match": {
                "method": self.method,
                "path": self.path.pattern if self.path else None,
                "merchant_id": self.merchant_id,
                "body": self.body.decode() if self.body else None,
            },
        }


class Faults:
    """The faults that wait for their calls, first come first served."""

    def __init__(self) -> None:
        self._known: dict[str, Fault] = {}

    def add(self, fault: Fault) -> Fault:
        """Add a fault that waits for calls."""
        self._known[fault.id] = fault
        return fault

    def find(self, fault_id: str) -> Fault | None:
        """Return the fault of that id, used up or not."""
        return self._known.get(fault_id)

    def matching(self, request: Request) -> Fault | None:
        """Return the fault that hits this call."""
        for fault in self._known.values():
            if fault.hits < fault.times and fault.matches(request):
                return fault
        return None

    def all(self) -> list[Fault]:
        """Return every fault since the last `clear`, also those that are used up."""
        return list(self._known.values())

    def remove(self, fault: Fault) -> None:
        """Forget one fault; the calls that it holds go on."""
        fault.released.set()
        del self._known[fault.id]

    def clear(self) -> None:
        """Forget all faults; the calls that they hold go on."""
        for fault in self.all():
            self.remove(fault)
