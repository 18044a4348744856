"""Signing in and staying so, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Viewer, spend
from billing_api.auth.rates import Rates
from billing_api.auth.throttle import TooManyTriesError
from billing_api.auth.tokens import KeyRing
from billing_api.errors import UnavailableError
from billing_api.http import responses
from billing_api.http.problems import problems
from billing_api.http.provide import provided
from billing_api.sessions.deps import (
    CredentialsDep,
    DeviceToken,
    Presented,
    SessionsDep,
    SignInGiven,
    SignsOut,
    UserAgent,
    admit,
    give,
    take_away,
)
from billing_api.sessions.errors import (
    CrossSiteError,
    RefreshTokenError,
    SessionNotFoundError,
    WrongCredentialsError,
    WrongPasswordError,
)
from billing_api.sessions.schemas import (
    KeySetRead,
    PasswordChange,
    SessionPage,
    SessionQuery,
    SessionTokensRead,
)

router = APIRouter(tags=["sessions"])
well_known = APIRouter(tags=["sessions"])  # below /.well-known


@router.post(
    "/sessions",
    operation_id="sessions_create",
    status_code=201,
    response_model=SessionTokensRead,
    responses=problems(WrongCredentialsError, CrossSiteError, TooManyTriesError),
)
async def create_session(
    request: Request, given: SignInGiven, device: DeviceToken, user_agent: UserAgent, credentials: CredentialsDep
) -> Response:
    """Sign in, into the account that was entered last; the refresh token goes into a cookie or into the answer.

    A device token goes the same way. It gives no access: with the next sign-in it shows that this person has signed in
    from this device, so that what strangers tried with the same e-mail does not count there.
    """
    return admit(request, await credentials.sign_in(given, device, user_agent), given.refresh_token_in)


@router.post(
    "/sessions/refresh",
    operation_id="sessions_refresh",
    response_model=SessionTokensRead,
    responses=problems(RefreshTokenError, CrossSiteError, TooManyRequestsError),
)
async def refresh_session(
    request: Request, presented: Presented, sessions: SessionsDep, rates: Annotated[Rates, Depends(provided(Rates))]
) -> Response:
    """Exchange the refresh token of the body or the cookie for new ones; one that comes again ends the session.

    For some seconds the same token gives the same successor again, so that two tabs, or a repeated request whose
    answer was lost, go on together. A session that is not refreshed for a time that is a setting ends. A session is
    refreshed some thirty times a minute at most; who waits for the 429 to end has lost nothing.
    """
    # Before the transaction: a request that is refused uses no token up and waits for no lock.
    family = await sessions.family_of(presented.token)
    await rates.spend("refreshes", family.session_id, family.account_id)
    return give(request, await sessions.refresh(presented.token), presented.place)


@router.get("/sessions", operation_id="sessions_list", response_model=SessionPage)
async def list_sessions(
    request: Request, query: Annotated[SessionQuery, Query()], caller: Viewer, sessions: SessionsDep
) -> Response:
    """List one's own live sessions on this account, newest first."""
    return responses.page(request, await sessions.list_page(caller, query))


@router.delete(
    "/sessions/current",
    operation_id="sessions_sign_out",
    status_code=204,
    responses=problems(CrossSiteError),
    openapi_extra={"security": [{}, {"access_token": []}]},  # a token helps, and is not needed
)
async def sign_out(leaving: SignsOut, sessions: SessionsDep) -> Response:
    """Sign out: end the session of the access token, which may have expired, and of the cookie, and remove the cookie.

    It succeeds without either, and as often as it is asked for. With the cookie alone it wants the same headers as a
    refresh.
    """
    answer = take_away()
    try:
        await sessions.sign_out(leaving.caller, leaving.refresh_token)
    except UnavailableError as error:  # the browser forgets at once, and the 503 asks to end the session later
        error.headers = {name: answer.headers[name] for name in ("Set-Cookie", "Clear-Site-Data")}
        raise
    return answer


@router.delete(
    "/sessions/{session_id}",
    operation_id="sessions_end",
    status_code=204,
    responses=problems(SessionNotFoundError),
)
async def end_session(session_id: UUID, caller: Viewer, sessions: SessionsDep) -> Response:
    """End one of one's own sessions on this account: its access ends within seconds."""
    await sessions.end(caller, session_id)
    return take_away() if session_id == caller.session_id else Response(status_code=204)


@router.put(
    "/profile/password",
    operation_id="password_change",
    status_code=204,
    responses=problems(WrongPasswordError, TooManyTriesError, TooManyRequestsError),
)
async def change_password(
    request: Request, change: PasswordChange, caller: Viewer, credentials: CredentialsDep
) -> Response:
    """Set a new password; every other session of the person ends."""
    await spend(request, "password-changes", caller)
    await credentials.change_password(caller, change)
    return Response(status_code=204)


@well_known.get("/jwks.json", operation_id="keys_list", response_model=KeySetRead)
async def list_keys(keys: Annotated[KeyRing, Depends(provided(KeyRing))]) -> Response:
    """The public keys of access tokens (RFC 7517); the next one is published before it signs."""
    body = KeySetRead.model_validate({"keys": keys.published()})
    return responses.json_bytes(body.model_dump_json().encode(), headers={"Cache-Control": "public, max-age=300"})
