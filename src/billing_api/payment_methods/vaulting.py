"""Storing a card or bank account: intent first, the gateway in between, the outcome after (docs/decisions/0008)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.session import Database, in_transaction
from billing_api.errors import FieldError, InvalidInputError
from billing_api.events.service import Outbox
from billing_api.gateway.port import (
    BankAccountToVault,
    CardToVault,
    Gateway,
    GatewayDeclinedError,
    GatewayError,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    GatewayUnavailableError,
    MethodKind,
    VaultedCard,
    VaultedMethod,
)
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.payment_methods.errors import (
    GatewayAnswerLostError,
    GatewayUnreachableError,
    MethodTypeNotAcceptedError,
    PaymentMethodDeclinedError,
)
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.schemas import BankAccountCreate, CardCreate

log = structlog.get_logger(__name__)

# A browser's clock may be a little ahead; a mandate from before this product's time is a mistake.
_CLOCK_SKEW = timedelta(minutes=5)
_EARLIEST_MANDATE = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be asked of the gateway; written before it is asked."""

    account_id: UUID
    method_id: UUID
    token: str
    customer_id: str
    customer_is_known: bool


class Vault:
    """Stores methods at the gateway, each under a token of ours, so that a lost answer is a find away."""

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

    async def store(self, account_id: UUID, new: CardCreate | BankAccountCreate) -> UUID:
        """Store a method and answer its id.

        Raises MethodTypeNotAcceptedError, InvalidInputError, PaymentMethodDeclinedError, GatewayUnreachableError,
        GatewayAnswerLostError.
        """
        self._check(new)
        intent = await self._record_intent(account_id, new)
        try:
            vaulted = await self._ask_or_look_up(intent, new)
        except GatewayDeclinedError as error:
            await self._record_failure(intent, error.decline.code)
            raise PaymentMethodDeclinedError(error.decline, error.checks) from error
        except GatewayInvalidError as error:
            await self._record_failure(intent, error.refusals[0].code)
            raise _input_error(error) from error
        except GatewayUnavailableError as error:
            await self._record_failure(intent, "unavailable")
            raise GatewayUnreachableError from error
        await self._record_success(intent, vaulted, default=new.default)
        return intent.method_id

    def _check(self, new: CardCreate | BankAccountCreate) -> None:
        if isinstance(new, CardCreate):
            return
        if not self._gateway.can_charge(MethodKind.US_BANK_ACCOUNT, "USD"):
            raise MethodTypeNotAcceptedError(new.type)
        if not _EARLIEST_MANDATE <= new.mandate.accepted_at <= self._clock.now() + _CLOCK_SKEW:
            raise InvalidInputError(
                FieldError("/mandate/accepted_at", "out_of_range", "The time must be in the past, and not before 2000.")
            )

    @in_transaction
    async def _record_intent(self, account_id: UUID, new: CardCreate | BankAccountCreate) -> Intent:
        now = self._clock.now()
        mandate = new.mandate if isinstance(new, BankAccountCreate) else None
        # Our own ids, with no meaning: the gateway takes up to 36 characters, a UUID's length.
        customer = await self._methods.claim_customer(account_id, str(new_id()), now=now)
        method = PaymentMethod(
            account_id=account_id,
            id=new_id(),
            kind=new.type,
            status="vaulting",
            token=str(new_id()),
            is_default=False,
            mandate_text=mandate.text if mandate else None,
            mandate_accepted_at=mandate.accepted_at.astimezone(UTC) if mandate else None,
            created_at=now,
            updated_at=now,
            version=1,
        )
        await self._methods.add(method)
        return Intent(account_id, method.id, method.token, customer.customer_id, customer.confirmed_at is not None)

    async def _ask_or_look_up(self, intent: Intent, new: CardCreate | BankAccountCreate) -> VaultedMethod:
        try:
            return await self._ask(intent, new)
        except GatewayOutcomeUnknownError:
            return await self._look_up(intent, MethodKind(new.type))

    async def _ask(self, intent: Intent, new: CardCreate | BankAccountCreate) -> VaultedMethod:
        if not intent.customer_is_known:
            try:
                await self._gateway.ensure_customer(intent.customer_id)
            except GatewayOutcomeUnknownError as error:  # no method was sent yet, and making it again does no harm
                raise GatewayUnavailableError("customer") from error
        if isinstance(new, CardCreate):
            return await self._gateway.vault_card(
                CardToVault(customer_id=intent.customer_id, token=intent.token, nonce=new.nonce)
            )
        return await self._gateway.vault_bank_account(
            BankAccountToVault(
                customer_id=intent.customer_id,
                token=intent.token,
                nonce=new.nonce,
                mandate_text=new.mandate.text,
                mandate_accepted_at=new.mandate.accepted_at.astimezone(UTC),
            )
        )

    async def _look_up(self, intent: Intent, kind: MethodKind) -> VaultedMethod:
        """The answer is lost: ask once what became of the token. The row stays `vaulting` when that can't be told.

        What was stored and is of no use is removed again, as when the answer had come: raises GatewayDeclinedError,
        GatewayInvalidError.
        """
        try:
            vaulted = await self._gateway.find_method(intent.token, kind)
        except (GatewayDeclinedError, GatewayInvalidError):
            await self._discard(intent)
            raise
        except GatewayError:
            vaulted = None
        if vaulted is None:
            raise GatewayAnswerLostError(
                "the payment method may be stored or not. Look at the list before another try."
            )
        return vaulted

    async def _discard(self, intent: Intent) -> None:
        try:
            await self._gateway.delete_method(intent.token)
        except GatewayError as error:  # it stays at the gateway, unused; what there is to answer is the same
            log.warning("gateway_method_left_behind", method_id=str(intent.method_id), error=type(error).__name__)

    @in_transaction
    async def _record_failure(self, intent: Intent, reason: str) -> None:
        method = await self._get_in(intent)
        method.status = "failed"
        method.updated_at = self._clock.now()
        method.version += 1
        await self._audit.record_in(intent.account_id, "payment_method.refused", intent.method_id, reason=reason)

    @in_transaction
    async def _record_success(self, intent: Intent, vaulted: VaultedMethod, *, default: bool | None) -> None:
        now = self._clock.now()
        await self._accounts.lock_in(intent.account_id)
        await self._methods.confirm_customer(intent.account_id, now=now)
        if default is None:
            default = not await self._methods.has_stored(intent.account_id)
        if default:
            await self._methods.clear_default(intent.account_id, now=now)
        method = await self._get_in(intent)
        _show(method, vaulted)
        method.is_default = default
        method.updated_at = now
        method.version += 1
        await self._audit.record_in(intent.account_id, "payment_method.stored", method.id, type=method.kind)
        await self._outbox.record_in(
            intent.account_id,
            "payment_method.stored",
            method.id,
            type=method.kind,
            status=method.status,
            last4=method.last4,
            default=default,
        )

    async def _get_in(self, intent: Intent) -> PaymentMethod:
        method = await self._methods.find_row(intent.account_id, intent.method_id)
        assert method is not None  # its intent was committed, and rows are never deleted
        return method


def _show(method: PaymentMethod, vaulted: VaultedMethod) -> None:
    method.last4 = vaulted.last4
    if isinstance(vaulted, VaultedCard):
        method.status = "active"
        method.brand = vaulted.brand
        method.cardholder_name = vaulted.cardholder_name
        method.expiration_month = vaulted.expiration_month
        method.expiration_year = vaulted.expiration_year
    else:
        method.status = "active" if vaulted.verified else "pending"
        method.bank_name = vaulted.bank_name
        method.bank_account_type = vaulted.account_type
        method.account_holder_name = vaulted.account_holder_name


def _input_error(error: GatewayInvalidError) -> InvalidInputError:
    """The gateway's refusals as wrong fields of our body: all but the mandate's are about the nonce."""
    return InvalidInputError(
        *(
            FieldError("/mandate" if "mandate" in refusal.field else "/nonce", refusal.code, refusal.text)
            for refusal in error.refusals
        )
    )
