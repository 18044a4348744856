"""The values that a route may return beside a read model, a page or None, and the responses that each stands for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import UnionType
from typing import Annotated, Any, ClassVar, Generic, Protocol, TypeVar, Union, get_args, get_origin
from uuid import UUID

from fastapi import Response

from billing_api.kit.idempotency import Recorded
from billing_api.kit.pagination import Page
from billing_api.kit.schema import ReadSchema

ETAG, LINK, LOCATION = "ETag", "Link", "Location"
CONTENT_DISPOSITION = "Content-Disposition"
SET_COOKIE, CLEAR_SITE_DATA = "Set-Cookie", "Clear-Site-Data"


class Resource(Protocol):
    """A read model with an address of its own."""

    @property
    def id(self) -> UUID:
        """The last segment of its path."""


ResourceT = TypeVar("ResourceT", bound=Resource)
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class AtLocation(Generic[ResourceT]):
    """A resource of the collection that was posted to; Location names it."""

    status: ClassVar[int]
    resource: ResourceT


class Created(AtLocation[ResourceT]):
    """A resource that the request made: 201."""

    __slots__ = ()
    status = 201


class Accepted(AtLocation[ResourceT]):
    """A resource whose making is not finished: 202."""

    __slots__ = ()
    status = 202


class Existing(AtLocation[ResourceT]):
    """A resource that was there before the request: 200."""

    __slots__ = ()
    status = 200


def at_location(recorded: Recorded[ResourceT]) -> Created[ResourceT] | Existing[ResourceT]:
    """Return the response with a document of the collection that was posted to: 201 for a new one, and else 200."""
    return Created(recorded.resource) if recorded.is_new else Existing(recorded.resource)


@dataclass(frozen=True, slots=True)
class WithHeaders(Generic[ResultT]):
    """A result whose response has further headers, such as cookies."""

    result: ResultT
    headers: Sequence[tuple[str, str]]


class Download(Response):
    """A file with a name of its own."""


@dataclass(frozen=True, slots=True)
class Documented:
    """One response that a return annotation promises: `model` is None without a body, `headers` are names."""

    status: int
    model: Any
    description: str
    headers: tuple[str, ...] = ()


def documented(annotation: Any, status: int, description: str = "Successful Response") -> Iterator[Documented]:
    """Yield the responses of a return annotation, the usual one first; `status` is that of a bare read model.

    `Annotated[Accepted[PaymentRead], "The outcome is open"]` describes a response.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        for argument in arguments:
            yield from documented(argument, status)
    elif origin is Annotated:
        yield from documented(arguments[0], status, arguments[1])
    elif origin is WithHeaders:
        for one in documented(arguments[0], status, description):
            yield replace(one, headers=(*one.headers, SET_COOKIE, CLEAR_SITE_DATA))
    elif isinstance(origin, type) and issubclass(origin, AtLocation):
        yield Documented(origin.status, arguments[0], description, (ETAG, LOCATION))
    elif annotation in {None, type(None)}:
        yield Documented(204, None, description)
    else:
        yield Documented(status, annotation, description, _headers_of(annotation))


def _headers_of(model: Any) -> tuple[str, ...]:
    if not isinstance(model, type):
        return ()
    if issubclass(model, Page):
        return (LINK,)
    if issubclass(model, Download):
        return (CONTENT_DISPOSITION,)
    return (ETAG,) if issubclass(model, ReadSchema) else ()
