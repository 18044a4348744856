"""A strong ETag for every resource, If-Match on changes, If-None-Match on reads (RFC 9110)."""

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated

from fastapi import Depends, Header, Request

from billing_api.errors import AppError, Kind, StaleVersionError
from billing_api.http.parameters import DOCUMENTED_AS_REQUIRED, Doubt, Parameter
from billing_api.kit.context import acting
from billing_api.kit.headers import list_of
from billing_api.kit.version import ANY_VERSION, Version

_MAX_LENGTH = 1000
_ACCOUNTS = 4096  # whose digests are remembered
_HEADER = Header(
    alias="If-Match",
    max_length=_MAX_LENGTH,
    description="The ETag of the version that is being changed, or its `version` in quotes",
    examples=['"1"'],
    json_schema_extra=DOCUMENTED_AS_REQUIRED,
)
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION = re.compile("(?P<number>0|[1-9][0-9]{0,18})(-(?P<account>[^-]*)(-.*)?)?")


class PreconditionRequiredError(AppError):
    """A change came without If-Match."""

    code, title, kind = "precondition_required", "If-Match is missing", Kind.PRECONDITION_REQUIRED
    cure = "Read the resource, and send its `ETag` in `If-Match`."

    def __init__(self) -> None:
        super().__init__(
            "Send If-Match with the ETag of the version that is being changed, or its `version` in quotes."
        )


def version_of(if_match: str) -> Version:
    """Return the version that an If-Match header names.

    A tag is the version's number, or an ETag of this account's resource with or without the digest of its content:
    a value that is computed on reading is no change of the resource. Weak tags and all other tags name no version.
    """
    if if_match.strip() == "*":
        return ANY_VERSION
    tags = (_VERSION.fullmatch(tag) for weak, tag in _TAG.findall(if_match) if not weak)
    return Version(frozenset(int(tag["number"]) for tag in tags if tag and tag["account"] in {None, _account_digest()}))


class _IfMatch(Parameter):
    errors = (StaleVersionError, PreconditionRequiredError)

    async def __call__(self, request: Request, if_match: Annotated[str | None, _HEADER] = None) -> Version:
        given = list_of(request.scope["headers"], b"if-match")
        if given is None or if_match is None:
            raise PreconditionRequiredError
        return version_of(given)

    def read(self, request: Request, body: bytes) -> Version:  # noqa: ARG002 - it is in a header
        given = list_of(request.scope["headers"], b"if-match")
        if given is None or len(given) > _MAX_LENGTH:
            raise Doubt
        return version_of(given)


IfMatch = Annotated[Version, Depends(_IfMatch())]


def entity_tag(content: bytes, version: int | None = None) -> str:
    """Return the strong ETag of a response: a digest of its bytes, behind its version and account where it has one."""
    digest = blake2b(content, digest_size=12).hexdigest()
    return f'"{digest}"' if version is None else f'"{version}-{_account_digest()}-{digest}"'


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Return whether If-None-Match names this ETag; the comparison is the weak one, as RFC 9110 wants for GET."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag.strip('"') in {tag for _, tag in _TAG.findall(if_none_match)}


def _account_digest() -> str:
    # `/v1/profile` is another resource for each account: the version of one must not pass for that of another.
    account_id = acting().account_id
    return _digest(account_id.bytes if account_id else b"")


@lru_cache(_ACCOUNTS)
def _digest(account: bytes) -> str:
    return blake2b(account, digest_size=6).hexdigest()
