"""Webhooks on demand: made, given back as a form, and sent if asked for."""

from datetime import timedelta
from typing import Any

from braintree_sandbox.call import Call
from braintree_sandbox.control.call import ControlCall, ControlError, ControlRoutes, Json, merchant_in
from braintree_sandbox.records.webhooks import Delivery
from braintree_sandbox.resources.notifications import KINDS, notification
from braintree_sandbox.webhooks.outbox import post
from braintree_sandbox.webhooks.signature import form
from braintree_sandbox.webhooks.trouble import Trouble, TroubleError, WaitingTrouble, read_trouble, spoiled

routes = ControlRoutes()

_KNOWN = frozenset({"kind", "id", "merchant_id", "source_merchant_id", "deliver", "trouble", "seconds"})


@routes.get("/webhooks/kinds")
def list_kinds(_call: ControlCall) -> Json:
    """Every kind that can be sent."""
    return {"kinds": sorted(KINDS)}


@routes.post("/webhooks")
def send(call: ControlCall) -> Json:
    """`{"kind": …}`, also id, merchant_id, source_merchant_id, deliver, trouble and seconds.

    The answer has the form's fields, bt_signature and bt_payload, whether it is sent or not.
    """
    merchant = merchant_in(call)
    kind, subject_id = call.body.get("kind"), _text(call, "id")
    if call.body.keys() - _KNOWN or kind not in KINDS:
        raise ControlError(
            400, f"Say which: kind is one of GET /sandbox/webhooks/kinds; fields: {', '.join(sorted(_KNOWN))}."
        )
    trouble = _trouble(call.body)
    now = call.sandbox.now()
    work = call.sandbox.work(merchant.id)
    inner = Call(merchant=merchant, work=work, now=now, body={})
    told = notification(inner, kind, subject_id, _text(call, "source_merchant_id"))
    deliveries: list[Delivery] = []
    if call.body.get("deliver", False):
        deliveries = post(work, told, now)
        if not deliveries:
            raise ControlError(409, f"No address wants {kind} of {merchant.id}.")
        if trouble is not None:
            for delivery in deliveries:
                work.put(spoiled(delivery, trouble.trouble, now + timedelta(seconds=trouble.seconds)))
        work.commit()
    badly = trouble is not None and trouble.trouble is Trouble.BAD_SIGNATURE
    return {
        **form(merchant, told.payload(now), bad_signature=badly),
        "kind": kind,
        "id": subject_id,
        "deliveries": [delivery.id for delivery in deliveries],
    }


def _trouble(body: dict[str, Any]) -> WaitingTrouble | None:
    if "trouble" not in body:
        return None
    try:
        return read_trouble({name: body[name] for name in ("trouble", "seconds") if name in body})
    except TroubleError as error:
        raise ControlError(400, str(error)) from error


def _text(call: ControlCall, name: str) -> str | None:
    value = call.body.get(name)
    if value is None or isinstance(value, str):
        return value
    raise ControlError(400, f"{name} is a text.")
