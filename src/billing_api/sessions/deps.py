"""The place of a refresh token, in requests and responses: the body, or a cookie that only our own pages may use."""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Body, Cookie, Depends, Header, Request
from pydantic import Field

from billing_api.auth.authenticator import Authenticator
from billing_api.auth.caller import Caller
from billing_api.auth.devices import DEVICE_LIFETIME
from billing_api.config import Settings
from billing_api.http.cookies import cookie_in, set_cookie
from billing_api.http.provide import provided
from billing_api.http.results import WithHeaders
from billing_api.kit.card_numbers import without_card_numbers
from billing_api.kit.documented import Sent
from billing_api.kit.headers import MOST_BYTES
from billing_api.sessions.credentials import Credentials, SignIn
from billing_api.sessions.errors import CookieFromAnotherSiteError, CrossSiteError, RefreshTokenMissingError
from billing_api.sessions.schemas import SessionCreate, SessionRefresh, SessionTokensRead, TokenPlace, UserRead
from billing_api.sessions.service import Grant, Sessions

_USER_AGENT_LENGTH = 500  # stored to be shown; those of browsers are shorter
# The prefix makes browsers insist on Secure, Path=/ and no Domain.
COOKIE, DEVICE_COOKIE = "__Host-refresh", "__Host-device"

_WithinHead = Sent(maxLength=MOST_BYTES)
_Origin = Annotated[str, Field(max_length=300, examples=["https://portal.example.com"])] | None
FromOrigin = Annotated[
    _Origin, Header(alias="origin", description="With the cookie: the page's origin, which must be known")
]
RequestedWith = Annotated[
    Annotated[str, Field(max_length=100)] | None,
    Header(
        description="Needed with the cookie, with any value, since a form can't send it: without it 403 "
        "`cross_site_request`"
    ),
]
SessionsDep = Annotated[Sessions, Depends(provided(Sessions))]
CredentialsDep = Annotated[Credentials, Depends(provided(Credentials))]


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A refresh token and its place, which is also the place of the next one."""

    token: str = field(repr=False)
    place: TokenPlace


# FastAPI documents the parameters of these two; only `cookie_in` reads them by their exact names.
async def _refresh_cookie(
    request: Request,
    _: Annotated[
        Annotated[str, _WithinHead] | None,
        Cookie(alias=COOKIE, description="The refresh token, as the last sign-in or refresh has set it"),
    ] = None,
) -> str | None:
    return cookie_in(request.scope, COOKIE)


async def _device_cookie(
    request: Request,
    _: Annotated[
        Annotated[str, _WithinHead] | None,
        Cookie(alias=DEVICE_COOKIE, description="As a sign-in before has set it; unless it is in the body"),
    ] = None,
) -> str | None:
    return cookie_in(request.scope, DEVICE_COOKIE)


RefreshCookie = Annotated[str | None, Depends(_refresh_cookie)]
DeviceCookie = Annotated[str | None, Depends(_device_cookie)]


async def _present(
    request: Request,
    cookie: RefreshCookie,
    body: Annotated[SessionRefresh | None, Body()] = None,
    origin: FromOrigin = None,
    x_requested_with: RequestedWith = None,
) -> PresentedToken:
    if body is not None and body.refresh_token is not None:
        return PresentedToken(body.refresh_token.get_secret_value(), "body")
    if cookie is None:
        raise RefreshTokenMissingError
    if not _is_own_page(request, origin, x_requested_with):
        raise CrossSiteError
    return PresentedToken(cookie, "cookie")


@dataclass(frozen=True, slots=True)
class Leaving:
    """A user who signs out, known by an access token, a refresh token, both or neither."""

    caller: Caller | None
    refresh_token: str | None = field(repr=False)


async def _leave(
    request: Request,
    cookie: RefreshCookie,
    origin: FromOrigin = None,
    x_requested_with: RequestedWith = None,
) -> Leaving:
    authenticator: Authenticator = request.app.state.parts[Authenticator]
    caller = authenticator.identify(request.headers.get("authorization"))
    if cookie is None or _is_own_page(request, origin, x_requested_with):
        return Leaving(caller, cookie)
    if caller is None:
        raise CrossSiteError
    return Leaving(caller, None)


async def _sign_in(
    request: Request,
    given: SessionCreate,
    origin: Annotated[_Origin, Header(description="The page's origin, which must be known for a cookie")] = None,
) -> SessionCreate:
    # A form can't send JSON. A page of another site must not sign its visitor in as another user either.
    into_cookie = given.refresh_token_in == "cookie"  # noqa: S105 - a place, not a secret
    if into_cookie and origin is not None and not _is_known(request, origin):
        raise CrossSiteError
    # Browsers alone send it (Fetch Metadata); "same-site" is another port or sub-domain, which has the cookie.
    if into_cookie and request.headers.get("sec-fetch-site") == "cross-site":
        raise CookieFromAnotherSiteError
    return given


SignInGiven = Annotated[SessionCreate, Depends(_sign_in)]


async def _device_token(given: SignInGiven, cookie: DeviceCookie) -> str | None:
    return given.device_token.get_secret_value() if given.device_token is not None else cookie


async def _user_agent(request: Request) -> str | None:
    given = request.headers.get("user-agent", "")[: 2 * _USER_AGENT_LENGTH]
    return without_card_numbers(given)[:_USER_AGENT_LENGTH] or None


Presented = Annotated[PresentedToken, Depends(_present)]
SigningOut = Annotated[Leaving, Depends(_leave)]
DeviceToken = Annotated[str | None, Depends(_device_token)]
UserAgent = Annotated[str | None, Depends(_user_agent)]


def sign_in_response(sign_in: SignIn, place: TokenPlace) -> WithHeaders[SessionTokensRead]:
    """Return the tokens of a sign-in, and the token that makes its device known at the next one."""
    if place == "body":
        return refresh_response(sign_in.grant, place, device_token=sign_in.device_token)
    response = refresh_response(sign_in.grant, place)
    device = set_cookie(DEVICE_COOKIE, sign_in.device_token, int(DEVICE_LIFETIME.total_seconds()))
    return WithHeaders(response.result, [*response.headers, device])


def refresh_response(
    grant: Grant, place: TokenPlace, *, device_token: str | None = None
) -> WithHeaders[SessionTokensRead]:
    """Return new tokens, the refresh token where the last one was."""
    tokens = SessionTokensRead(
        access_token=grant.access_token,
        token_type="Bearer",  # noqa: S106 - RFC 6750's word
        expires_in=int(grant.access_lifetime.total_seconds()),
        refresh_token=grant.refresh_token if place == "body" else None,
        device_token=device_token,
        session_id=grant.caller.session_id,
        session_expires_at=grant.expires_at,
        account_id=grant.caller.account_id,
        role=grant.caller.role,
        user=UserRead.of(grant.member),
        previous_sign_in_at=grant.entered_before_at,
    )
    return WithHeaders(tokens, [set_cookie(COOKIE, grant.refresh_token, grant.expires_at)] if place == "cookie" else [])


def without_cookie() -> WithHeaders[None]:
    """Return the response to a sign-out; it removes the cookie and the browser's cached responses."""
    return WithHeaders(None, [("Cache-Control", "no-store"), ("Clear-Site-Data", '"cache"'), set_cookie(COOKIE, "", 0)])


def _is_own_page(request: Request, origin: str | None, x_requested_with: str | None) -> bool:
    return bool(x_requested_with) and _is_known(request, origin)


def _is_known(request: Request, origin: str | None) -> bool:
    settings: Settings = request.app.state.settings
    own = urlsplit(settings.base_url)
    return origin is not None and (origin == f"{own.scheme}://{own.netloc}" or settings.allows_origin(origin))
