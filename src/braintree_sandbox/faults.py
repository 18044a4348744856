"""Trouble on demand: the next N calls that match are answered late, wrongly or not at all."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import uuid4

from braintree_sandbox.wire.http import Request


class FaultKind(StrEnum):
    """What the client sees."""

    DELAY = "delay"
    DROP = "drop"
    STATUS = "status"
    GARBAGE = "garbage"


class FaultError(ValueError):
    """The fault that was asked for makes no sense."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault; `commit` says whether what was asked for is done all the same."""

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

    def matches(self, request: Request) -> bool:
        """Whether this call is to be hit; the path is matched without its merchant."""
        _, _, merchant, rest = [*request.path.split("/", 3), "", ""][:4]
        return (
            (self.method is None or self.method == request.method)
            and (self.merchant_id is None or self.merchant_id == merchant)
            and (self.path is None or self.path.search(f"/{rest}") is not None)
            and (self.body is None or self.body in request.body)
        )

    def shown(self) -> dict[str, object]:
        """The fault as the control API lists it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "commit": self.commit,
            "times": self.times,
            "hits": self.hits,
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
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Let a fault wait."""
        self._waiting.append(fault)
        return fault

    def take(self, request: Request) -> Fault | None:
        """The fault that hits this call, counted down."""
        for fault in self._waiting:
            if fault.hits < fault.times and fault.matches(request):
                fault.hits += 1
                return fault
        return None

    def all(self) -> list[Fault]:
        """Every fault since the last `clear`, also the spent ones: a test can see that its fault was hit."""
        return list(self._waiting)

    def clear(self) -> None:
        """Forget all faults."""
        self._waiting.clear()


def read_fault(sent: dict[str, Any]) -> Fault:
    """The fault that the control API's JSON describes; raises FaultError."""
    match = sent.get("match", {})
    known = {"kind", "commit", "times", "status", "seconds", "match"}
    if not isinstance(match, dict) or sent.keys() - known or match.keys() - {"method", "path", "merchant_id", "body"}:
        raise FaultError(
            "A fault has kind, commit, times, status, seconds and match {method, path, merchant_id, body}."
        )
    try:
        return Fault(
            kind=FaultKind(sent.get("kind", "")),
            commit=bool(sent.get("commit", False)),
            times=int(sent.get("times", 1)),
            status=int(sent.get("status", 503)),
            seconds=float(sent.get("seconds", 0)),
            method=match.get("method"),
            path=re.compile(match["path"]) if "path" in match else None,
            merchant_id=match.get("merchant_id"),
            body=str(match["body"]).encode() if "body" in match else None,
        )
    except (ValueError, TypeError, re.error) as error:
        raise FaultError(f"This is not a fault: {error}.") from error
