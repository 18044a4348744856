"""Where a browser is sent to: Braintree's own script accepts no host but Braintree's, and https only."""

from typing import NamedTuple


class Urls(NamedTuple):
    """The client API's base, without its merchant, and the whole address of GraphQL."""

    client_api: str
    graphql: str


# A browser finds them at the TLS port by its resolver rules: see docs/clients.md.
_OWN_NAMES = Urls(
    client_api="https://api.sandbox.braintreegateway.com:443",
    graphql="https://payments.sandbox.braintree-api.com/graphql",
)
ASSETS_URL = "https://assets.braintreegateway.com"


def urls_for(origin: str, *, with_tls: bool) -> Urls:
    """Return Braintree's own hosts when there is a TLS port for them, else the address that the caller used."""
    return _OWN_NAMES if with_tls else Urls(client_api=origin, graphql=f"{origin}/graphql")
