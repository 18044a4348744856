"""Where the goods are, and what they were: tracking numbers and line items of a transaction."""

from dataclasses import replace

from braintree_sandbox.call import Answer, BraintreeRoutes, Call, found, refused
from braintree_sandbox.resources.transactions import accepted
from braintree_sandbox.resources.transactions.steps import asked_for
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.state import ids
from braintree_sandbox.validation.params import text
from braintree_sandbox.wire.values import Array

routes = BraintreeRoutes()


@routes.post("/transactions/{transaction_id}/shipments")
def track(call: Call) -> Answer:
    """A parcel is on its way."""
    transaction = asked_for(call)
    params = call.params("shipment", accepted.SHIPMENT)
    carrier, number = text(params, "carrier"), text(params, "tracking_number")
    # Braintree publishes no codes for these two; its messages are what clients can tell them by.
    if carrier is None:
        return refused(call, "Carrier name is required.")
    if number is None:
        return refused(call, "Tracking number is required.")
    paypal = f"{transaction.id}-{number}" if transaction.instrument.kind == "paypal_account" else None
    shipment: dict[str, str | None] = {
        "id": ids.transaction_id(),
        "carrier": carrier,
        "tracking_number": number,
        "paypal_tracking_id": paypal,
        "paypal_tracker_id": paypal,
    }
    tracked = replace(transaction, shipments=(*transaction.shipments, shipment), updated_at=call.now)
    return found("transaction", view(call.work.put(tracked)))


@routes.get("/transactions/{transaction_id}/line_items")
def line_items(call: Call) -> Answer:
    """What was sold, as far as the sale or its submission told."""
    return Answer(200, "line_items", Array("line_item", asked_for(call).line_items))
