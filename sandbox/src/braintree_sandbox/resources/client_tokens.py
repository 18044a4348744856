"""Client tokens: they let a browser tokenize details that the merchant's server does not see."""

import json
import re
from base64 import b64encode

from braintree_sandbox.browsers.configuration import configuration_of
from braintree_sandbox.browsers.credentials import OPTIONS, fingerprint
from braintree_sandbox.browsers.urls import ASSETS_URL
from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created
from braintree_sandbox.merchants import MERCHANTS
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import flag, section, takes, text
from braintree_sandbox.wire.values import Params

routes = BraintreeRoutes()

_CREATE = takes(
    "customer_id", "domains", "merchant_account_id", "payment_method_id", "proxy_merchant_id",
    "sepa_mandate_acceptance_location", "sepa_mandate_type", "version",
    options=takes(*OPTIONS),
)  # fmt: skip

VERSIONS = frozenset({"1", "2", "3"})
MAX_DOMAINS = 1
# Scripts take GraphQL for the configuration too when this is not after the version that they speak.
_GRAPHQL_SINCE = "2018-05-08"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]\Z")

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
PROXY_MERCHANT_UNKNOWN = Code("92805", "Proxy merchant specified by proxy_merchant_id does not exist.")
VERSION_UNSUPPORTED = Code("92806", "Client token version is not supported.")
ACCOUNT_UNKNOWN = Code("92807", "Merchant account specified by merchant_account_id does not exist.")
DOMAIN_INVALID = Code("92011", "Client token domains must be valid domain names (RFC 1035), such as example.com.")
TOO_MANY_DOMAINS = Code("92810", f"Cannot specify more than {MAX_DOMAINS} client token domains.")


@routes.post("/client_token")
def create(call: Call) -> ApiResponse:
    """Return a token of the version in the request: plain JSON in version 1, base64 of JSON from 2 on."""
    params = call.params("client_token", _CREATE)
    errors = ErrorTree()
    _check(call, params, errors.under("client_token"))
    if errors:
        raise InvalidError(errors)
    return created("client_token", {"value": client_token(call, params)})


def client_token(call: Call, params: Params) -> str:
    """Return a token for parameters that have been checked."""
    version = text(params, "version") or "2"
    document = json.dumps(_contents(call, int(version), params))
    return document if version == "1" else b64encode(document.encode()).decode()


def _check(call: Call, params: Params, errors: ErrorTree) -> None:
    customer_id, options = text(params, "customer_id"), section(params, "options")
    for name, code in _NEEDS_CUSTOMER.items():
        if customer_id is None and flag(options, name):
            errors.under("options").on(name, code)
    if customer_id is not None and call.work.get(Customer, customer_id) is None:
        errors.on("customer_id", CUSTOMER_UNKNOWN)
    if (text(params, "version") or "2") not in VERSIONS:
        errors.on("version", VERSION_UNSUPPORTED)
    if call.merchant.account(text(params, "merchant_account_id")) is None:
        errors.on("merchant_account_id", ACCOUNT_UNKNOWN)
    proxy = text(params, "proxy_merchant_id")
    if proxy is not None and proxy not in MERCHANTS:
        errors.on("proxy_merchant_id", PROXY_MERCHANT_UNKNOWN)
    domains = params.get("domains")
    if isinstance(domains, list):
        if len(domains) > MAX_DOMAINS:
            errors.on("domains", TOO_MANY_DOMAINS)
        elif not all(isinstance(domain, str) and _DOMAIN.match(domain) for domain in domains):
            errors.on("domains", DOMAIN_INVALID)


def _contents(call: Call, version: int, params: Params) -> dict[str, object]:
    options = section(params, "options")
    proof = fingerprint(
        call.merchant, call.now, text(params, "customer_id"), frozenset(name for name in OPTIONS if flag(options, name))
    )
    configuration = configuration_of(call)
    contents: dict[str, object] = {
        "version": version,
        "authorizationFingerprint": proof,
        # Where the merchant's server came to, browsers of the same machine come too: that page is not checked.
        "configUrl": f"{call.origin}/merchants/{call.merchant.id}/client_api/v1/configuration",
        "merchantId": call.merchant.id,
        "clientApiUrl": configuration.client_api_url,
        "assetsUrl": ASSETS_URL,
        "environment": configuration.environment,
        "challenges": list(configuration.challenges),
        "braintree_api": {"url": call.origin, "access_token": proof},
    }
    if configuration.graphql_features:
        features = list(configuration.graphql_features)
        contents["graphQL"] = {"url": configuration.graphql_url, "date": _GRAPHQL_SINCE, "features": features}
    account_id = text(params, "merchant_account_id")
    if account_id is not None:
        contents["merchantAccountId"] = account_id
    return contents
