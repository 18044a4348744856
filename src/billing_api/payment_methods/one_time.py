"""Methods that pay by their nonce: charged once, or stored when the charge succeeds.

The row of a card that is to be stored is written as `vaulting` before the charge, with a token of ours. Its payment
records the outcome, and no check looks at it before.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.errors import UnavailableError
from billing_api.gateway.methods import MethodKind, NonceDetails, VaultedCard
from billing_api.kit.ids import new_id
from billing_api.payment_methods import transitions
from billing_api.payment_methods.customers import make_customer
from billing_api.payment_methods.declines import Declines
from billing_api.payment_methods.errors import CurrencyNotPayableError
from billing_api.payment_methods.keeping import MethodKeeper
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.open_requests import StoreOptions, as_json
from billing_api.payment_methods.states import MethodState

# A card that is stored already is brought up to date: the customer has asked to keep it, not for a second copy.
_OPTIONS = StoreOptions(on_duplicate="use_existing")


@dataclass(frozen=True, slots=True)
class OneTimeMethod:
    """A card or bank account that pays by its nonce, and the customer at the gateway whose charge it is.

    `new_id` and `token` are those of its row when it is to be stored.
    """

    kind: MethodKind
    brand: str | None
    last4: str | None
    customer_id: str
    new_id: UUID | None
    token: str | None


class OneTimeMethods:
    """The use of nonces by payments."""

    def __init__(self, tools: MethodTools, keeper: MethodKeeper, declines: Declines) -> None:
        self._core = tools.core
        self._tools = tools
        self._keeper = keeper
        self._declines = declines

    async def get_chargeable(
        self, account: LockedAccount, kind: MethodKind, details: NonceDetails, currency: str, *, store: bool
    ) -> OneTimeMethod:
        """Return a method that may pay in this currency now, with a row of its own when it is to be stored.

        Raise CurrencyNotPayableError, TooManyDeclinesError.
        """
        await self._declines.require(account.id)
        if not self._tools.gateway.can_charge(kind, currency):
            raise CurrencyNotPayableError(currency, kind)
        now = self._core.clock.now()
        customer = await self._tools.methods.claim_customer(account.id, str(new_id()), now=now)
        new = self._add_card(account, now) if store else None
        return OneTimeMethod(
            kind,
            details.brand,
            details.last4,
            customer.customer_id,
            new_id=None if new is None else new.id,
            token=None if new is None else new.token,
        )

    async def prepare(self, account_id: UUID, customer_id: str) -> None:
        """Have the customer at the gateway before a charge names it. Raise GatewayError."""
        customer = await self._tools.methods.find_customer(account_id)
        is_known = customer is not None and customer.confirmed_at is not None
        if is_known and await self._tools.gateway.has_customer(customer_id):
            return
        await make_customer(self._tools, account_id, customer_id, is_known=is_known)
        if not is_known:
            with suppress(UnavailableError):  # it is confirmed with the next method
                await self._tools.lookups.confirm_customer(account_id)

    async def keep(self, account: LockedAccount, method_id: UUID, card: VaultedCard) -> UUID | None:
        """Record that a charge has stored the card; return the method that has it, or None when it is not kept."""
        method = await self._tools.recorder.get(account.id, method_id)
        kept = await self._keeper.record_locked(account, method, card)
        return kept.method.id if kept.method.status.is_shown else None

    async def give_up(self, account: LockedAccount, method_id: UUID) -> None:
        """Record that no charge has stored the card."""
        method = await self._tools.recorder.get(account.id, method_id)
        if method.status is MethodState.VAULTING:
            self._core.audit.record(account.id, "payment_method.refused", method_id, reason="not_charged")
            await self._tools.methods.update(account, transitions.refused(method, self._core.clock.now()))

    async def discard(self, account: LockedAccount, method_id: UUID) -> None:
        """Have a card removed from the gateway whose charge is given back; a check does it."""
        method = await self._tools.recorder.get(account.id, method_id)
        if method.status in {MethodState.VAULTING, MethodState.REFUSED}:
            await self._tools.methods.update(account, transitions.discarding(method, self._core.clock.now()))

    def _add_card(self, account: LockedAccount, now: datetime) -> PaymentMethod:
        method = PaymentMethod(
            account_id=account.id,
            id=new_id(),
            kind=MethodKind.CARD,
            status=MethodState.VAULTING,
            token=str(new_id()),
            created_at=now,
            updated_at=now,
            version=1,
            open_request=as_json(_OPTIONS),
        )
        self._tools.methods.add(method)
        return method
