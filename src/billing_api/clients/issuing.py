"""Tokens of clients: given for an id and a secret (RFC 6749, 4.4), and revoked (RFC 7009)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from limits import parse

from billing_api.auth.allowances import Allowance, TooManyRequestsError, network_of
from billing_api.auth.errors import InvalidTokenError
from billing_api.auth.failures import Failures
from billing_api.auth.partner_tokens import PartnerTokens, scopes_in, words_of
from billing_api.auth.rates import Rates
from billing_api.auth.revocations import Revocations
from billing_api.auth.scopes import SCOPES, Scope
from billing_api.auth.security_log import SecurityLog
from billing_api.clients.errors import InvalidClientError, InvalidScopeError, UnauthorizedClientError
from billing_api.clients.model import PartnerClient
from billing_api.clients.repository import ClientRepository
from billing_api.clients.secrets import is_one_of
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.kit.context import act_as, acting
from billing_api.kit.metrics import PARTNER_TOKENS

_ID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The id and the secret that a request gives."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token, its life, and its scopes with spaces between them."""

    access_token: str = field(repr=False)
    lifetime: timedelta
    scope: str


@dataclass(frozen=True, slots=True)
class ClientTools:
    """The parts of authentication that tokens of clients need."""

    tokens: PartnerTokens
    revocations: Revocations
    failures: Failures
    rates: Rates
    log: SecurityLog


class TokenIssuer:
    """Give tokens to clients, and revoke them."""

    def __init__(self, core: Core, clients: ClientRepository, tools: ClientTools, *, tries_per_network: str) -> None:
        """Take how many tries from one network may fail, in the notation of the `limits` library."""
        self.db = core.db
        self._clock = core.clock
        self._clients = clients
        self._tools = tools
        self._tries = parse(tries_per_network)

    async def issue(self, given: ClientCredentials, scope: str | None) -> IssuedToken:
        """Return a token with the scopes that are named, or with all of the client.

        Raise InvalidClientError, InvalidScopeError, TooManyRequestsError.
        """
        client = await self._authenticate(given)
        await self._tools.rates.spend("partner-tokens", client.id, None)
        allowed = scopes_in(client.scopes)
        wanted = allowed if scope is None else scopes_in(scope)
        if scope is not None and (not wanted <= allowed or set(scope.split(" ")) - SCOPES.keys()):
            raise InvalidScopeError(client.scopes)
        issued = await self._issue(client.id, given.secret, wanted)
        PARTNER_TOKENS.labels("issued").inc()
        return issued

    async def revoke(self, given: ClientCredentials, token: str) -> None:
        """Refuse one of the client's tokens from now on; a token that holds no more, or never did, is none.

        Raise InvalidClientError, UnauthorizedClientError, TooManyRequestsError.
        """
        client = await self._authenticate(given)
        try:
            known = self._tools.tokens.identify(token)
        except InvalidTokenError:
            return
        if known.client.client_id != client.id:
            raise UnauthorizedClientError
        await self._revoke(known.client.token_id)

    async def _authenticate(self, given: ClientCredentials) -> PartnerClient:
        """Return the client. Raise InvalidClientError, TooManyRequestsError."""
        client_id = _id_in(given.client_id)
        async with self._counted(client_id):
            client = await self._clients.find(client_id) if client_id is not None else None
            client = await self._require(client, given.secret)
        act_as("client", str(client.id))
        return client

    async def _require(self, client: PartnerClient | None, secret: str) -> PartnerClient:
        known = await self._clients.list_secrets(client.id) if client is not None else []
        is_right = is_one_of(secret, [one.digest for one in known])
        if client is None or client.status != "active" or not is_right:
            raise InvalidClientError
        return client

    @in_transaction
    async def _issue(self, client_id: UUID, secret: str, scopes: frozenset[Scope]) -> IssuedToken:
        """Issue a token under the client's lock: one that is disabled now gets none that its revocation would miss."""
        await self._require(await self._clients.lock(client_id), secret)
        await self._clients.touch(client_id, self._clock.now())
        tokens = self._tools.tokens
        return IssuedToken(tokens.issue(client_id, scopes), tokens.lifetime, words_of(scopes))

    @asynccontextmanager
    async def _counted(self, client_id: UUID | None) -> AsyncIterator[None]:
        """Count a try that fails for the network, and record it. Raise TooManyRequestsError.

        It is not counted for the client: a stranger, who may know its id, must not keep it out.
        """
        allowance = Allowance("partner-tries-network", self._tries, network_of(acting().ip))
        try:
            async with self._tools.failures.attempt(
                allowance, failure=InvalidClientError, refusal=TooManyRequestsError
            ):
                yield
        except InvalidClientError:
            PARTNER_TOKENS.labels("failed").inc()
            await self._tools.log.record_failure("client.refused", client_id=client_id)
            raise
        except TooManyRequestsError as refusal:
            PARTNER_TOKENS.labels("throttled").inc()
            await self._tools.log.record_refusal(refusal)
            raise

    @in_transaction
    async def _revoke(self, token_id: UUID) -> None:
        await self._tools.revocations.revoke(token_id)


def _id_in(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == _ID_LENGTH else None
    except ValueError:
        return None
