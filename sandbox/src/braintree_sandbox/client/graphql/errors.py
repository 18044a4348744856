"""Errors in the form of Braintree's GraphQL: a class, and for a wrong value its place and its code."""

import logging
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLError

from braintree_sandbox.client.graphql.operation import ErrorClass, OperationError
from braintree_sandbox.validation.errors import InvalidError
from braintree_sandbox.vault.kinds import RefusedError
from braintree_sandbox.wire.json_in import camel_case
from braintree_sandbox.wire.refusals import AuthorisationRefusedError, MalformedError

_log = logging.getLogger(__name__)


def shown(error_class: ErrorClass, message: str, **extensions: object) -> dict[str, Any]:
    """Return one entry of the list of errors."""
    kind = "developer_error" if error_class is not ErrorClass.VALIDATION else "user_error"
    return {"message": message, "extensions": {"errorType": kind, "errorClass": error_class.value, **extensions}}


def entries_of(error: GraphQLError) -> Iterator[dict[str, Any]]:
    """Return the entries of one failed field, or of a request that can't be executed; there may be several."""
    where: dict[str, Any] = {}
    if error.locations:
        where["locations"] = [location.formatted for location in error.locations]
    if error.path:
        where["path"] = list(error.path)
    for entry in _entries(error):
        yield {**entry, **where}


def _entries(error: GraphQLError) -> Iterator[dict[str, Any]]:
    cause = error.original_error
    if error.path is None:
        # The request itself: it can't be parsed, names an unknown field, or has a variable of the wrong shape.
        yield shown(ErrorClass.VALIDATION, error.message)
    elif isinstance(cause, InvalidError):
        for path, code in cause.errors.entries():
            place = ["input", *map(camel_case, path)]
            yield shown(ErrorClass.VALIDATION, code.message, legacyCode=code.number, inputPath=place)
    elif isinstance(cause, OperationError):
        details = {"inputPath": list(cause.path)} if cause.path else {}
        yield shown(cause.error_class, str(cause), **details)
    elif isinstance(cause, RefusedError | MalformedError):
        yield shown(ErrorClass.VALIDATION, str(cause))
    elif isinstance(cause, AuthorisationRefusedError):
        yield shown(ErrorClass.AUTHORIZATION, str(cause))
    else:
        _log.error("a GraphQL operation failed", exc_info=cause)
        yield shown(ErrorClass.INTERNAL, "The sandbox failed.")
