"""The log of webhooks that were sent or wait to be, another try for one, and trouble for those to come."""

from dataclasses import replace

from pydantic import Field

from braintree_sandbox.control.call import ControlCall, ControlRoutes, Json, Sent, filters, find_record, read_body
from braintree_sandbox.records.webhooks import Delivery
from braintree_sandbox.webhooks.trouble import LONGEST, Trouble, WaitingTrouble

routes = ControlRoutes()


class _Match(Sent):
    kind: str | None = None
    id: str | None = None


class _WantedTrouble(Sent):
    trouble: Trouble
    times: int = Field(1, ge=1, le=1_000_000)
    seconds: float = Field(0, ge=0, le=LONGEST.total_seconds())
    match: _Match = _Match()


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
    """Return every delivery, oldest first, filtered by merchant_id, endpoint_id, kind, status and the subject's id."""
    wanted = filters(call, _FILTERS)
    return {
        "deliveries": [
            _shown(merchant_id, delivery)
            for merchant_id in call.merchant_ids
            for delivery in call.sandbox.work(merchant_id).all(Delivery)
            if wanted(delivery)
        ]
    }


@routes.post("/webhook-deliveries/{delivery_id}/retry")
def retry(call: ControlCall) -> Json:
    """Send it now, in any state; the hourly retries start again."""
    work, delivery = find_record(call, Delivery, "delivery_id")
    again = work.put(replace(delivery, status="waiting", due_at=call.sandbox.now(), failures=0))
    work.commit()
    return _shown(work.merchant_id, again)


@routes.post("/webhook-troubles")
def add_trouble(call: ControlCall) -> Json:
    """Let trouble wait for the next deliveries: `{"trouble": "twice"}`, also times, seconds, match {kind, id}."""
    sent = read_body(_WantedTrouble, call)
    waiting = WaitingTrouble(
        trouble=sent.trouble, times=sent.times, seconds=sent.seconds, kind=sent.match.kind, subject_id=sent.match.id
    )
    return call.sandbox.delivery_troubles.add(waiting).shown()


@routes.get("/webhook-troubles")
def list_troubles(call: ControlCall) -> Json:
    """Return all troubles with the number of webhooks that each met."""
    return {"troubles": [one.shown() for one in call.sandbox.delivery_troubles.all()]}


@routes.delete("/webhook-troubles")
def clear_troubles(call: ControlCall) -> Json:
    """Forget all troubles."""
    call.sandbox.delivery_troubles.clear()
    return {"troubles": []}
