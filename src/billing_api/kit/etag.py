"""Preconditions: a strong ETag for every resource, If-Match on changes, If-None-Match on reads (RFC 9110)."""

import re
from hashlib import blake2b
from typing import Annotated

from fastapi import Depends, Header

from billing_api.errors import AppError, Kind, StaleVersionError
from billing_api.kit.context import acting
from billing_api.kit.schema import DOCUMENTED_AS_REQUIRED

_HEADER = Header(
    alias="If-Match",
    max_length=1000,
    description="The ETag of the version that is being changed, or its `version` in quotes",
    examples=['"1"'],
    json_schema_extra=DOCUMENTED_AS_REQUIRED,
)
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


class PreconditionRequiredError(AppError):
    """A change came without If-Match."""

    code, title, kind = "precondition_required", "If-Match is missing", Kind.PRECONDITION_REQUIRED

    def __init__(self) -> None:
        super().__init__(
            "Send If-Match with the ETag of the version that is being changed, or its `version` in quotes."
        )


class Precondition:
    """The versions that If-Match allows: any, or those that a strong tag names by an ETag or by their number."""

    def __init__(self, header: str) -> None:
        self.allows_any = header.strip() == "*"
        self._tags = {_version_part(tag) for weak, tag in _TAG.findall(header) if not weak}

    def require(self, version: int) -> None:
        """Raise StaleVersionError unless the header names this version."""
        if not self.allows_any and self._tags.isdisjoint({str(version), _named(version)}):
            raise StaleVersionError


ANY_VERSION = Precondition("*")


async def _required(if_match: Annotated[str | None, _HEADER] = None) -> Precondition:
    if if_match is None:
        raise PreconditionRequiredError
    return Precondition(if_match)


IfMatch = Annotated[Precondition, Depends(_required)]


def entity_tag(content: bytes, version: int | None = None) -> str:
    """Return the strong ETag of an answer: a digest of its bytes, behind its version where it has one."""
    digest = blake2b(content, digest_size=12).hexdigest()
    return f'"{digest}"' if version is None else f'"{_named(version)}-{digest}"'


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether If-None-Match names this ETag; the comparison is the weak one, as RFC 9110 wants for GET."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag.strip('"') in {tag for _, tag in _TAG.findall(if_none_match)}


def _named(version: int) -> str:
    # `/v1/profile` is another resource for each account: the version of one must not pass for that of another.
    account_id = acting().account_id
    return f"{version}-{blake2b(account_id.bytes if account_id else b'', digest_size=6).hexdigest()}"


def _version_part(tag: str) -> str:
    """Return a tag without its digest of the content: what is computed on reading is no change of the resource."""
    version, first, rest = tag.partition("-")
    account, second, _ = rest.partition("-")
    return f"{version}-{account}" if second else f"{version}{first}{rest}"
