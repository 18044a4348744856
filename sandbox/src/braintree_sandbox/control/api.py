"""The control API: routing, and errors as JSON."""

import json
import logging
from collections.abc import Awaitable
from datetime import datetime
from decimal import Decimal

from braintree_sandbox.control.call import ControlCall, ControlError, ControlHandler, Json
from braintree_sandbox.sandbox import SandboxGateway
from braintree_sandbox.wire.http import Request, Response
from braintree_sandbox.wire.refusals import RefusalError
from braintree_sandbox.wire.routes import Router

PREFIX = "/sandbox"
_JSON = b"application/json"
_log = logging.getLogger(__name__)


class ControlApi:
    """Handles requests below `/sandbox`."""

    def __init__(self, sandbox: SandboxGateway, router: Router[ControlHandler]) -> None:
        self._sandbox = sandbox
        self._router = router

    async def handle(self, request: Request) -> Response:
        """Return JSON in every case: `{"error": …}` with a 4xx or 5xx when the request can't be met."""
        try:
            document = await self._handle(request)
        except (ControlError, RefusalError) as error:
            return _response(error.status, {"error": str(error)})
        except Exception:  # noqa: BLE001 - the last line of defence: clients get a 500, the log the rest
            _log.exception("%s %s failed", request.method, request.path)
            return _response(500, {"error": "The sandbox failed."})
        return _response(200, document)

    async def _handle(self, request: Request) -> Json:
        match = self._router.match(request.method, request.path.removeprefix(PREFIX))
        if match is None:
            raise ControlError(404, f"There is no {request.method} {request.path}.")
        handler, values = match
        query = request.query
        document = handler(ControlCall(sandbox=self._sandbox, body=_body(request), path=values, query=query))
        return await document if isinstance(document, Awaitable) else document


def _body(request: Request) -> dict[str, object]:
    content = request.content()
    if not content.strip():
        return {}
    try:
        body = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ControlError(400, "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise ControlError(400, "The body must be a JSON object.")
    return body


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _response(status: int, document: Json) -> Response:
    return Response(status, json.dumps(document, default=_plain).encode() + b"\n", _JSON)


def _plain(thing: object) -> str:
    if isinstance(thing, datetime):
        return thing.isoformat().replace("+00:00", "Z")
    if isinstance(thing, Decimal):
        return str(thing)
    raise TypeError(f"{type(thing).__name__} has no form in JSON")
