"""Client tokens: what a browser needs to tokenize details without our seeing them."""

import hmac
import json
from base64 import b64encode
from hashlib import sha256
from urllib.parse import urlencode

from braintree_sandbox.call import Answer, BraintreeRoutes, Call, created
from braintree_sandbox.merchants import Merchant
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.wire.values import Params

routes = BraintreeRoutes()

VERSIONS = frozenset({"1", "2", "3"})
_NEEDS_CUSTOMER = {
    "make_default": Code("92801", "Cannot specify make_default without a customer_id."),
    "verify_card": Code("92802", "Cannot specify verify_card without a customer_id."),
    "fail_on_duplicate_payment_method": Code(
        "92803", "Cannot specify fail_on_duplicate_payment_method without a customer_id."
    ),
    "fail_on_duplicate_payment_method_for_customer": Code(
        "92805", "Cannot specify fail_on_duplicate_payment_method_for_customer without a customer_id."
    ),
}
CUSTOMER_UNKNOWN = Code("92804", "Customer specified by customer_id does not exist.")
VERSION_UNSUPPORTED = Code("92806", "Client token version is not supported.")
ACCOUNT_UNKNOWN = Code("92807", "Merchant account specified by merchant_account_id does not exist.")


@routes.post("/client_token")
def create(call: Call) -> Answer:
    """A token of the version asked for: plain JSON in version 1, base64 of JSON from 2 on."""
    params = call.params("client_token")
    errors = ErrorTree()
    here = errors.under("client_token")
    customer_id, version = text(params, "customer_id"), text(params, "version") or "2"
    account_id = text(params, "merchant_account_id")
    options = section(params, "options")
    for name, code in _NEEDS_CUSTOMER.items():
        if customer_id is None and flag(options, name):
            here.under("options").on(name, code)
    if customer_id is not None and call.work.get(Customer, customer_id) is None:
        here.on("customer_id", CUSTOMER_UNKNOWN)
    if version not in VERSIONS:
        here.on("version", VERSION_UNSUPPORTED)
    if call.merchant.account(account_id) is None:
        here.on("merchant_account_id", ACCOUNT_UNKNOWN)
    if errors:
        raise InvalidError(errors)
    token = json.dumps(_contents(call, int(version), customer_id, account_id, options))
    return created("client_token", {"value": token if version == "1" else b64encode(token.encode()).decode()})


def fingerprint(merchant: Merchant, claims: dict[str, str]) -> str:
    """What a browser proves its right with: claims signed with the merchant's private key."""
    body = urlencode(claims)
    signature = hmac.new(merchant.private_key.encode(), body.encode(), sha256).hexdigest()
    return f"{signature}|{body}"


def _contents(
    call: Call, version: int, customer_id: str | None, account_id: str | None, options: Params
) -> dict[str, object]:
    claims = {"merchant_id": call.merchant.id, "public_key": call.merchant.public_key}
    claims |= {"created_at": call.now.isoformat(), "version": str(version)}
    if customer_id is not None:
        claims["customer_id"] = customer_id
    claims |= {name: "true" for name in _NEEDS_CUSTOMER if flag(options, name)}
    proof = fingerprint(call.merchant, claims)
    client_api = f"{call.origin}/merchants/{call.merchant.id}/client_api"
    contents: dict[str, object] = {
        "version": version,
        "authorizationFingerprint": proof,
        "configUrl": f"{client_api}/v1/configuration",
        "merchantId": call.merchant.id,
        "clientApiUrl": client_api,
        "environment": "development",
        "braintree_api": {"url": call.origin, "access_token": proof},
    }
    if account_id is not None:
        contents["merchantAccountId"] = account_id
    return contents
