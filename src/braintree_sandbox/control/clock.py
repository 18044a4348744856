"""The clock, and the way back to the start."""

from datetime import timedelta

from braintree_sandbox.control.call import ControlCall, ControlError, ControlRoutes, Json

routes = ControlRoutes()

_UNITS = frozenset({"days", "hours", "minutes", "seconds"})


@routes.get("/clock")
def read(call: ControlCall) -> Json:
    """The sandbox's time."""
    return {"now": call.sandbox.now()}


@routes.post("/clock/advance")
def advance(call: ControlCall) -> Json:
    """Move the clock: `{"days": 3}`, also hours, minutes and seconds. Everything due by then happens."""
    if not call.body or call.body.keys() - _UNITS:
        raise ControlError(400, "Say how far: days, hours, minutes, seconds.")
    try:
        step = timedelta(**call.body)
    except (TypeError, OverflowError) as error:
        raise ControlError(400, "Days, hours, minutes and seconds are numbers.") from error
    if step < timedelta():
        raise ControlError(400, "The clock only moves ahead.")
    return {"now": call.sandbox.advance(step)}


@routes.post("/reset")
def reset(call: ControlCall) -> Json:
    """Forget everything, the state file too."""
    call.sandbox.reset()
    return {"now": call.sandbox.now()}
