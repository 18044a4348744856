"""The stored methods of an account: reading them, and their use by payments."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.gateway.methods import MethodKind
from billing_api.gateway.steps import call_gateway
from billing_api.kit.pagination import Page
from billing_api.payment_methods import transitions
from billing_api.payment_methods.declines import Declines
from billing_api.payment_methods.errors import (
    CurrencyNotPayableError,
    NotACardError,
    PaymentMethodBlockedError,
    PaymentMethodExpiredError,
    PaymentMethodRemovedError,
    TooManyDeclinesError,
)
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.model import PaymentMethodHold
from billing_api.payment_methods.reading import last_day_of, next_step
from billing_api.payment_methods.schemas import ClientTokenRead, NonceRead, PaymentMethodQuery, PaymentMethodRead
from billing_api.payment_methods.states import MethodState
from billing_api.payment_methods.verification_errors import PaymentMethodNotVerifiedError


@dataclass(frozen=True, slots=True)
class ChargeableMethod:
    """A method that can pay now, with the values that a payment needs."""

    id: UUID
    kind: MethodKind
    token: str
    brand: str | None
    last4: str | None
    expires_on: date | None = None  # the last day of a card


class PaymentMethods:
    """The stored methods of one account, with at most one default over cards and bank accounts."""

    def __init__(self, tools: MethodTools, declines: Declines) -> None:
        self._core = tools.core
        self._tools = tools
        self._declines = declines

    async def list(self, account_id: UUID, query: PaymentMethodQuery) -> Page[PaymentMethodRead]:
        """Return one page of the stored methods, oldest first. Raise BadCursorError."""
        rows = await self._tools.methods.list_page(account_id, query)
        return Page[PaymentMethodRead].of(rows, self._tools.reader.read)

    async def get(self, account_id: UUID, method_id: UUID) -> PaymentMethodRead:
        """Return one method, a removed one too. Raise PaymentMethodNotFoundError."""
        return self._tools.reader.read(await self._tools.methods.get(account_id, method_id))

    async def default(self, account_id: UUID) -> PaymentMethodRead | None:
        """Return the method that is offered first, or None."""
        method = await self._tools.methods.find_default(account_id)
        return self._tools.reader.read(method) if method else None

    async def client_token(self) -> ClientTokenRead:
        """Return the token with which the gateway's script in the browser starts. Raise GatewayUnreachableError."""
        return ClientTokenRead(client_token=await call_gateway(self._tools.gateway.client_token()))

    async def make_nonce(self, account_id: UUID, method_id: UUID) -> NonceRead:
        """Return a nonce of a stored card, for its authentication in the browser.

        Raise PaymentMethodNotFoundError, NotACardError, PaymentMethodRemovedError, GatewayUnreachableError.
        """
        method = await self._tools.methods.get(account_id, method_id)
        if method.kind is not MethodKind.CARD:
            raise NotACardError(method_id)
        if method.status is not MethodState.ACTIVE:
            raise PaymentMethodRemovedError(method_id)
        return NonceRead(nonce=await call_gateway(self._tools.gateway.make_nonce(method.token)))

    def kinds_for(self, currency: str) -> tuple[MethodKind, ...]:
        """Return the kinds of method that can pay in this currency."""
        return tuple(kind for kind in MethodKind if self._tools.gateway.can_charge(kind, currency))

    async def get_chargeable(self, account: LockedAccount, method_id: UUID, currency: str) -> ChargeableMethod:
        """Return a method that may pay in this currency now.

        Raise PaymentMethodNotFoundError, PaymentMethodRemovedError, PaymentMethodNotVerifiedError,
        PaymentMethodBlockedError, CurrencyNotPayableError, TooManyDeclinesError.
        """
        await self._declines.require(account.id)
        method = await self._tools.methods.get(account.id, method_id)
        if method.status in {MethodState.PENDING, MethodState.VERIFICATION_FAILED}:
            raise PaymentMethodNotVerifiedError(method_id, next_step(method))
        if method.status is not MethodState.ACTIVE:
            raise PaymentMethodRemovedError(method_id)
        if method.blocked_code is not None:
            raise PaymentMethodBlockedError(method_id, method.blocked_code)
        if not self._tools.gateway.can_charge(method.kind, currency):
            raise CurrencyNotPayableError(currency, method.kind)
        return ChargeableMethod(method.id, method.kind, method.token, method.brand, method.last4, last_day_of(method))

    def require_unexpired(self, method: ChargeableMethod) -> None:
        """Require that a method which is chosen for later days has not expired. Raise PaymentMethodExpiredError."""
        if method.expires_on is not None and method.expires_on < self._core.clock.today():
            raise PaymentMethodExpiredError(method.id, method.expires_on)

    async def find_last_day(self, account_id: UUID, method_id: UUID) -> date | None:
        """Return the last day of a card; None for a bank account."""
        method = await self._tools.methods.find(account_id, method_id)
        return None if method is None else last_day_of(method)

    def place_hold(self, account: LockedAccount, method_id: UUID, holder_kind: str, holder_id: UUID) -> None:
        """Keep the method from being removed until the hold is released."""
        now = self._core.clock.now()
        self._tools.methods.add_hold(PaymentMethodHold(account.id, method_id, holder_kind, holder_id, now))

    def release_hold(self, account: LockedAccount, method_id: UUID, holder_kind: str, holder_id: UUID) -> None:
        """Release a hold: its holder no longer needs the method."""
        self._tools.methods.remove_hold(account, method_id, holder_kind, holder_id)

    async def flag_for_check(self, account: LockedAccount, method_id: UUID) -> None:
        """Have a method looked up at the gateway soon: a charge was refused as if the method were gone there."""
        method = await self._tools.recorder.get(account.id, method_id)
        if method.status is MethodState.ACTIVE:
            await self._tools.methods.update(account, transitions.with_next_check(method, self._core.clock.now()))

    async def block(self, account: LockedAccount, method_id: UUID, code: str) -> None:
        """Keep a bank account from paying after a return with this code, until it is replaced or verified anew."""
        await self._tools.recorder.block(account, method_id, code)

    async def count_decline(self, account_id: UUID) -> None:
        """Count a payment that was declined: stolen cards are tested by payments, too."""
        await self._declines.count(account_id)

    async def record_refusal(self, account_id: UUID, refusal: TooManyDeclinesError) -> None:
        """Record that a payment was refused since too many were declined."""
        await self._declines.record(account_id, refusal)
