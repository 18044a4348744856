"""The clock, and the way back to the start."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from braintree_sandbox.control.call import ControlCall, ControlError, ControlRoutes, Json, Sent, read_body

routes = ControlRoutes()

# Bills of every month until then are made in one call; the calendar ends far beyond.
_FARTHEST = datetime(2200, 1, 1, tzinfo=UTC)
_Amount = Annotated[float, Field(ge=0, le=1e9)]


class _Step(Sent):
    days: _Amount = 0
    hours: _Amount = 0
    minutes: _Amount = 0
    seconds: _Amount = 0


@routes.get("/clock")
def read(call: ControlCall) -> Json:
    """Return the sandbox's time."""
    return {"now": call.sandbox.now()}


@routes.post("/clock/advance")
def advance(call: ControlCall) -> Json:
    """Move the clock: `{"days": 3}`, also hours, minutes and seconds. Everything due by then happens."""
    step = timedelta(**read_body(_Step, call).model_dump())
    if not call.body:
        raise ControlError(400, "Say how far: days, hours, minutes, seconds.")
    if step > _FARTHEST - call.sandbox.now():
        raise ControlError(400, f"The clock goes to the year {_FARTHEST.year} at most.")
    return {"now": call.sandbox.advance(step)}


@routes.post("/reset")
def reset(call: ControlCall) -> Json:
    """Forget everything, the state file too."""
    call.sandbox.reset()
    return {"now": call.sandbox.now()}
