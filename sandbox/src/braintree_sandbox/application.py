"""The ASGI application: reads a whole request, applies faults, sends the response."""

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from braintree_sandbox.api import BraintreeApi
from braintree_sandbox.browsers.scripts import script_for
from braintree_sandbox.client import cors
from braintree_sandbox.client.api import ClientApi
from braintree_sandbox.client.graphql.api import PATH as GRAPHQL
from braintree_sandbox.client.graphql.api import GraphqlApi
from braintree_sandbox.client.open_finance import PATH as OPEN_FINANCE
from braintree_sandbox.client.open_finance import OpenFinanceApi
from braintree_sandbox.control.api import PREFIX, ControlApi
from braintree_sandbox.courier import Courier
from braintree_sandbox.faults import Fault, FaultKind
from braintree_sandbox.sandbox import SandboxGateway
from braintree_sandbox.wire.http import MAX_BODY, Request, Response, packed

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ABORT = "braintree_sandbox.abort"
"""The scope's extension that cuts the connection: a function without arguments."""

_GARBAGE = b"\x00<<<not xml, not anything>>>\xff"


class Application:
    """Everything that is served, on the plain port and on the one with TLS."""

    def __init__(
        self,
        sandbox: SandboxGateway,
        *,
        braintree: BraintreeApi,
        client: ClientApi,
        graphql: GraphqlApi,
        control: ControlApi,
    ) -> None:
        self.courier = Courier(sandbox)
        self._sandbox = sandbox
        self._braintree = braintree
        self._client = client
        self._graphql = graphql
        self._open_finance = OpenFinanceApi(sandbox)
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        request = await _read(scope, receive)
        if request is None:
            await _send(None, Response(413), send)
        elif request.path == PREFIX or request.path.startswith(f"{PREFIX}/"):
            await _send(request, await self._control.handle(request), send)
        else:
            fault = self._sandbox.faults.matching(request)
            if fault is None:
                await _send(request, self._respond(request), send)
            else:
                with fault.hitting():
                    await self._apply(fault, request, scope, receive, send)

    def _respond(self, request: Request) -> Response:
        """Return the response of the Braintree API that the request is for."""
        if (script := script_for(request)) is not None:
            return cors.readable(script)
        if not _is_for_browsers(request):
            api = self._open_finance if request.path == OPEN_FINANCE else self._braintree
            return api.handle(request)
        if cors.is_preflight(request):
            return cors.preflight()
        return cors.readable((self._graphql if request.path == GRAPHQL else self._client).handle(request))

    async def _apply(self, fault: Fault, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        is_slow = fault.kind in {FaultKind.DELAY, FaultKind.HOLD}
        if is_slow and not fault.commit:
            with self._in_flight(request):
                await fault.pause()
        response = self._respond(request) if is_slow or fault.commit else None
        if fault.kind is FaultKind.DROP:
            await _drop(scope, receive)
        elif fault.kind is FaultKind.STATUS:
            await _send(request, _false_response(request, Response(fault.status)), send)
        elif fault.kind is FaultKind.GARBAGE:
            await _send(request, _false_response(request, Response(200, _GARBAGE)), send)
        elif response is not None:
            if fault.commit:
                await fault.pause()
            await _send(request, response, send)

    @contextmanager
    def _in_flight(self, request: Request) -> Iterator[None]:
        """Count the request's key as in flight; nothing is done yet."""
        key = self._braintree.request_key(request)
        if key is not None:
            self._braintree.hold(key)
        try:
            yield
        finally:
            if key is not None:
                self._braintree.release(key)


def _is_for_browsers(request: Request) -> bool:
    return "/client_api/" in request.path or request.path == GRAPHQL


def _false_response(request: Request, response: Response) -> Response:
    """Return a false response that pages can read too; a browser would report an unreadable one as a network error."""
    return cors.readable(response) if _is_for_browsers(request) else response


async def _read(scope: Scope, receive: Receive) -> Request | None:
    """Return the whole request, or None when its body is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            return None
        if not message.get("more_body", False):
            break
    return Request(
        method=scope["method"],
        path=scope["path"],
        query_string=scope["query_string"].decode("latin-1"),
        headers=dict(scope["headers"]),
        body=b"".join(parts),
        scheme=scope["scheme"],
    )


async def _send(request: Request | None, response: Response, send: Send) -> None:
    body, headers = packed(request, response) if request else (b"", [(b"content-length", b"0")])
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _drop(scope: Scope, receive: Receive) -> None:
    """Cut the connection, and stay until the server has noticed: an application that just ends gets a 500 sent."""
    scope["extensions"][ABORT]()
    while (await receive())["type"] != "http.disconnect":
        pass
