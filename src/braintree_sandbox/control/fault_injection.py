"""Faults: asked for, listed with their hits, and cleared."""

from braintree_sandbox.control.call import ControlCall, ControlError, ControlRoutes, Json
from braintree_sandbox.faults import FaultError, read_fault

routes = ControlRoutes()


@routes.post("/faults")
def add(call: ControlCall) -> Json:
    """Let a fault wait for the calls it matches."""
    try:
        fault = read_fault(call.body)
    except FaultError as error:
        raise ControlError(400, str(error)) from error
    return call.sandbox.faults.add(fault).shown()


@routes.get("/faults")
def list_all(call: ControlCall) -> Json:
    """All faults with how often each was hit."""
    return {"faults": [fault.shown() for fault in call.sandbox.faults.all()]}


@routes.delete("/faults")
def clear(call: ControlCall) -> Json:
    """Forget all faults."""
    call.sandbox.faults.clear()
    return {"faults": []}
