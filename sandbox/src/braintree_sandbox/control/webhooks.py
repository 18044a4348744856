"""Webhooks on demand: made, returned as a form, and sent on request."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from braintree_sandbox.call import Call
from braintree_sandbox.control.call import (
    ControlCall,
    ControlError,
    ControlRoutes,
    Json,
    Sent,
    among,
    merchant_in,
    read_body,
)
from braintree_sandbox.records.webhooks import Delivery
from braintree_sandbox.resources.notifications import KINDS, notification
from braintree_sandbox.webhooks.outbox import post
from braintree_sandbox.webhooks.signature import form
from braintree_sandbox.webhooks.trouble import LONGEST, Trouble, spoiled

routes = ControlRoutes()


class _WantedWebhook(Sent):
    kind: Annotated[str, among(KINDS)]
    id: str | None = None
    merchant_id: str | None = None
    source_merchant_id: str | None = None
    deliver: bool = False
    trouble: Trouble | None = None
    seconds: float = Field(0, ge=0, le=LONGEST.total_seconds())


@routes.get("/webhooks/kinds")
def list_kinds(_call: ControlCall) -> Json:
    """Return every kind that can be sent."""
    return {"kinds": sorted(KINDS)}


@routes.post("/webhooks")
def send(call: ControlCall) -> Json:
    """Return a webhook: `{"kind": …}`; also id, merchant_id, source_merchant_id, deliver, trouble and seconds.

    The response has the form's fields, bt_signature and bt_payload, whether it is sent or not.
    """
    sent = read_body(_WantedWebhook, call)
    merchant = merchant_in(call)
    kind, subject_id = sent.kind, sent.id
    now = call.sandbox.now()
    work = call.sandbox.work(merchant.id)
    inner = Call(merchant=merchant, work=work, now=now, body={})
    made = notification(inner, kind, subject_id, sent.source_merchant_id)
    deliveries: list[Delivery] = []
    if sent.deliver:
        deliveries = post(work, made, now)
        if not deliveries:
            raise ControlError(409, f"No address wants {kind} of {merchant.id}.")
        if sent.trouble is not None:
            for delivery in deliveries:
                work.put(spoiled(delivery, sent.trouble, now + timedelta(seconds=sent.seconds)))
        work.commit()
    badly = sent.trouble is Trouble.BAD_SIGNATURE
    return {
        **form(merchant, made.payload(now), bad_signature=badly),
        "kind": kind,
        "id": subject_id,
        "deliveries": [delivery.id for delivery in deliveries],
    }
