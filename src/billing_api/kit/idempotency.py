"""Idempotency keys: the key of a request, the result that is stored with it, and the refusals."""

import json
from dataclasses import dataclass
from typing import ClassVar, Generic, Self, TypeVar

from billing_api.errors import AppError, Kind
from billing_api.kit.schema import ReadSchema, json_of

CREATED, ACCEPTED, EXISTING, DONE = "created", "accepted", "existing", "done"

T = TypeVar("T")
ReadT = TypeVar("ReadT", bound=ReadSchema)


@dataclass(frozen=True, slots=True)
class Recorded(Generic[T]):
    """A document that this request has posted, or that an earlier one has: `is_new` tells them apart."""

    resource: T
    is_new: bool


class IdempotencyKeyReusedError(AppError):
    """The same key came with another body."""

    code, title, kind = "idempotency_key_reused", "The Idempotency-Key was used for another request", Kind.INVALID
    cure = "Make a new key for each new request. Keep the key only when the same request is repeated."

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key belongs to a request with another body: choose a new key.")


class RequestInFlightError(AppError):
    """The first request with this key has no result yet."""

    code, title, kind = "request_in_flight", "The first request is still under way", Kind.CONFLICT
    cure = "Repeat the same request with the same key after the seconds of `Retry-After`."
    sample: ClassVar = {"retry_after": 5}

    def __init__(self, retry_after: int) -> None:
        super().__init__("A request with this Idempotency-Key is under way: ask again.", retry_after=retry_after)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key for one request: its text, the operation with its ids, and a digest of the input."""

    text: str
    method: str
    route: str
    digest: str


@dataclass(frozen=True, slots=True)
class StoredResult:
    """The result of a request as its key keeps it: a word for the outcome, and a JSON document.

    The outcome is `created`, `accepted`, `existing` or `done` with the resource, or the kind of an error with its
    members. The document is text, so that a replay gives the same bytes.
    """

    outcome: str
    document: str

    @classmethod
    def created(cls, resource: ReadSchema) -> Self:
        """Return the result of a request that made the resource."""
        return cls(CREATED, json_of(resource).decode())

    @classmethod
    def accepted(cls, resource: ReadSchema) -> Self:
        """Return the result of a request whose work is not finished."""
        return cls(ACCEPTED, json_of(resource).decode())

    @classmethod
    def recorded(cls, document: Recorded[ReadT]) -> Self:
        """Return the result of a request that has posted a document, or found the one that it names."""
        return cls(CREATED if document.is_new else EXISTING, json_of(document.resource).decode())

    @classmethod
    def done(cls, resource: ReadSchema) -> Self:
        """Return the result of a request that changed the resource which its path names."""
        return cls(DONE, json_of(resource).decode())

    @classmethod
    def refused(cls, error: AppError, request_id: str | None) -> Self:
        """Return the result of a request that was refused; a replay names the first request's id."""
        members = {"code": error.code, "title": error.title, "detail": error.detail, "request_id": request_id}
        return cls(error.kind, json.dumps({**error.extensions, **members}, ensure_ascii=False, default=str))


class IdempotentReplay(Exception):  # noqa: N818 - it is no error: the stored result is given once more
    """The request has a result already; http/error_handlers.py renders that again."""

    def __init__(self, result: StoredResult) -> None:
        super().__init__(f"the stored result: {result.outcome}")
        self.result = result
