"""The client API below `/merchants/{merchant_id}/client_api`: authentication and routing."""

import logging

from braintree_sandbox.browsers.credentials import Credential, read_fingerprint, read_tokenization_key
from braintree_sandbox.call import Call
from braintree_sandbox.client.call import ClientCall, ClientHandler, ClientResponse
from braintree_sandbox.client.errors import invalid_document
from braintree_sandbox.merchants import Merchant
from braintree_sandbox.sandbox import SandboxGateway
from braintree_sandbox.validation.errors import InvalidError
from braintree_sandbox.validation.params import text
from braintree_sandbox.vault.kinds import RefusedError
from braintree_sandbox.wire.http import Request, Response, form_fields, json_response
from braintree_sandbox.wire.json_in import params_of, params_of_form, parse_json
from braintree_sandbox.wire.refusals import (
    AuthenticationRefusedError,
    AuthorisationRefusedError,
    NotFoundError,
    RefusalError,
)
from braintree_sandbox.wire.routes import Router
from braintree_sandbox.wire.values import Params

_FORM = b"application/x-www-form-urlencoded"
_log = logging.getLogger(__name__)


class ClientApi:
    """Handles requests of Braintree's scripts in browsers."""

    def __init__(self, sandbox: SandboxGateway, router: Router[ClientHandler]) -> None:
        self._sandbox = sandbox
        self._router = router

    def handle(self, request: Request) -> Response:
        """Return the response; every change that it reports is committed before."""
        try:
            return self._handle(request)
        except RefusalError as refusal:
            return json_response(refusal.status, {"error": {"message": str(refusal)}, "fieldErrors": []})
        except Exception:  # noqa: BLE001 - the last line of defence: browsers get a 500, the log the rest
            _log.exception("%s %s failed", request.method, request.path)
            return json_response(500, {"error": {"message": "The sandbox failed."}, "fieldErrors": []})

    def _handle(self, request: Request) -> Response:
        params = params_of_form(form_fields(request.query_string, keep_blank_values=True)) | _body(request)
        merchant, path = self._merchant(request)
        credential = _credential(params, self._sandbox)
        if merchant is None or credential.merchant_id != merchant.id:
            raise AuthorisationRefusedError("This authorization is another merchant's.")
        match = self._router.match(request.method, path.removesuffix(".json"))
        if match is None:
            raise NotFoundError(f"There is no {request.method} {path}.")
        handler, values = match
        call = Call(
            merchant=merchant,
            work=self._sandbox.work(merchant.id),
            now=self._sandbox.now(),
            body=params,
            origin=request.origin,
            with_tls=self._sandbox.with_tls,
            path=values,
        )
        outcome = _outcome_of(handler, ClientCall(call, credential))
        response = json_response(outcome.status, outcome.document)
        call.work.commit()
        return response

    def _merchant(self, request: Request) -> tuple[Merchant | None, str]:
        """Return the merchant in the path, and the path below it."""
        _, _, merchant_id, _, path = [*request.path.split("/", 4), "", "", ""][:5]
        return self._sandbox.merchant(merchant_id), path


def _body(request: Request) -> Params:
    if request.content_type.lower().startswith(_FORM):
        return params_of_form(form_fields(request.content().decode(errors="replace"), keep_blank_values=True))
    return params_of(parse_json(request.content()))


def _credential(params: Params, sandbox: SandboxGateway) -> Credential:
    fingerprint, key = text(params, "authorization_fingerprint"), text(params, "tokenization_key")
    if fingerprint:
        return read_fingerprint(fingerprint, sandbox.now())
    if key:
        return read_tokenization_key(key)
    raise AuthenticationRefusedError("An authorization fingerprint or a tokenization key is required.")


def _outcome_of(handler: ClientHandler, client: ClientCall) -> ClientResponse:
    work = client.call.work
    try:
        return handler(client)
    except InvalidError as error:
        work.roll_back()
        return ClientResponse(422, invalid_document(error))
    except RefusedError as error:
        work.roll_back()
        work.put(error.keep)
        return ClientResponse(422, {"error": {"message": str(error)}, "fieldErrors": []})
