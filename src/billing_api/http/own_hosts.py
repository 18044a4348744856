"""The layer of a development server that is for this machine alone: it responds to this machine's names only.

A page on the web can give itself a name that leads to this machine (DNS rebinding). To the browser it would then be of
one origin with the API, and so could sign in with the password that the demo prints.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from billing_api.http.errors import UnknownHostError
from billing_api.http.middleware import send_problem
from billing_api.kit.headers import header_of


class OwnHosts:
    """Refuses requests whose Host has another name."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        """Take the names, an IPv6 address in its brackets."""
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (host := header_of(scope["headers"], b"host")) is not None:
            name = _without_port(host).lower()
            if name not in self._hosts:
                await send_problem(scope, send, UnknownHostError(self._hosts))
                return
        await self._app(scope, receive, send)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
