"""Idempotency keys, as a request carries them: the header, and what makes two requests the same."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import WithJsonSchema

from billing_api.errors import AppError, Kind
from billing_api.http.documented import DOCUMENTED_AS_REQUIRED
from billing_api.kit.card_numbers import holds_card_number

_MIN_LENGTH, _MAX_LENGTH = 20, 255
# The length stands in the pattern too: generators of clients' test data try texts until one fits both.
_PATTERN = rf"^[!-~][ -~]{{{_MIN_LENGTH - 2},{_MAX_LENGTH - 2}}}[!-~]$"
# The form is documented and not checked by the schema: a wrong key has an answer of its own.
_FORM = {"type": "string", "minLength": _MIN_LENGTH, "maxLength": _MAX_LENGTH, "pattern": _PATTERN}
_Key = Annotated[str, WithJsonSchema(_FORM)]
_NAME, _EXAMPLES = "Idempotency-Key", ["5f0e6a52-6a3c-4f0e-9a77-4b0d3e1c8a11"]
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

    def __init__(self) -> None:
        super().__init__(
            f"Send one Idempotency-Key of {_MIN_LENGTH} to {_MAX_LENGTH} visible ASCII characters, such as a UUID; "
            "one that holds a card number is refused."
        )


class IdempotencyKeyReusedError(AppError):
    """The same key came with another body."""

    code, title, kind = "idempotency_key_reused", "The Idempotency-Key was used for another request", Kind.INVALID

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key belongs to a request with another body: choose a new key.")


class RequestInFlightError(AppError):
    """The first request with this key has not been answered yet."""

    code, title, kind = "request_in_flight", "The first request is still under way", Kind.CONFLICT

    def __init__(self, retry_after: int) -> None:
        super().__init__("A request with this Idempotency-Key is under way: ask again.", retry_after=retry_after)


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A POST that may come twice; `key` is None where the client sent none and none is required."""

    method: str
    route: str
    key: str | None
    digest: str


class AnsweredBefore(Exception):  # noqa: N818 - it is no error: the stored answer is given once more
    """The request was answered before; http/error_handlers.py gives that answer again."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"answered before with {status}")
        self.status = status
        self.body = body


async def _identify(request: Request, key: str | None) -> IdempotentRequest:
    """Raise IdempotencyKeyError for a wrong key, and for two: a choice between them could repeat a payment."""
    if len(request.headers.getlist(_NAME)) > 1 or (key is not None and not _may_be_kept(key)):
        raise IdempotencyKeyError
    # The path with its ids, not its template: the same body for another invoice is another request.
    return IdempotentRequest(request.method, request.url.path, key, digest_of(await request.body()))


def _may_be_kept(key: str) -> bool:
    return re.fullmatch(_PATTERN, key) is not None and not holds_card_number(key)


def digest_of(body: bytes) -> str:
    """What a request asks for, as 64 characters; key order and white space don't make another request.

    A body that is no JSON has one too: its route refuses it.
    """
    with suppress(ValueError, RecursionError):
        body = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    return sha256(body).hexdigest()


async def _required(request: Request, key: Annotated[_Key | None, _REQUIRED_KEY] = None) -> IdempotentRequest:
    if key is None:
        raise IdempotencyKeyError
    return await _identify(request, key)


async def _optional(request: Request, key: Annotated[_Key | None, _KEY] = None) -> IdempotentRequest:
    return await _identify(request, key)


Once = Annotated[IdempotentRequest, Depends(_required)]
OnceIfAsked = Annotated[IdempotentRequest, Depends(_optional)]
