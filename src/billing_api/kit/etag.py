"""Preconditions: a strong ETag for every resource, If-Match on changes, If-None-Match on reads (RFC 9110)."""

import re
from hashlib import blake2b
from typing import Annotated

from fastapi import Depends, Header

from billing_api.errors import AppError, Kind, StaleVersionError
from billing_api.kit.schema import DOCUMENTED_AS_REQUIRED

_HEADER = Header(
    alias="If-Match",
    max_length=1000,
    description="The ETag of the version that is being changed",
    examples=['"1"'],
    json_schema_extra=DOCUMENTED_AS_REQUIRED,
)
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


class PreconditionRequiredError(AppError):
    """A change came without If-Match."""

    code, title, kind = "precondition_required", "If-Match is missing", Kind.PRECONDITION_REQUIRED

    def __init__(self) -> None:
        super().__init__("Send If-Match with the ETag of the version that is being changed.")


class Precondition:
    """What If-Match allows: any version, or those named by a strong tag."""

    def __init__(self, header: str) -> None:
        self.allows_any = header.strip() == "*"
        self._tags = {tag for weak, tag in _TAG.findall(header) if not weak}

    def require(self, version: int) -> None:
        """Raises StaleVersionError unless the header names this version."""
        if not self.allows_any and str(version) not in self._tags:
            raise StaleVersionError


ANY_VERSION = Precondition("*")


async def _required(if_match: Annotated[str | None, _HEADER] = None) -> Precondition:
    if if_match is None:
        raise PreconditionRequiredError
    return Precondition(if_match)


IfMatch = Annotated[Precondition, Depends(_required)]


def version_tag(version: int) -> str:
    """The ETag of a resource that counts its versions."""
    return f'"{version}"'


def content_tag(content: bytes) -> str:
    """The ETag of an answer that has no version of its own."""
    return f'"{blake2b(content, digest_size=12).hexdigest()}"'


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether If-None-Match names this ETag; the comparison is the weak one, as RFC 9110 wants for GET."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag.strip('"') in {tag for _, tag in _TAG.findall(if_none_match)}
