"""The errors of the product, in its own words and without HTTP.

AppError
├── NotFoundError, ConflictError …   raised by features as subclasses with a code of their own
└── each has a `kind`, which http/problems.py alone turns into a status
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import ClassVar


class Kind(StrEnum):
    """The sort of an error."""

    BAD_REQUEST = auto()
    UNAUTHENTICATED = auto()
    DECLINED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    CONFLICT = auto()
    PRECONDITION_FAILED = auto()
    TOO_LARGE = auto()
    UNSUPPORTED_MEDIA = auto()
    INVALID = auto()
    PRECONDITION_REQUIRED = auto()
    TOO_MANY = auto()
    UNAVAILABLE = auto()


class AppError(Exception):
    """One refusal: a stable code, a title, and a sentence made from typed data."""

    code: ClassVar[str]
    title: ClassVar[str]
    kind: ClassVar[Kind]

    def __init__(self, detail: str, *, retry_after: int | None = None, **extensions: object) -> None:
        """Take the sentence; `retry_after` is in seconds, `extensions` become members of the problem document."""
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.extensions: Mapping[str, object] = extensions
        self.headers: Mapping[str, str] = {}  # a protocol's headers beside the document


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
        """Return the detail behind its place, with its full stop; the body as a whole has no name."""
        words = f"{self.pointer}: {self.detail}" if self.pointer else self.detail
        return f"{words.removesuffix('.')}."


class InvalidInputError(AppError):
    """Input that is well-formed and yet can't be meant, found after the schema's own checks."""

    code, title, kind = "validation_failed", "Some fields are not valid", Kind.INVALID

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(" ".join(error.sentence for error in errors))
        self.errors = errors


class StaleVersionError(AppError):
    """The caller changed a version of the resource that is not the current one."""

    code, title, kind = "stale_version", "The resource has changed", Kind.PRECONDITION_FAILED

    def __init__(self) -> None:
        super().__init__(
            "The resource has changed since it was read: read it again and repeat the change. "
            "If-Match takes the ETag of the response, or the version; either stands in quotes."
        )


class UnavailableError(AppError):
    """A part that the request needs can't be reached now; nothing was changed."""

    code, title, kind = "unavailable", "The service is not available now", Kind.UNAVAILABLE

    def __init__(self, detail: str = "A part that this request needs can't be reached. Try again shortly.") -> None:
        super().__init__(detail, retry_after=5)
