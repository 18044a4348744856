"""Cards and bank accounts: decisions, and where transactions begin and end."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.session import Database, in_transaction
from billing_api.events.service import Outbox
from billing_api.gateway.port import Gateway, GatewayError, GatewayOutcomeUnknownError, MethodKind
from billing_api.kit.clock import Clock
from billing_api.kit.etag import Precondition
from billing_api.payment_methods.errors import (
    CurrencyNotPayableError,
    GatewayAnswerLostError,
    GatewayUnreachableError,
    PaymentMethodInUseError,
    PaymentMethodNotFoundError,
    PaymentMethodNotVerifiedError,
    PaymentMethodRemovedError,
)
from billing_api.payment_methods.model import PaymentMethod, PaymentMethodHold
from billing_api.payment_methods.repository import MethodRow, PaymentMethodRepository
from billing_api.payment_methods.schemas import (
    BankAccountCreate,
    BankAccountRead,
    CardCreate,
    CardRead,
    ClientTokenRead,
    PaymentMethodPage,
    PaymentMethodQuery,
    PaymentMethodRead,
    PaymentMethodRemoved,
    PaymentMethodUpdate,
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


@dataclass(frozen=True, slots=True)
class _Removal:
    token: str
    was_default: bool
    status_before: str


class PaymentMethods:
    """The stored methods of one account, with at most one default over cards and bank accounts."""

    def __init__(
        self,
        db: Database,
        methods: PaymentMethodRepository,
        accounts: Accounts,
        gateway: Gateway,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.db = db
        self._methods = methods
        self._accounts = accounts
        self._gateway = gateway
        self._audit = audit
        self._outbox = outbox
        self._clock = clock
        self._vault = Vault(db, methods, accounts, gateway, audit, outbox, clock)

    async def list(self, account_id: UUID, query: PaymentMethodQuery) -> PaymentMethodPage:
        """One page of what is stored, oldest first. Raises BadCursorError."""
        rows = await self._methods.list_page(
            account_id, kinds=query.types, after=query.position(UUID), limit=query.limit + 1
        )
        return PaymentMethodPage.of(query, rows, _read, lambda row: (row.id,))

    async def get(self, account_id: UUID, method_id: UUID) -> PaymentMethodRead:
        """Raises PaymentMethodNotFoundError."""
        row = await self._methods.find(account_id, method_id)
        if row is None:
            raise PaymentMethodNotFoundError(method_id)
        return _read(row)

    async def default(self, account_id: UUID) -> PaymentMethodRead | None:
        """The one that is offered first."""
        row = await self._methods.find_default(account_id)
        return _read(row) if row else None

    async def client_token(self) -> ClientTokenRead:
        """What the gateway's script in the browser starts with. Raises GatewayUnreachableError."""
        try:
            return ClientTokenRead(client_token=await self._gateway.client_token())
        except GatewayError as error:
            raise GatewayUnreachableError from error

    async def store(self, account_id: UUID, new: CardCreate | BankAccountCreate) -> PaymentMethodRead:
        """Store a card or bank account; see Vault.store for what it raises."""
        return await self.get(account_id, await self._vault.store(account_id, new))

    @in_transaction
    async def update(
        self, account_id: UUID, method_id: UUID, change: PaymentMethodUpdate, if_match: Precondition
    ) -> PaymentMethodRead:
        """Make a method the default, or take that from it.

        Raises PaymentMethodNotFoundError, PaymentMethodRemovedError, StaleVersionError.
        """
        await self._accounts.lock_in(account_id)
        method = await self._get_in(account_id, method_id)
        if_match.require(method.version)
        if method.status not in {"pending", "active"}:
            raise PaymentMethodRemovedError(method_id)
        if method.is_default != change.default:
            now = self._clock.now()
            if change.default:
                await self._methods.clear_default(account_id, now=now)
            method.is_default = change.default
            method.updated_at = now
            method.version += 1
            await self._audit.record_in(account_id, "payment_method.default_changed", method_id, default=change.default)
        return _read_row(method)

    async def remove(self, account_id: UUID, method_id: UUID, if_match: Precondition) -> PaymentMethodRemoved:
        """Remove a method here and at the gateway; repeated, it finishes what a lost answer left open.

        Raises PaymentMethodNotFoundError, PaymentMethodInUseError, StaleVersionError, GatewayUnreachableError,
        GatewayAnswerLostError.
        """
        removal = await self._begin_removal(account_id, method_id, if_match)
        if removal.status_before != "removed":
            await self._delete_at_gateway(account_id, method_id, removal)
            await self._finish_removal(account_id, method_id)
        notice = "This was the default payment method: choose another." if removal.was_default else None
        return PaymentMethodRemoved(id=method_id, was_default=removal.was_default, notice=notice)

    async def get_chargeable_in(self, account_id: UUID, method_id: UUID, currency: str) -> ChargeableMethod:
        """A method that may pay in this currency now; the account's lock must be held.

        Raises PaymentMethodNotFoundError, PaymentMethodRemovedError, PaymentMethodNotVerifiedError,
        CurrencyNotPayableError.
        """
        method = await self._get_in(account_id, method_id)
        if method.status == "pending":
            raise PaymentMethodNotVerifiedError(method_id)
        if method.status != "active":
            raise PaymentMethodRemovedError(method_id)
        kind = MethodKind(method.kind)
        if not self._gateway.can_charge(kind, currency):
            raise CurrencyNotPayableError(currency, kind)
        return ChargeableMethod(method.id, kind, method.token, method.brand, method.last4)

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

    async def release_hold_in(self, account_id: UUID, method_id: UUID, holder_kind: str, holder_id: UUID) -> None:
        """The holder needs the method no longer."""
        await self._methods.remove_hold(account_id, method_id, holder_kind, holder_id)

    @in_transaction
    async def _begin_removal(self, account_id: UUID, method_id: UUID, if_match: Precondition) -> _Removal:
        await self._accounts.lock_in(account_id)
        method = await self._get_in(account_id, method_id)
        if_match.require(method.version)
        removal = _Removal(method.token, method.is_default, method.status)
        if holders := await self._methods.list_holders(account_id, method_id):
            raise PaymentMethodInUseError(method_id, holders)
        if method.status in {"pending", "active"}:
            self._move(method, "removing")
        return removal

    async def _delete_at_gateway(self, account_id: UUID, method_id: UUID, removal: _Removal) -> None:
        try:
            await self._gateway.delete_method(removal.token)
        except GatewayOutcomeUnknownError as error:
            raise GatewayAnswerLostError("the payment method may be removed or not. Remove it once more.") from error
        except GatewayError as error:
            if removal.status_before != "removing":
                await self._undo_removal(account_id, method_id, removal.status_before)
            raise GatewayUnreachableError from error

    @in_transaction
    async def _undo_removal(self, account_id: UUID, method_id: UUID, status: str) -> None:
        await self._accounts.lock_in(account_id)
        method = await self._get_in(account_id, method_id)
        if method.status == "removing":
            self._move(method, status)

    @in_transaction
    async def _finish_removal(self, account_id: UUID, method_id: UUID) -> None:
        await self._accounts.lock_in(account_id)
        method = await self._get_in(account_id, method_id)
        if method.status == "removed":  # another request for the same was faster
            return
        method.is_default = False
        method.removed_at = self._clock.now()
        self._move(method, "removed")
        await self._audit.record_in(account_id, "payment_method.removed", method_id)
        await self._outbox.record_in(account_id, "payment_method.removed", method_id, type=method.kind)

    def _move(self, method: PaymentMethod, status: str) -> None:
        method.status = status
        method.updated_at = self._clock.now()
        method.version += 1

    async def _get_in(self, account_id: UUID, method_id: UUID) -> PaymentMethod:
        method = await self._methods.find_row(account_id, method_id)
        if method is None or method.status in {"vaulting", "failed"}:
            raise PaymentMethodNotFoundError(method_id)
        return method


def _read_row(method: PaymentMethod) -> PaymentMethodRead:
    return _read(MethodRow(**{name: getattr(method, name) for name in MethodRow.__slots__}))


def _read(row: MethodRow) -> PaymentMethodRead:
    is_card = row.kind == "card"
    return PaymentMethodRead.model_validate(
        {
            "id": row.id,
            "type": row.kind,
            "status": row.status,
            "default": row.is_default,
            "last4": row.last4,
            "card": CardRead.model_validate(row) if is_card else None,
            "us_bank_account": None if is_card else _read_bank_account(row),
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "removed_at": row.removed_at,
            "version": row.version,
        }
    )


def _read_bank_account(row: MethodRow) -> BankAccountRead:
    return BankAccountRead.model_validate(
        {
            "bank_name": row.bank_name,
            "account_type": row.bank_account_type,
            "account_holder_name": row.account_holder_name,
            "mandate_text": row.mandate_text,
            "mandate_accepted_at": row.mandate_accepted_at,
        }
    )
