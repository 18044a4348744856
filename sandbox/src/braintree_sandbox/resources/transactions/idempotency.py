"""`api_request_key`: a repeated request gets the first one's response and does nothing."""

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from braintree_sandbox.call import ApiResponse, Call, unprocessable
from braintree_sandbox.records.transactions import RequestKey, Transaction
from braintree_sandbox.resources.transactions import codes
from braintree_sandbox.resources.transactions.view import transaction_response
from braintree_sandbox.validation.errors import InvalidError, invalid
from braintree_sandbox.validation.params import text

LIFETIME = timedelta(days=30)
_MAX_KEY = 255

Step = Callable[[Call], Transaction]


def once(name: str, *, new: bool) -> Callable[[Step], Callable[[Call], ApiResponse]]:
    """Decorate a step that makes (`new`) or changes a transaction: it is done once for each key."""

    def decorate(step: Step) -> Callable[[Call], ApiResponse]:
        def guarded(call: Call) -> ApiResponse:
            key = text(call.params("transaction"), "api_request_key")
            if key is None:
                return transaction_response(call, step(call), new=new)
            return _keyed(call, key, step, name, new=new)

        return guarded

    return decorate


def _keyed(call: Call, key: str, step: Step, name: str, *, new: bool) -> ApiResponse:
    if len(key) > _MAX_KEY:
        raise invalid("transaction", "api_request_key", codes.KEY_TOO_LONG)
    used = call.work.get(RequestKey, key)
    fingerprint = _fingerprint(call, name)
    if used is not None and used.created_at + LIFETIME > call.now:
        if used.fingerprint != fingerprint:
            raise invalid("transaction", "api_request_key", codes.KEY_OF_ANOTHER_REQUEST)
        if used.transaction is None:
            raise invalid("transaction", "api_request_key", codes.KEY_OF_FAILED_REQUEST)
        return transaction_response(call, used.transaction, new=new)
    try:
        transaction = step(call)
    except InvalidError as error:
        call.work.roll_back()
        call.work.put(RequestKey(name=key, fingerprint=fingerprint, created_at=call.now))
        return unprocessable(call, error)
    call.work.put(RequestKey(name=key, fingerprint=fingerprint, created_at=call.now, transaction=transaction))
    return transaction_response(call, transaction, new=new)


def _fingerprint(call: Call, name: str) -> str:
    sent = {field: value for field, value in call.params("transaction").items() if field != "api_request_key"}
    return sha256(json.dumps([name, call.path, sent], sort_keys=True, default=str).encode()).hexdigest()
