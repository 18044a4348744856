"""The address of the API as a client reaches it: Location and Link begin with it."""

import re
from typing import Annotated

from fastapi import Depends, Request

from billing_api.config import Settings
from billing_api.http.parameters import Parameter
from billing_api.kit.headers import header_of

# RFC 9110, 7.2: a name or an address, and a port. Anything else could break out of a Link.
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")


def own_address(request: Request) -> str:
    """Return the address without a slash at its end.

    It is PUBLIC_URL where that is set, as it is in production. Otherwise the request says it: its Host, and the scheme,
    which is that of X-Forwarded-Proto where uvicorn believes the proxy (TRUSTED_PROXIES).
    """
    settings: Settings = request.app.state.settings
    if settings.public_url:
        return settings.base_url
    host = header_of(request.scope["headers"], b"host")
    if host is None or not _HOST.fullmatch(host):
        return settings.base_url
    return f"{request.scope['scheme']}://{host}"


class _OwnAddress(Parameter):
    async def __call__(self, request: Request) -> str:
        return own_address(request)

    def read(self, request: Request, body: bytes) -> str:  # noqa: ARG002 - it is read from the head
        return own_address(request)


OwnAddress = Annotated[str, Depends(_OwnAddress())]
