"""The log of webhooks that were sent or wait to be, another try for one, and trouble for those to come."""

from dataclasses import replace

from braintree_sandbox.control.call import ControlCall, ControlError, ControlRoutes, Json
from braintree_sandbox.records.webhooks import Delivery
from braintree_sandbox.webhooks.trouble import TroubleError, read_trouble

routes = ControlRoutes()

_FILTERS = {"kind": "kind", "status": "status", "id": "subject_id", "endpoint_id": "endpoint_id"}


def _shown(merchant_id: str, delivery: Delivery) -> dict[str, object]:
    return {
        "delivery_id": delivery.id,
        "merchant_id": merchant_id,
        "endpoint_id": delivery.endpoint_id,
        "url": delivery.url,
        "kind": delivery.kind,
        "id": delivery.subject_id,
        "status": delivery.status,
        "created_at": delivery.created_at,
        "due_at": delivery.due_at,
        "attempts": [{"at": one.at, "status": one.status, "error": one.error} for one in delivery.attempts],
    }


@routes.get("/webhook-deliveries")
def list_all(call: ControlCall) -> Json:
    """Every delivery, oldest first, narrowed by merchant_id, endpoint_id, kind, status and the subject's id."""
    unknown = call.query.keys() - {"merchant_id", *_FILTERS}
    if unknown:
        raise ControlError(400, f"There is no filter {', '.join(sorted(unknown))}.")
    wanted = {_FILTERS[name]: value for name, value in call.query.items() if name in _FILTERS}
    return {
        "deliveries": [
            _shown(merchant_id, delivery)
            for merchant_id in call.merchant_ids
            for delivery in call.sandbox.work(merchant_id).all(Delivery)
            if all(getattr(delivery, name) == value for name, value in wanted.items())
        ]
    }


@routes.post("/webhook-deliveries/{delivery_id}/retry")
def retry(call: ControlCall) -> Json:
    """Send it now, whatever became of it so far; the hourly tries start anew."""
    for merchant_id in call.merchant_ids:
        work = call.sandbox.work(merchant_id)
        delivery = work.get(Delivery, call.path["delivery_id"])
        if delivery is not None:
            now = call.sandbox.now()
            again = work.put(replace(delivery, status="waiting", due_at=now, failures=0))
            work.commit()
            return _shown(merchant_id, again)
    raise ControlError(404, f"There is no delivery {call.path['delivery_id']}.")


@routes.post("/webhook-troubles")
def add_trouble(call: ControlCall) -> Json:
    """Let trouble wait for the next deliveries: `{"trouble": "twice"}`, also times, seconds, match {kind, id}."""
    try:
        waiting = read_trouble(call.body)
    except TroubleError as error:
        raise ControlError(400, str(error)) from error
    return call.sandbox.delivery_troubles.add(waiting).shown()


@routes.get("/webhook-troubles")
def list_troubles(call: ControlCall) -> Json:
    """All troubles with how often each was met."""
    return {"troubles": [one.shown() for one in call.sandbox.delivery_troubles.all()]}


@routes.delete("/webhook-troubles")
def clear_troubles(call: ControlCall) -> Json:
    """Forget all troubles."""
    call.sandbox.delivery_troubles.clear()
    return {"troubles": []}
