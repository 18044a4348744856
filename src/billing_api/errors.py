"""The errors of the product, in its own words and without HTTP.

AppError
├── NotFoundError, ConflictError …   raised by features as subclasses with a code of their own
└── each has a `kind`, which http/problems.py alone turns into a status
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any, ClassVar, Self, get_origin

from pydantic import BaseModel

EXAMPLE_ID = "019a0000-0000-7000-8000-000000000000"
_NAMED = 3  # fields in the sentence of a problem


class Kind(StrEnum):
    """The sort of an error."""

    BAD_REQUEST = auto()
    UNAUTHENTICATED = auto()
    DECLINED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    NOT_ALLOWED = auto()
    TOO_SLOW = auto()
    CONFLICT = auto()
    GONE = auto()
    PRECONDITION_FAILED = auto()
    TOO_LARGE = auto()
    ADDRESS_TOO_LONG = auto()
    UNSUPPORTED_MEDIA = auto()
    INVALID = auto()
    PRECONDITION_REQUIRED = auto()
    TOO_MANY = auto()
    HEAD_TOO_LARGE = auto()
    INTERNAL = auto()
    NOT_SUPPORTED = auto()
    UNAVAILABLE = auto()


class AppError(Exception):
    """One refusal: a stable code, a title, and a sentence made from typed facts.

    The facts are the annotations of a subclass. They become members of the problem document, and fields of its schema.
    The subclass's docstring says the cause and `cure` the remedy on the code's page. `sample` has the arguments of an
    example.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    kind: ClassVar[Kind]
    cure: ClassVar[str]
    sample: ClassVar[Mapping[str, Any]] = {}
    facts: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        """Add the annotations of the subclass to the facts that it inherits."""
        super().__init_subclass__()
        own = inspect.get_annotations(cls)
        cls.facts |= {name for name, hint in own.items() if ClassVar not in {hint, get_origin(hint)}}

    def __init__(self, detail: str, *, retry_after: int | None = None, **facts: object) -> None:
        """Take the sentence and the facts; `retry_after` is in seconds."""
        super().__init__(detail)
        if facts.keys() != self.facts:
            raise TypeError(f"{type(self).__name__} has the facts {sorted(self.facts)}, not {sorted(facts)}")
        self.detail = detail
        self.retry_after = retry_after
        self.headers: Mapping[str, str] = {}  # a protocol's headers beside the document
        vars(self).update(facts)

    @classmethod
    def example(cls) -> Self:
        """Return the error as documentation shows it."""
        return cls(**cls.sample)

    @property
    def extensions(self) -> dict[str, object]:
        """The facts as members of the problem document."""
        return {name: _plain(getattr(self, name)) for name in sorted(self.facts)}


def _plain(value: object) -> object:
    """Return a fact as JSON has it, as far as it is a schema or a list of them."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: an RFC 6901 pointer into the body, or the name of a parameter.

    `choices` are the values that it may have, where they can be counted.
    """

    pointer: str
    code: str
    detail: str
    choices: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The detail behind its place, with its full stop; the body as a whole has no name."""
        words = f"{self.pointer}: {self.detail}" if self.pointer else self.detail
        return f"{words.removesuffix('.')}."


class InvalidInputError(AppError):
    """A field or a parameter is missing, unknown, or has a value that can't be meant."""

    code, title, kind = "validation_failed", "Some fields are not valid", Kind.INVALID
    cure = "Correct each field that `errors` names: `pointer` is its place, `choices` the values that it may have."

    def __init__(self, *errors: FieldError, **facts: object) -> None:
        """Take every wrong field; the sentence names the first three."""
        super().__init__(" ".join(error.sentence for error in errors[:_NAMED]), retry_after=None, **facts)
        self.errors = errors

    @classmethod
    def example(cls) -> Self:
        """Return the error of one field that is missing."""
        return cls(**cls.sample) if cls.sample else cls(FieldError("/amount", "missing", "Field required"))


class StaleVersionError(AppError):
    """The resource has changed since it was read."""

    code, title, kind = "stale_version", "The resource has changed", Kind.PRECONDITION_FAILED
    cure = "Read the resource again, look at what has changed, and repeat the change with the new ETag in `If-Match`."

    def __init__(self) -> None:
        super().__init__(
            "The resource has changed since it was read: read it again and repeat the change. "
            "If-Match takes the ETag of the response, or the version; either stands in quotes."
        )


class UnavailableError(AppError):
    """A part that the request needs, such as the database, can't be reached now; nothing was changed."""

    code, title, kind = "unavailable", "The service is not available now", Kind.UNAVAILABLE
    cure = "Repeat the request after the seconds of `Retry-After`."

    def __init__(self, detail: str = "A part that this request needs can't be reached. Try again shortly.") -> None:
        super().__init__(detail, retry_after=5)
