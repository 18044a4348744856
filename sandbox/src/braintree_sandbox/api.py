"""Braintree's API below `/merchants/{merchant_id}`: authentication, and which resource handles the request."""

import logging

from braintree_sandbox.call import ApiResponse, BraintreeHandler, Call, refused, unprocessable
from braintree_sandbox.resources.transactions import codes
from braintree_sandbox.sandbox import SandboxGateway
from braintree_sandbox.validation.errors import InvalidError, invalid
from braintree_sandbox.vault.kinds import RefusedError
from braintree_sandbox.wire.http import MAX_BODY, Request, Response
from braintree_sandbox.wire.json_in import is_json, params_of, parse_json
from braintree_sandbox.wire.multipart import File, is_multipart
from braintree_sandbox.wire.multipart import parse as parse_form
from braintree_sandbox.wire.refusals import (
    AuthenticationRefusedError,
    AuthorisationRefusedError,
    NotFoundError,
    RefusalError,
    UpgradeRequiredError,
)
from braintree_sandbox.wire.routes import Router
from braintree_sandbox.wire.values import Params
from braintree_sandbox.wire.xml_in import parse
from braintree_sandbox.wire.xml_out import render

API_VERSIONS = frozenset({b"6"})
# As Rails does: the client library for Node breaks over a body without any byte.
_NOTHING = b" "
_log = logging.getLogger(__name__)


class BraintreeApi:
    """Handles requests of Braintree's libraries."""

    def __init__(self, sandbox: SandboxGateway, router: Router[BraintreeHandler]) -> None:
        self._sandbox = sandbox
        self._router = router
        self._in_flight: set[tuple[str, str]] = set()

    def handle(self, request: Request) -> Response:
        """Return the response; every change that it reports is committed before."""
        try:
            return self._handle(request)
        except RefusalError as refusal:
            return Response(refusal.status, render("api_error_response", {"message": str(refusal)}))
        except Exception:  # noqa: BLE001 - the last line of defence: clients get a 500, the log the rest
            _log.exception("%s %s failed", request.method, request.path)
            return Response(500)

    def request_key(self, request: Request) -> tuple[str, str] | None:
        """Return the merchant and the `api_request_key` of a request, to hold it back before it is handled."""
        try:
            body = _read(request)[0].get("transaction")
        except RefusalError:
            return None
        key = body.get("api_request_key") if isinstance(body, dict) else None
        return (request.path.split("/")[2], key) if isinstance(key, str) else None

    def hold(self, key: tuple[str, str]) -> None:
        """Note that a request of this key is under way."""
        self._in_flight.add(key)

    def release(self, key: tuple[str, str]) -> None:
        """Let the request of this key be handled."""
        self._in_flight.discard(key)

    def _handle(self, request: Request) -> Response:
        merchant_id, path = self._authenticate(request)
        match = self._router.match(request.method, path)
        if match is None:
            raise NotFoundError
        merchant = self._sandbox.merchant(merchant_id)
        if merchant is None:
            raise NotFoundError
        handler, values = match
        body, files = _read(request)
        call = Call(
            merchant=merchant,
            work=self._sandbox.work(merchant_id),
            now=self._sandbox.now(),
            body=body,
            origin=request.origin,
            with_tls=self._sandbox.with_tls,
            path=values,
            query=request.query,
            files=files,
        )
        if self._in_flight and self.request_key(request) in self._in_flight:
            handler = _refuse_key_in_flight
        outcome = _outcome_of(handler, call)
        if outcome.status < 400:
            call.check_all_known()
        # Rendered before the commit: if the response can't be written, nothing is stored.
        content = _NOTHING if outcome.root is None else render(outcome.root, outcome.node)
        call.work.commit()
        return Response(outcome.status, content)

    def _authenticate(self, request: Request) -> tuple[str, str]:
        """Return the calling merchant and the path below it."""
        owner = self._sandbox.merchant_of(request.headers.get(b"authorization", b""))
        if owner is None:
            raise AuthenticationRefusedError
        if request.headers.get(b"x-apiversion") not in API_VERSIONS:
            raise UpgradeRequiredError
        parts = request.path.split("/", 3)
        if len(parts) < 4 or parts[1] != "merchants":
            raise NotFoundError
        if parts[2] != owner:
            raise AuthorisationRefusedError
        return owner, parts[3]


def _read(request: Request) -> tuple[Params, dict[str, File]]:
    """Return the parameters of a request, and the files if it is a form."""
    content_type = request.content_type
    if is_multipart(content_type):
        return parse_form(request.content(limit=MAX_BODY), content_type)
    if is_json(content_type):
        return params_of(parse_json(request.content())), {}
    return parse(request.content()), {}


def _refuse_key_in_flight(_call: Call) -> ApiResponse:
    raise invalid("transaction", "api_request_key", codes.KEY_IN_FLIGHT)


def _outcome_of(handler: BraintreeHandler, call: Call) -> ApiResponse:
    try:
        return handler(call)
    except InvalidError as error:
        call.work.roll_back()
        if error.keep is not None:
            call.work.put(error.keep)
        return unprocessable(call, error)
    except RefusedError as error:
        call.work.roll_back()
        call.work.put(error.keep)
        return refused(call, str(error), **{error.element: error.node})
