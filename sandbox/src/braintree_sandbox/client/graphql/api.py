"""GraphQL over HTTP: authentication, the query, and the response, a 200 even for errors."""

import logging
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from graphql import graphql_sync

from braintree_sandbox.browsers.credentials import Credential, read_fingerprint, read_tokenization_key
from braintree_sandbox.call import Call
from braintree_sandbox.client.graphql.errors import entries_of, shown
from braintree_sandbox.client.graphql.operation import ErrorClass, GraphqlCall, Operations
from braintree_sandbox.client.graphql.schema import schema_of
from braintree_sandbox.sandbox import SandboxGateway
from braintree_sandbox.wire.http import Request, Response, json_response
from braintree_sandbox.wire.json_in import parse_json
from braintree_sandbox.wire.refusals import AuthenticationRefusedError, MalformedError, RefusalError

PATH = "/graphql"
# Far more than any operation that is meant.
_MAX_TOKENS = 5000
_log = logging.getLogger(__name__)


class GraphqlApi:
    """Handles GraphQL of Braintree's scripts in browsers and of its server libraries."""

    def __init__(self, sandbox: SandboxGateway, parts: Iterable[Operations]) -> None:
        self._sandbox = sandbox
        self._schema = schema_of(parts)

    def handle(self, request: Request) -> Response:
        """Return the response; every change that it reports is committed before."""
        try:
            return json_response(200, self._handle(request) | {"extensions": {"requestId": str(uuid4())}})
        except AuthenticationRefusedError as refusal:
            return json_response(200, {"errors": [shown(ErrorClass.AUTHENTICATION, str(refusal))]})
        except RefusalError as refusal:
            return json_response(refusal.status, {"errors": [shown(ErrorClass.VALIDATION, str(refusal))]})
        except Exception:  # noqa: BLE001 - the last line of defence: clients get an error, the log the rest
            _log.exception("%s %s failed", request.method, request.path)
            return json_response(500, {"errors": [shown(ErrorClass.INTERNAL, "The sandbox failed.")]})

    def _handle(self, request: Request) -> dict[str, Any]:
        merchant_id, credential = self._caller(request)
        merchant = self._sandbox.merchant(merchant_id)
        if merchant is None:
            raise AuthenticationRefusedError("The merchant is unknown.")
        query, variables, name = _document(request)
        call = Call(
            merchant=merchant,
            work=self._sandbox.work(merchant_id),
            now=self._sandbox.now(),
            body={},
            origin=request.origin,
            with_tls=self._sandbox.with_tls,
        )
        result = graphql_sync(
            self._schema,
            query,
            context_value=GraphqlCall(call, credential),
            variable_values=variables,
            operation_name=name,
            max_tokens=_MAX_TOKENS,
        )
        document: dict[str, Any] = {} if result.data is None else {"data": result.data}
        if result.errors:
            document["errors"] = [entry for error in result.errors for entry in entries_of(error)]
        return document

    def _caller(self, request: Request) -> tuple[str, Credential | None]:
        """Return the merchant and its browser's credential; a server sends the merchant's keys and has none."""
        header = request.headers.get(b"authorization", b"")
        owner = self._sandbox.merchant_of(header)
        if owner is not None:
            return owner, None
        scheme, _, proof = header.decode("latin-1").partition(" ")
        if scheme != "Bearer":
            raise AuthenticationRefusedError("An authorization is required: a client token's, or the merchant's keys.")
        credential = read_fingerprint(proof, self._sandbox.now()) if "|" in proof else read_tokenization_key(proof)
        return credential.merchant_id, credential


def _document(request: Request) -> tuple[str, dict[str, Any], str | None]:
    """Return the query, its variables, and the name of the operation to execute."""
    sent = parse_json(request.content())
    query, variables, name = sent.get("query"), sent.get("variables") or {}, sent.get("operationName")
    if not isinstance(query, str) or not isinstance(variables, dict) or not isinstance(name, str | None):
        raise MalformedError("Send a query, its variables as an object, and the operationName if there are several.")
    return query, variables, name
