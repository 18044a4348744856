"""Faults: added, waited for, released and removed."""

import re
from typing import Annotated

from pydantic import Field

from braintree_sandbox.control.call import ControlCall, ControlError, ControlRoutes, Json, Sent, read_body, read_query
from braintree_sandbox.faults import Fault, FaultKind

routes = ControlRoutes()

_A_DAY = 86_400
_LONGEST_WAIT = 60
_AFTER_RELEASE = 10
_Hits = Annotated[int, Field(ge=1, le=1_000_000)]


class _Match(Sent):
    method: str | None = None
    path: re.Pattern[str] | None = None
    merchant_id: str | None = None
    body: str | None = None


class _WantedFault(Sent):
    kind: FaultKind
    commit: bool = False
    times: _Hits = 1
    # A status below 200 is no final response in HTTP: the client would wait for another one.
    status: int = Field(503, ge=200, le=599)
    seconds: float = Field(0, ge=0, le=_A_DAY)
    match: _Match = _Match()


class _Wait(Sent):
    hits: _Hits = 1
    wait: float = Field(0, ge=0, le=_LONGEST_WAIT)


@routes.post("/faults")
def add(call: ControlCall) -> Json:
    """Let a fault wait for the calls it matches."""
    wanted = read_body(_WantedFault, call)
    match = wanted.match
    fault = Fault(
        kind=wanted.kind,
        commit=wanted.commit,
        times=wanted.times,
        status=wanted.status,
        seconds=wanted.seconds,
        method=match.method,
        path=match.path,
        merchant_id=match.merchant_id,
        body=match.body.encode() if match.body else None,
    )
    return call.sandbox.faults.add(fault).shown()


@routes.get("/faults")
def list_all(call: ControlCall) -> Json:
    """Return all faults with how often each was hit."""
    return {"faults": [fault.shown() for fault in call.sandbox.faults.all()]}


@routes.get("/faults/{fault_id}")
async def read(call: ControlCall) -> Json:
    """Return one fault; with `?wait=` seconds as soon as it has `?hits=` (one by default), or when they are over."""
    asked = read_query(_Wait, call)
    fault = _find(call)
    await fault.until(lambda one: one.hits >= asked.hits, asked.wait)
    return fault.shown()


@routes.post("/faults/{fault_id}/release")
async def release(call: ControlCall) -> Json:
    """Let the calls that a `hold` holds go on, and respond when they are over; later calls are not held."""
    fault = _find(call)
    if fault.kind is not FaultKind.HOLD:
        raise ControlError(409, f"A {fault.kind} holds no calls.")
    fault.released.set()
    await fault.until(lambda one: one.under_way == 0, _AFTER_RELEASE)
    return fault.shown()


@routes.delete("/faults/{fault_id}")
async def remove(call: ControlCall) -> Json:
    """Forget one fault; the calls that it holds go on."""
    fault = _find(call)
    call.sandbox.faults.remove(fault)
    if fault.kind is FaultKind.HOLD:
        await fault.until(lambda one: one.under_way == 0, _AFTER_RELEASE)
    return fault.shown()


@routes.delete("/faults")
def clear(call: ControlCall) -> Json:
    """Forget all faults; the calls that they hold go on."""
    call.sandbox.faults.clear()
    return {"faults": []}


def _find(call: ControlCall) -> Fault:
    fault = call.sandbox.faults.find(call.path["fault_id"])
    if fault is None:
        raise ControlError(404, f"There is no fault {call.path['fault_id']}.")
    return fault
