"""The addresses to which a merchant's webhooks are sent."""

from typing import Annotated

from braintree_sandbox.control.call import (
    ControlCall,
    ControlError,
    ControlRoutes,
    Json,
    Sent,
    among,
    find_record,
    merchant_in,
    read_body,
)
from braintree_sandbox.records.webhooks import Delivery, WebhookEndpoint
from braintree_sandbox.resources.notifications import KINDS
from braintree_sandbox.state import ids
from braintree_sandbox.webhooks.addresses import AddressError, check_address, check_challenge

routes = ControlRoutes()


class _WantedEndpoint(Sent):
    url: str
    merchant_id: str | None = None
    kinds: tuple[Annotated[str, among(KINDS)], ...] = ()
    verify: bool = True


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
    """Register `{"url": …}`; also merchant_id, kinds (all by default) and verify (true by default)."""
    sent = read_body(_WantedEndpoint, call)
    merchant = merchant_in(call)
    try:
        check_address(sent.url, anywhere=call.sandbox.webhooks_anywhere)
        if sent.verify:
            await check_challenge(merchant, sent.url)
    except AddressError as error:
        raise ControlError(422, str(error)) from error
    work = call.sandbox.work(merchant.id)
    endpoint = work.put(
        WebhookEndpoint(
            id=ids.long_id(),
            url=sent.url,
            created_at=call.sandbox.now(),
            kinds=sent.kinds,
            verified=True if sent.verify else None,
        )
    )
    work.commit()
    return _shown(merchant.id, endpoint)


@routes.get("/webhook-endpoints")
def list_all(call: ControlCall) -> Json:
    """Return all endpoints of all merchants, or of `?merchant_id=`."""
    return {
        "endpoints": [
            _shown(merchant_id, endpoint)
            for merchant_id in call.merchant_ids
            for endpoint in call.sandbox.work(merchant_id).all(WebhookEndpoint)
        ]
    }


@routes.delete("/webhook-endpoints/{endpoint_id}")
def remove(call: ControlCall) -> Json:
    """Remove an address and the deliveries to it."""
    work, endpoint = find_record(call, WebhookEndpoint, "endpoint_id")
    work.delete(endpoint)
    for delivery in list(work.all(Delivery)):
        if delivery.endpoint_id == endpoint.id:
            work.delete(delivery)
    work.commit()
    return _shown(work.merchant_id, endpoint)
