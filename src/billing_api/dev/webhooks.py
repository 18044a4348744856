"""The webhooks of the local sandbox, which are sent to the API."""

import http.client
import json

import typer

from billing_api.dev.errors import LocalRunError
from billing_api.dev.settings import LocalSettings

WEBHOOKS = "/v1/gateway-webhooks/braintree"
_ADDRESSES = "/sandbox/webhook-endpoints"


def ask_for_webhooks(settings: LocalSettings) -> None:
    """Let the sandbox send its webhooks to the API, unless it does already; print a refusal, and go on.

    Raise LocalRunError when the sandbox does not respond.
    """
    url = f"http://{settings.local_address}{WEBHOOKS}"
    connection = http.client.HTTPConnection("127.0.0.1", settings.sandbox_port, timeout=5)
    try:
        connection.request("GET", _ADDRESSES)
        known = json.loads(connection.getresponse().read())["endpoints"]
        if url in {address["url"] for address in known}:
            return
        connection.request("POST", _ADDRESSES, json.dumps({"url": url}))
        response = connection.getresponse()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            typer.echo(f"The sandbox sends no webhooks: {json.loads(response.read())['error']}", err=True)
    except (OSError, http.client.HTTPException) as error:
        raise LocalRunError(f"The Braintree sandbox does not respond: {error}.") from error
    finally:
        connection.close()
