"""Addresses that a merchant wants its webhooks sent to."""

from braintree_sandbox.control.call import ControlCall, ControlError, ControlRoutes, Json, find_record, merchant_in
from braintree_sandbox.records.webhooks import Delivery, WebhookEndpoint
from braintree_sandbox.resources.notifications import KINDS
from braintree_sandbox.state import ids
from braintree_sandbox.webhooks.addresses import AddressError, check_address, check_challenge

routes = ControlRoutes()


def _shown(merchant_id: str, endpoint: WebhookEndpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "merchant_id": merchant_id,
        "url": endpoint.url,
        "kinds": list(endpoint.kinds),
        "verified": endpoint.verified,
        "created_at": endpoint.created_at,
    }


@routes.post("/webhook-endpoints")
async def register(call: ControlCall) -> Json:
    """Register `{"url": …}`, also merchant_id, kinds (all, unless said) and verify (true, unless said)."""
    merchant = merchant_in(call)
    url, kinds, verify = call.body.get("url"), call.body.get("kinds", []), call.body.get("verify", True)
    if not isinstance(url, str) or not isinstance(kinds, list) or not isinstance(verify, bool):
        raise ControlError(400, "Say where: url; kinds is a list, verify true or false.")
    if unknown := {str(kind) for kind in kinds} - KINDS:
        raise ControlError(400, f"There are no webhooks of kind {', '.join(sorted(unknown))}.")
    try:
        check_address(url, anywhere=call.sandbox.webhooks_anywhere)
        if verify:
            await check_challenge(merchant, url)
    except AddressError as error:
        raise ControlError(422, str(error)) from error
    work = call.sandbox.work(merchant.id)
    endpoint = work.put(
        WebhookEndpoint(
            id=ids.long_id(),
            url=url,
            created_at=call.sandbox.now(),
            kinds=tuple(kinds),
            verified=True if verify else None,
        )
    )
    work.commit()
    return _shown(merchant.id, endpoint)


@routes.get("/webhook-endpoints")
def list_all(call: ControlCall) -> Json:
    """All addresses of all merchants, or of `?merchant_id=`."""
    return {
        "endpoints": [
            _shown(merchant_id, endpoint)
            for merchant_id in call.merchant_ids
            for endpoint in call.sandbox.work(merchant_id).all(WebhookEndpoint)
        ]
    }


@routes.delete("/webhook-endpoints/{endpoint_id}")
def remove(call: ControlCall) -> Json:
    """Forget an address, and what is on its way there."""
    work, endpoint = find_record(call, WebhookEndpoint, "endpoint_id")
    work.delete(endpoint)
    for delivery in list(work.all(Delivery)):
        if delivery.endpoint_id == endpoint.id:
            work.delete(delivery)
    work.commit()
    return _shown(work.merchant_id, endpoint)
