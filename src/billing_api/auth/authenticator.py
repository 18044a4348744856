"""The caller of a request, from its Authorization header: a user, or a partner's client."""

from collections.abc import Awaitable, Callable

from billing_api.auth.caller import Caller, Client
from billing_api.auth.errors import InvalidTokenError, UnauthenticatedError
from billing_api.auth.partner_tokens import PartnerTokens
from billing_api.auth.revocations import Revocations
from billing_api.auth.tokens import AccessTokens

StillHolds = Callable[[Caller], Awaitable[bool]]


class Authenticator:
    """Find the caller by an access token: its signature, its time, and whether it was revoked."""

    def __init__(self, tokens: AccessTokens, revocations: Revocations, still_holds: StillHolds) -> None:
        """Take `still_holds`, which reads from the database whether a session is live and its role is the same.

        It is slower than `revocations`, and used when these are not fresh.
        """
        self._tokens = tokens
        self._revocations = revocations
        self._still_holds = still_holds

    async def authenticate(self, authorization: str | None) -> Caller:
        """Return the caller. Raise UnauthenticatedError, InvalidTokenError, TokenExpiredError, UnavailableError."""
        access = self._tokens.verify(_token_in(authorization))
        if self._revocations.includes(access):
            raise InvalidTokenError
        if not self._revocations.are_fresh and not await self._still_holds(access.caller):
            raise InvalidTokenError
        return access.caller

    def identify(self, authorization: str | None) -> Caller | None:
        """Return the caller of a token that we signed, even of one that is expired or revoked; None without one.

        It suffices to sign out, and for nothing else.
        """
        try:
            return self._tokens.identify(_token_in(authorization))
        except (UnauthenticatedError, InvalidTokenError):
            return None


class ClientAuthenticator:
    """Find the client by its token: its signature, its time, and whether it was revoked."""

    def __init__(self, tokens: PartnerTokens, revocations: Revocations) -> None:
        self._tokens = tokens
        self._revocations = revocations

    async def authenticate(self, authorization: str | None) -> Client:
        """Return the client. Raise UnauthenticatedError, InvalidTokenError, TokenExpiredError, UnavailableError."""
        access = self._tokens.verify(_token_in(authorization))
        if self._revocations.includes(access):
            raise InvalidTokenError
        if not self._revocations.are_fresh and await self._revocations.is_revoked(access):
            raise InvalidTokenError
        return access.client


def _token_in(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError
    return token.strip()
