"""Removal of payment methods by others than the merchant."""

from braintree_sandbox.call import Call
from braintree_sandbox.control.call import ControlCall, ControlError, ControlRoutes, Json
from braintree_sandbox.resources.notifications import revoked
from braintree_sandbox.vault import methods
from braintree_sandbox.vault.kinds import Method
from braintree_sandbox.webhooks.outbox import post

routes = ControlRoutes()


@routes.post("/payment-methods/{token}/revoke")
def revoke(call: ControlCall) -> Json:
    """Remove a payment method as its customer would, with the webhook payment_method_revoked_by_customer."""
    inner, method = _method(call)
    post(inner.work, revoked(inner, method), inner.now)
    return _removed(inner, method)


@routes.delete("/payment-methods/{token}")
def delete(call: ControlCall) -> Json:
    """Remove a payment method as the control panel would, without a webhook."""
    return _removed(*_method(call))


def _method(call: ControlCall) -> tuple[Call, Method]:
    for merchant_id in call.merchant_ids:
        merchant = call.sandbox.merchant(merchant_id)
        work = call.sandbox.work(merchant_id)
        method = methods.find(work, call.path["token"])
        if merchant is not None and method is not None:
            return Call(merchant=merchant, work=work, now=call.sandbox.now(), body={}), method
    raise ControlError(404, f"There is no payment method {call.path['token']}.")


def _removed(inner: Call, method: Method) -> Json:
    methods.remove(inner, method)
    inner.work.commit()
    return {"merchant_id": inner.merchant.id, "token": method.token, "customer_id": method.customer_id}
