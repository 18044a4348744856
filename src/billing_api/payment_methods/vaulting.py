"""Storing a card or bank account: intent first, the gateway in between, the outcome after (docs/decisions/0008)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from billing_api.accounts.service import Accounts
from billing_api.addresses.service import AddressBook
from billing_api.db.database import Database, in_transaction
from billing_api.db.errors import DATABASE_ERRORS, DatabaseUnavailableError
from billing_api.db.retries import patiently
from billing_api.errors import FieldError, InvalidInputError
from billing_api.gateway.errors import GatewayResponseLostError, GatewayUnreachableError
from billing_api.gateway.port import (
    BankAccountToVault,
    CardToVault,
    Gateway,
    GatewayDeclinedError,
    GatewayError,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    GatewayUnavailableError,
    GatewayUnfamiliarError,
    MethodKind,
    VaultedMethod,
)
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.kit.version import Version
from billing_api.payment_methods.billing import chosen_address, input_error
from billing_api.payment_methods.errors import (
    MethodTypeNotAcceptedError,
    NotACardError,
    PaymentMethodDeclinedError,
    PaymentMethodRemovedError,
)
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.recording import MethodRecorder, Wish, as_json
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.schemas import BankAccountCreate, CardCreate, CardReplacement

log = structlog.get_logger(__name__)

# A browser's clock may be a little ahead; a mandate from before this product's time is a mistake.
_CLOCK_SKEW = timedelta(minutes=5)
_EARLIEST_MANDATE = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be asked of the gateway; written before it is asked."""

    account_id: UUID
    row_id: UUID
    token: str
    customer_id: str
    customer_is_known: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """The method that holds what was stored; `is_new` unless that is one that was there before."""

    method_id: UUID
    is_new: bool


class Vault:
    """Stores methods at the gateway, each under a token of ours, so that a lost answer is a find away."""

    def __init__(
        self,
        db: Database,
        methods: PaymentMethodRepository,
        accounts: Accounts,
        addresses: AddressBook,
        lookups: Lookups,
        gateway: Gateway,
        recorder: MethodRecorder,
        clock: Clock,
    ) -> None:
        self.db = db
        self._methods = methods
        self._accounts = accounts
        self._addresses = addresses
        self._lookups = lookups
        self._gateway = gateway
        self._recorder = recorder
        self._clock = clock

    async def store(self, account_id: UUID, new: CardCreate | BankAccountCreate) -> Stored:
        """Store a method; with `use_existing` it may be one that was stored before.

        Raises MethodTypeNotAcceptedError, InvalidInputError, AddressNotFoundError, PaymentMethodDeclinedError,
        DuplicateMethodError, GatewayUnreachableError, GatewayResponseLostError.
        """
        wish = Wish(default=new.default, on_duplicate=new.on_duplicate)
        if isinstance(new, CardCreate):
            return await self._store_card(account_id, new, wish)
        if not self._gateway.can_charge(MethodKind.US_BANK_ACCOUNT, "USD"):
            raise MethodTypeNotAcceptedError(new.type)
        if not _EARLIEST_MANDATE <= new.mandate.accepted_at <= self._clock.now() + _CLOCK_SKEW:
            raise InvalidInputError(
                FieldError("/mandate/accepted_at", "out_of_range", "The time must be in the past, and not before 2000.")
            )
        mandate_accepted_at = new.mandate.accepted_at.astimezone(UTC)
        intent = await self._record_intent(account_id, new.type, wish, new.mandate.text, mandate_accepted_at)
        return await self._vault(
            intent,
            BankAccountToVault(
                customer_id=intent.customer_id,
                token=intent.token,
                nonce=new.nonce,
                mandate_text=new.mandate.text,
                mandate_accepted_at=mandate_accepted_at,
            ),
        )

    async def replace(self, account_id: UUID, method_id: UUID, new: CardReplacement, if_match: Version) -> UUID:
        """Put a new card in the place of one: the method keeps its id, its default flag and what depends on it.

        The new card is stored beside the old one, takes its place in one transaction, and then the old one is removed.
        Raises PaymentMethodNotFoundError, PaymentMethodRemovedError, NotACardError, StaleVersionError, and what
        `store` raises.
        """
        version = await self._require_replaceable(account_id, method_id, if_match)
        stored = await self._store_card(account_id, new, Wish(replaces=method_id, replaces_version=version))
        return stored.method_id

    async def settle(self, account_id: UUID, row_id: UUID, vaulted: VaultedMethod) -> UUID:
        """Record what was stored, and remove from the gateway what must not stay there; that may be left for a check.

        Raises what made it useless, such as PaymentMethodDeclinedError.
        """
        verdict = await patiently(
            lambda: self._recorder.record_vaulted(account_id, row_id, vaulted), past_a_lost_commit=False
        )
        if verdict.leftover:
            try:
                await self.discard(account_id, row_id)
            except GatewayError as error:
                log.warning("gateway_method_left_behind", method_id=str(row_id), error=type(error).__name__)
                await self._recorder.postpone(account_id, row_id)
        if verdict.refusal is not None:
            raise verdict.refusal
        return verdict.method_id

    async def discard(self, account_id: UUID, row_id: UUID) -> None:
        """Remove a leftover from the gateway, when its time has come. Raises GatewayError."""
        token = await self._token_to_discard(account_id, row_id)
        if token is not None:
            await self._lookups.delete_method(account_id, token)
            await patiently(lambda: self._recorder.record_refused(account_id, row_id, "discarded"))

    async def _store_card(self, account_id: UUID, new: CardCreate | CardReplacement, wish: Wish) -> Stored:
        address = await chosen_address(self._addresses, account_id, new)
        intent = await self._record_intent(account_id, MethodKind.CARD, wish)
        return await self._vault(
            intent,
            CardToVault(customer_id=intent.customer_id, token=intent.token, nonce=new.nonce, billing_address=address),
        )

    async def _vault(self, intent: Intent, order: CardToVault | BankAccountToVault) -> Stored:
        try:
            vaulted = await self._ask_or_look_up(intent, order)
        except GatewayDeclinedError as error:
            await self._record_refused(intent, error.decline.code)
            raise PaymentMethodDeclinedError(error.decline, error.checks) from error
        except GatewayInvalidError as error:
            await self._record_refused(intent, error.refusals[0].code)
            raise input_error(error) from error
        except GatewayUnavailableError as error:
            await self._record_refused(intent, "unavailable")
            raise GatewayUnreachableError from error
        try:
            method_id = await self.settle(intent.account_id, intent.row_id, vaulted)
        except (DatabaseUnavailableError, *DATABASE_ERRORS) as error:  # the check will record it
            log.exception("payment_method_not_recorded", method_id=str(intent.row_id))
            raise _stored_or_not() from error
        return Stored(method_id, is_new=method_id == intent.row_id)

    async def _record_refused(self, intent: Intent, reason: str) -> None:
        await patiently(lambda: self._recorder.record_refused(intent.account_id, intent.row_id, reason))

    @in_transaction
    async def _require_replaceable(self, account_id: UUID, method_id: UUID, if_match: Version) -> int | None:
        """The version that must still be there when the new card is, unless any will do."""
        method = await self._methods.get_shown(account_id, method_id)
        if_match.require(method.version)
        if method.kind != MethodKind.CARD:
            raise NotACardError(method_id)
        if method.status != "active":
            raise PaymentMethodRemovedError(method_id)
        return None if if_match.allows_any else method.version

    @in_transaction
    async def _record_intent(
        self,
        account_id: UUID,
        kind: str,
        wish: Wish,
        mandate_text: str | None = None,
        mandate_accepted_at: datetime | None = None,
    ) -> Intent:
        now = self._clock.now()
        # Our own ids, with no meaning: the gateway takes up to 36 characters, a UUID's length.
        customer = await self._methods.claim_customer(account_id, str(new_id()), now=now)
        method = PaymentMethod(
            account_id=account_id,
            id=new_id(),
            kind=kind,
            status="vaulting",
            token=str(new_id()),
            wanted=as_json(wish),
            is_default=False,
            mandate_text=mandate_text,
            mandate_accepted_at=mandate_accepted_at,
            verification_wants_amounts=False,
            verification_tries=0,
            next_check_at=now + QUIET_PERIOD,
            created_at=now,
            updated_at=now,
            version=1,
        )
        await self._methods.add(method)
        return Intent(account_id, method.id, method.token, customer.customer_id, customer.confirmed_at is not None)

    @in_transaction
    async def _token_to_discard(self, account_id: UUID, row_id: UUID) -> str | None:
        """The token that must go now; before its time a charge under way may need it."""
        row = await self._methods.find_row(account_id, row_id)
        if row is None or row.status != "discarding":
            return None
        is_due = row.next_check_at is None or row.next_check_at <= self._clock.now()
        return row.token if is_due else None

    async def _ask_or_look_up(self, intent: Intent, order: CardToVault | BankAccountToVault) -> VaultedMethod:
        try:
            return await self._ask(intent, order)
        except GatewayOutcomeUnknownError:
            return await self._look_up(intent)

    async def _ask(self, intent: Intent, order: CardToVault | BankAccountToVault) -> VaultedMethod:
        if not intent.customer_is_known:
            await self._make_customer(intent)
        try:
            return await self._send(order)
        except GatewayInvalidError as error:
            if not any(refusal.field == "customer_id" for refusal in error.refusals):
                raise
        # Somebody removed the customer at the gateway; the nonce is as good as before.
        await self._make_customer(intent)
        return await self._send(order)

    async def _make_customer(self, intent: Intent) -> None:
        """Make the account's customer: again only at a gateway that has another one which must be there."""
        try:
            if intent.customer_is_known:
                await self._lookups.require_familiar(intent.account_id)
            else:
                await self._lookups.require_own_merchant()
            await self._gateway.ensure_customer(intent.customer_id)
        except GatewayUnfamiliarError as error:
            log.exception("gateway_customer_not_made", account_id=str(intent.account_id))
            raise GatewayUnavailableError("unfamiliar") from error
        except GatewayOutcomeUnknownError as error:  # no method was stored yet, and making it again does no harm
            raise GatewayUnavailableError("customer") from error

    async def _send(self, order: CardToVault | BankAccountToVault) -> VaultedMethod:
        if isinstance(order, CardToVault):
            return await self._gateway.vault_card(order)
        return await self._gateway.vault_bank_account(order)

    async def _look_up(self, intent: Intent) -> VaultedMethod:
        """The answer is lost: ask once what became of the token; when that can't be told, the next check will."""
        try:
            vaulted = await self._gateway.find_method(intent.token, intent.customer_id)
        except GatewayError:
            vaulted = None
        if vaulted is None:
            raise _stored_or_not()
        return vaulted


def _stored_or_not() -> GatewayResponseLostError:
    return GatewayResponseLostError(
        "the payment method may be stored or not. Look at the list in some minutes before another try."
    )
