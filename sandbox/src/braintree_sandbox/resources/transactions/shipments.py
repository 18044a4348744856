"""Tracking numbers and line items of a transaction."""

from dataclasses import replace
from datetime import datetime

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found, refused
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.transactions import accepted
from braintree_sandbox.resources.transactions.steps import transaction_of
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.state import ids
from braintree_sandbox.state.store import Work
from braintree_sandbox.validation.params import text
from braintree_sandbox.wire.values import Array

routes = BraintreeRoutes()

Shipment = dict[str, str | None]


@routes.post("/transactions/{transaction_id}/shipments")
def track(call: Call) -> ApiResponse:
    """Add the tracking number of a parcel."""
    transaction = transaction_of(call)
    params = call.params("shipment", accepted.SHIPMENT)
    carrier, number = text(params, "carrier"), text(params, "tracking_number")
    # Braintree publishes no codes for these two; clients distinguish them by its messages.
    if carrier is None:
        return refused(call, "Carrier name is required.")
    if number is None:
        return refused(call, "Tracking number is required.")
    shipment: Shipment = {
        "id": ids.transaction_id(),
        "carrier": carrier,
        "tracking_number": number,
        "paypal_tracking_id": None,
        "paypal_tracker_id": None,
    }
    tracked = replace(transaction, shipments=(*transaction.shipments, shipment), updated_at=call.now)
    return found("transaction", view(call.work.put(tracked)))


def pass_time(work: Work, now: datetime) -> None:
    """Report the parcels of PayPal's payments to PayPal."""
    for transaction in list(work.all(Transaction)):
        unreported = transaction.instrument.kind == "paypal_account" and any(
            shipment["paypal_tracker_id"] is None for shipment in transaction.shipments
        )
        if unreported:
            shipments = tuple(_with_tracker(transaction.id, shipment) for shipment in transaction.shipments)
            work.put(replace(transaction, shipments=shipments, updated_at=now))


def _with_tracker(transaction_id: str, shipment: Shipment) -> Shipment:
    tracker = shipment["paypal_tracker_id"] or f"{transaction_id}-{shipment['tracking_number']}"
    return {**shipment, "paypal_tracking_id": tracker, "paypal_tracker_id": tracker}


@routes.get("/transactions/{transaction_id}/line_items")
def line_items(call: Call) -> ApiResponse:
    """Return the line items of the sale or of its submission."""
    return ApiResponse(200, "line_items", Array("line_item", transaction_of(call).line_items))
