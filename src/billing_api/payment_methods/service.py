"""Cards and bank accounts: decisions, and where transactions begin and end."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.db.database import Database
from billing_api.gateway.errors import GatewayUnreachableError
from billing_api.gateway.port import Gateway, GatewayError, MethodKind
from billing_api.kit.clock import Clock
from billing_api.kit.pagination import Page
from billing_api.kit.version import Version
from billing_api.payment_methods.declines import Declines
from billing_api.payment_methods.errors import (
    CurrencyNotPayableError,
    PaymentMethodNotFoundError,
    PaymentMethodNotVerifiedError,
    PaymentMethodRemovedError,
    TooManyDeclinesError,
)
from billing_api.payment_methods.model import PaymentMethodHold
from billing_api.payment_methods.reading import MethodReader, next_step
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.schemas import (
    BankAccountCreate,
    CardCreate,
    CardReplacement,
    ClientTokenRead,
    PaymentMethodQuery,
    PaymentMethodRead,
)
from billing_api.payment_methods.vaulting import Vault


@dataclass(frozen=True, slots=True)
class ChargeableMethod:
    """A method that can pay now, as a payment needs to know it."""

    id: UUID
    kind: MethodKind
    token: str
    brand: str | None
    last4: str | None


class PaymentMethods:
    """The stored methods of one account, with at most one default over cards and bank accounts."""

    def __init__(
        self,
        db: Database,
        methods: PaymentMethodRepository,
        gateway: Gateway,
        vault: Vault,
        reader: MethodReader,
        declines: Declines,
        clock: Clock,
    ) -> None:
        self.db = db
        self._methods = methods
        self._gateway = gateway
        self._vault = vault
        self._reader = reader
        self._declines = declines
        self._clock = clock

    async def list(self, account_id: UUID, query: PaymentMethodQuery) -> Page[PaymentMethodRead]:
        """One page of what is stored, oldest first. Raises BadCursorError."""
        rows = await self._methods.list_page(
            account_id, kinds=query.types, after=query.position(UUID), limit=query.limit + 1
        )
        return Page[PaymentMethodRead].of(query, rows, self._reader.read, lambda row: (row.id,))

    async def get(self, account_id: UUID, method_id: UUID) -> PaymentMethodRead:
        """Raises PaymentMethodNotFoundError."""
        row = await self._methods.find(account_id, method_id)
        if row is None:
            raise PaymentMethodNotFoundError(method_id)
        return self._reader.read(row)

    async def default(self, account_id: UUID) -> PaymentMethodRead | None:
        """The one that is offered first."""
        row = await self._methods.find_default(account_id)
        return self._reader.read(row) if row else None

    async def client_token(self) -> ClientTokenRead:
        """What the gateway's script in the browser starts with. Raises GatewayUnreachableError."""
        try:
            return ClientTokenRead(client_token=await self._gateway.client_token())
        except GatewayError as error:
            raise GatewayUnreachableError from error

    async def store(self, account_id: UUID, new: CardCreate | BankAccountCreate) -> tuple[PaymentMethodRead, bool]:
        """Store a card or bank account, and say whether it is a new one.

        Raise TooManyDeclinesError, and what Vault.store raises.
        """
        async with self._declines.verifying(account_id):
            stored = await self._vault.store(account_id, new)
        return await self.get(account_id, stored.method_id), stored.is_new

    async def replace(
        self, account_id: UUID, method_id: UUID, new: CardReplacement, if_match: Version
    ) -> PaymentMethodRead:
        """Put a new card in the place of one. Raise TooManyDeclinesError, and what Vault.replace raises."""
        async with self._declines.verifying(account_id):
            replaced = await self._vault.replace(account_id, method_id, new, if_match)
        return await self.get(account_id, replaced)

    async def get_chargeable_in(self, account_id: UUID, method_id: UUID, currency: str) -> ChargeableMethod:
        """A method that may pay in this currency now; the account's lock must be held.

        Raises PaymentMethodNotFoundError, PaymentMethodRemovedError, PaymentMethodNotVerifiedError,
        CurrencyNotPayableError, TooManyDeclinesError.
        """
        await self._declines.require_in(account_id)
        method = await self._methods.get_shown(account_id, method_id)
        if method.status in {"pending", "verification_failed"}:
            raise PaymentMethodNotVerifiedError(method_id, next_step(method))
        if method.status != "active":
            raise PaymentMethodRemovedError(method_id)
        kind = MethodKind(method.kind)
        if not self._gateway.can_charge(kind, currency):
            raise CurrencyNotPayableError(currency, kind)
        return ChargeableMethod(method.id, kind, method.token, method.brand, method.last4)

    def kinds_for(self, currency: str) -> tuple[MethodKind, ...]:
        """Return the kinds of method that can pay in this currency."""
        return tuple(kind for kind in MethodKind if self._gateway.can_charge(kind, currency))

    async def count_decline(self, account_id: UUID) -> None:
        """Count a payment that was declined: such cards are tested by paying, too."""
        await self._declines.count(account_id)

    async def record_refusal(self, account_id: UUID, refusal: TooManyDeclinesError) -> None:
        """Record that a payment was refused since too many were declined."""
        await self._declines.record(account_id, refusal)

    async def place_hold_in(self, account_id: UUID, method_id: UUID, holder_kind: str, holder_id: UUID) -> None:
        """Keep the method from being removed until the hold is released; the account's lock must be held."""
        self._methods.add_hold(
            PaymentMethodHold(
                account_id=account_id,
                payment_method_id=method_id,
                holder_kind=holder_kind,
                holder_id=holder_id,
                created_at=self._clock.now(),
            )
        )

    async def suspect_in(self, account_id: UUID, method_id: UUID) -> None:
        """The gateway refuses the method: it may be gone there, so look it up soon; the account's lock must be held."""
        method = await self._methods.find_row(account_id, method_id)
        if method is not None and method.status == "active":
            method.next_check_at = self._clock.now()

    async def release_hold_in(self, account_id: UUID, method_id: UUID, holder_kind: str, holder_id: UUID) -> None:
        """The holder needs the method no longer."""
        await self._methods.remove_hold(account_id, method_id, holder_kind, holder_id)
