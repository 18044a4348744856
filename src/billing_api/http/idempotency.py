"""The Idempotency-Key header, and the digest that makes two requests the same."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import WithJsonSchema

from billing_api.errors import AppError, Kind
from billing_api.http.parameters import DOCUMENTED_AS_REQUIRED, Parameter
from billing_api.kit.card_numbers import holds_card_number
from billing_api.kit.headers import header_of
from billing_api.kit.idempotency import IdempotencyKey, IdempotencyKeyReusedError, RequestInFlightError

_MIN_LENGTH, _MAX_LENGTH = 20, 255
# The length stands in the pattern too: generators of clients' test data try texts until one fits both.
_PATTERN = rf"^[!-~][ -~]{{{_MIN_LENGTH - 2},{_MAX_LENGTH - 2}}}[!-~]$"
# The form is documented and not checked by the schema: a wrong key has an error of its own.
_FORM = {"type": "string", "minLength": _MIN_LENGTH, "maxLength": _MAX_LENGTH, "pattern": _PATTERN}
_Key = Annotated[str, WithJsonSchema(_FORM)]
_NAME, _EXAMPLES = "Idempotency-Key", ["5f0e6a52-6a3c-4f0e-9a77-4b0d3e1c8a11"]
_HEADER = _NAME.lower().encode()  # in a scope
_DESCRIPTION = (
    "Chosen by the client, such as a UUID; the same request with the same key is carried out once. "
    "It is kept, so one that holds a card number is refused"
)
_KEY = Header(alias=_NAME, description=_DESCRIPTION, examples=_EXAMPLES)
_REQUIRED_KEY = Header(
    alias=_NAME, description=_DESCRIPTION, examples=_EXAMPLES, json_schema_extra=DOCUMENTED_AS_REQUIRED
)


class IdempotencyKeyError(AppError):
    """The Idempotency-Key is missing, sent twice, or has a wrong form."""

    code, title, kind = "bad_idempotency_key", "The Idempotency-Key is missing or wrong", Kind.BAD_REQUEST
    cure = "Send a new random UUID as `Idempotency-Key`."

    def __init__(self) -> None:
        super().__init__(
            f"Send one Idempotency-Key of {_MIN_LENGTH} to {_MAX_LENGTH} visible ASCII characters, such as a UUID; "
            "one that holds a card number is refused."
        )


def digest_of(body: bytes) -> str:
    """Return a digest of a body, 64 characters; neither key order nor white space changes it.

    A body that is not JSON has one too: its route refuses it.
    """
    with suppress(ValueError, RecursionError):
        body = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    return sha256(body).hexdigest()


class _OptionalKey(Parameter):
    errors: Sequence[type[AppError]] = (IdempotencyKeyError, RequestInFlightError, IdempotencyKeyReusedError)
    wants_body = True

    async def __call__(self, request: Request, key: Annotated[_Key | None, _KEY] = None) -> IdempotencyKey | None:
        return _key_of(request, key, await request.body())

    def read(self, request: Request, body: bytes) -> IdempotencyKey | None:
        return _key_of(request, header_of(request.scope["headers"], _HEADER), body)


class _RequiredKey(Parameter):
    errors = _OptionalKey.errors
    wants_body = True

    async def __call__(self, request: Request, key: Annotated[_Key | None, _REQUIRED_KEY] = None) -> IdempotencyKey:
        return self._present(_key_of(request, key, await request.body()))

    def read(self, request: Request, body: bytes) -> IdempotencyKey:
        return self._present(_key_of(request, header_of(request.scope["headers"], _HEADER), body))

    @staticmethod
    def _present(key: IdempotencyKey | None) -> IdempotencyKey:
        if key is None:
            raise IdempotencyKeyError
        return key


def _key_of(request: Request, key: str | None, body: bytes) -> IdempotencyKey | None:
    """Raise IdempotencyKeyError for a wrong key, and for two: a choice between them could repeat a payment."""
    if key is None:
        return None
    names = [name for name, _ in request.scope["headers"]]
    if names.count(_HEADER) > 1 or not _may_be_kept(key):
        raise IdempotencyKeyError
    # The path with its ids, not its template: the same body for another invoice is another request.
    return IdempotencyKey(key, request.method, request.scope["path"], digest_of(body))


def _may_be_kept(key: str) -> bool:
    return re.fullmatch(_PATTERN, key) is not None and not holds_card_number(key)


RequiredIdempotencyKey = Annotated[IdempotencyKey, Depends(_RequiredKey())]
OptionalIdempotencyKey = Annotated[IdempotencyKey | None, Depends(_OptionalKey())]
