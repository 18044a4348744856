"""The first call of Braintree's script: addresses, and the kinds of method that the merchant accepts."""

from braintree_sandbox.browsers.configuration import PLAID_PUBLIC_KEY, SUPPORTED_BRANDS, configuration_of
from braintree_sandbox.browsers.urls import ASSETS_URL
from braintree_sandbox.client.call import ClientCall, ClientResponse, ClientRoutes

routes = ClientRoutes()


@routes.get("/v1/configuration")
def read(client: ClientCall) -> ClientResponse:
    """Return the configuration in the form of version 3."""
    found = configuration_of(client.call)
    document: dict[str, object] = {
        "environment": found.environment,
        "merchantId": client.call.merchant.id,
        "clientApiUrl": found.client_api_url,
        "assetsUrl": ASSETS_URL,
        "challenges": list(found.challenges),
        "creditCards": {"supportedCardTypes": [brand.name for brand in SUPPORTED_BRANDS]},
        "threeDSecureEnabled": True,
        "threeDSecure": found.three_d_secure,
        "paypalEnabled": False,
        "venmo": "off",
    }
    if found.graphql_features:
        document["graphQL"] = {"url": found.graphql_url, "features": list(found.graphql_features)}
    if found.takes_bank_accounts:
        document["usBankAccount"] = {
            "routeId": client.call.merchant.id,
            "plaid": {"publicKey": PLAID_PUBLIC_KEY},
        }
    return ClientResponse(200, document)
