"""`POST /transactions`: a sale, a credit, or the retry of a subscription's charge."""

from braintree_sandbox.call import BraintreeRoutes, Call
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.recurring.retry import retry_charge
from braintree_sandbox.resources.transactions import accepted, sale
from braintree_sandbox.resources.transactions.idempotency import once
from braintree_sandbox.validation.params import text

routes = BraintreeRoutes()


@routes.post("/transactions")
@once("create", new=True)
def create(call: Call) -> Transaction:
    """Make a transaction; one that names a subscription pays its balance."""
    params = call.params("transaction", accepted.SALE)
    if text(params, "subscription_id") is not None:
        return retry_charge(call, params)
    return sale.make(call, params)
