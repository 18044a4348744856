"""The argument of a resource's function, and its result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from braintree_sandbox.merchants import Merchant
from braintree_sandbox.state.store import Work
from braintree_sandbox.validation.errors import ErrorTree, InvalidError, error_document
from braintree_sandbox.validation.params import Takes, not_accepted, section, text
from braintree_sandbox.wire.multipart import File
from braintree_sandbox.wire.routes import Routes
from braintree_sandbox.wire.values import Fields, Node, Params


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One authenticated request: its merchant, parameters, time and unit of work.

    `origin` is the address the client used, such as `http://127.0.0.1:3000`; `with_tls` is true if there is
    a port with TLS for browsers, under Braintree's own hosts. `known` are the names at the top of the body that the
    resource has read.
    """

    merchant: Merchant
    work: Work
    now: datetime
    body: Params
    origin: str = ""
    with_tls: bool = False
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def has(self, root: str) -> bool:
        """Return whether the request has an object of that name."""
        self.known.add(root)
        return root in self.body

    def text(self, name: str) -> str | None:
        """Return the text of that name at the top of the body; None when missing or blank."""
        self.known.add(name)
        return text(self.body, name)

    def check_all_known(self) -> None:
        """Raise AuthorisationRefusedError when the request has a name that the resource has not read."""
        unknown = self.body.keys() - self.known
        if unknown:
            raise not_accepted(unknown)

    def params(self, root: str, accepted: Takes | None = None) -> Params:
        """Return the request's object of that name; empty when it was not sent.

        Raise AuthorisationRefusedError when it has parameters that are not `accepted`.
        """
        self.known.add(root)
        params = section(self.body, root)
        if accepted is not None:
            accepted.check(params)
        return params


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A status and a document; no root means an empty body."""

    status: int
    root: str | None = None
    node: Node = None


def created(root: str, node: Fields) -> ApiResponse:
    """Return a 201 with the new record."""
    return ApiResponse(201, root, node)


def found(root: str, node: Fields) -> ApiResponse:
    """Return a 200 with the record."""
    return ApiResponse(200, root, node)


def deleted() -> ApiResponse:
    """Return a 200 without a body."""
    return ApiResponse(200)


def refused(call: Call, message: str, errors: ErrorTree | None = None, /, **extra: Node) -> ApiResponse:
    """Return a 422 for a request that is valid but was declined, with the new record, and sometimes a code."""
    return ApiResponse(422, "api_error_response", error_document(errors or ErrorTree(), message, call.body, **extra))


def unprocessable(call: Call, error: InvalidError, **extra: Node) -> ApiResponse:
    """Return a 422 for an invalid request, with its subject where clients expect that."""
    return ApiResponse(422, "api_error_response", error_document(error.errors, str(error), call.body, **extra))


BraintreeHandler = Callable[[Call], ApiResponse]
BraintreeRoutes = Routes[BraintreeHandler]
"""The routes of one resource, below `/merchants/{merchant_id}`; each takes a Call and returns an ApiResponse."""
