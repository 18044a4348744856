"""Sign-in, refresh, sign-out and sessions over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Viewer
from billing_api.auth.keys import KeyRing
from billing_api.auth.throttle import TooManyTriesError
from billing_api.errors import UnavailableError
from billing_api.http.provide import RatesDep, provided
from billing_api.http.results import WithHeaders
from billing_api.http.routes import NO_STORE, Routes
from billing_api.kit.pagination import Page
from billing_api.sessions.deps import (
    CredentialsDep,
    DeviceToken,
    Presented,
    SessionsDep,
    SignInGiven,
    SigningOut,
    UserAgent,
    refresh_response,
    sign_in_response,
    without_cookie,
)
from billing_api.sessions.errors import (
    CookieFromAnotherSiteError,
    CrossSiteError,
    RefreshTokenError,
    RefreshTokenMissingError,
    SessionNotFoundError,
    WrongCredentialsError,
    WrongPasswordError,
)
from billing_api.sessions.schemas import (
    CurrentSessionRead,
    KeySetRead,
    PasswordChange,
    SessionQuery,
    SessionRead,
    SessionTokensRead,
)

router = Routes(tags=["sessions"])
well_known = Routes(tags=["signing keys"])  # below /.well-known
KeyRingDep = Annotated[KeyRing, Depends(provided(KeyRing))]


@router.post(
    "/sessions",
    operation_id="sessions_create",
    errors=[WrongCredentialsError, CrossSiteError, CookieFromAnotherSiteError, TooManyTriesError],
    status=201,
    cache_control=NO_STORE,
)
async def create_session(
    given: SignInGiven, device: DeviceToken, user_agent: UserAgent, credentials: CredentialsDep
) -> WithHeaders[SessionTokensRead]:
    """Sign in to the account that was entered last; the refresh token goes into a cookie or the body of the response.

    A device token goes into the same place. It gives no access: with the next sign-in it shows that this user has
    signed in from this device, so that failed sign-ins by others with the same e-mail are not counted there.

    The cookie works for pages on the API's own site, whatever their port or sub-domain. A page on another site sends
    `"refresh_token_in": "body"`: there browsers drop the cookie, so a sign-in without it is a 409.
    """
    return sign_in_response(await credentials.sign_in(given, device, user_agent), given.refresh_token_in)


@router.post(
    "/sessions/refresh",
    operation_id="sessions_refresh",
    errors=[RefreshTokenError, RefreshTokenMissingError, CrossSiteError, TooManyRequestsError],
    cache_control=NO_STORE,
)
async def refresh_session(
    presented: Presented, sessions: SessionsDep, rates: RatesDep
) -> WithHeaders[SessionTokensRead]:
    """Exchange the refresh token of the body or the cookie for new tokens; one that is used again ends the session.

    For some seconds a used token still gives the same successor, so that two tabs, and a request repeated after a lost
    response, keep the same session. A session ends when it is not refreshed for SESSION_IDLE_MINUTES. A session can be
    refreshed about thirty times a minute; after a 429 the same token still works.
    """
    # Before the transaction: a refused request uses up no token and waits for no lock.
    family = await sessions.family_of(presented.token)
    await rates.spend("refreshes", family.session_id, family.account_id)
    return refresh_response(await sessions.refresh(presented.token), presented.place)


@router.get("/sessions", operation_id="sessions_list")
async def list_sessions(
    query: Annotated[SessionQuery, Query()], caller: Viewer, sessions: SessionsDep
) -> Page[SessionRead]:
    """List the user's own live sessions on this account, newest first."""
    return await sessions.list_page(caller, query)


@router.get("/sessions/current", operation_id="sessions_get_current")
async def get_current_session(caller: Viewer, sessions: SessionsDep) -> CurrentSessionRead:
    """Read the session of the access token, and who is signed in; sign-in and refresh say the same of the user."""
    return await sessions.current(caller)


@router.delete(
    "/sessions/current",
    operation_id="sessions_sign_out",
    errors=[CrossSiteError],
    openapi_extra={"security": [{}, {"access_token": []}]},  # an access token is optional
)
async def sign_out(leaving: SigningOut, sessions: SessionsDep) -> WithHeaders[None]:
    """Sign out: end the session of the access token, which may have expired, and of the cookie, and remove the cookie.

    It succeeds without either of them, and when it is repeated. With the cookie alone it needs the same headers as a
    refresh.
    """
    response = without_cookie()
    try:
        await sessions.sign_out(leaving.caller, leaving.refresh_token)
    except UnavailableError as error:  # the cookie goes at once; the 503 asks the client to repeat
        error.headers = dict(response.headers)
        raise
    return response


@router.delete("/sessions/{session_id}", operation_id="sessions_end", errors=[SessionNotFoundError])
async def end_session(session_id: UUID, caller: Viewer, sessions: SessionsDep) -> WithHeaders[None] | None:
    """End one of the user's own sessions on this account: its access ends within seconds."""
    await sessions.end(caller, session_id)
    return without_cookie() if session_id == caller.session_id else None


@router.put(
    "/profile/password",
    operation_id="password_change",
    errors=[WrongPasswordError, TooManyTriesError, TooManyRequestsError],
)
async def change_password(change: PasswordChange, caller: Viewer, credentials: CredentialsDep, rates: RatesDep) -> None:
    """Set a new password; every other session of the user ends."""
    await rates.spend("password-changes", caller.user_id, caller.account_id)
    await credentials.change_password(caller, change)


@well_known.get("/jwks.json", operation_id="keys_list", cache_control="public, max-age=300")
async def list_keys(keys: KeyRingDep) -> KeySetRead:
    """List the public keys of access tokens (RFC 7517); the next key is published before it signs a token."""
    return KeySetRead.model_validate({"keys": keys.published()})
