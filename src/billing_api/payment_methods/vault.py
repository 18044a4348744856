"""Storing at the gateway: record the intent, call, record the outcome (docs/decisions/0008)."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from billing_api.db.database import in_transaction
from billing_api.db.errors import DRIVER_ERRORS, DatabaseUnavailableError
from billing_api.db.retries import patiently
from billing_api.gateway.errors import GatewayResponseLostError
from billing_api.gateway.failures import GatewayDeclinedError, GatewayError, GatewayInvalidError
from billing_api.gateway.methods import BankAccountToVault, BillingAddress, CardToVault, MethodKind, VaultedMethod
from billing_api.gateway.steps import Done, attempt, call_gateway
from billing_api.gateway.timing import QUIET_MINUTES, QUIET_PERIOD
from billing_api.kit.ids import new_id
from billing_api.payment_methods.billing import error_of_call
from billing_api.payment_methods.customers import make_customer
from billing_api.payment_methods.errors import PaymentMethodNotFoundError
from billing_api.payment_methods.keeping import MethodKeeper
from billing_api.payment_methods.mandates import Mandate
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.open_requests import StoreOptions, as_json
from billing_api.payment_methods.states import MethodState

log = structlog.get_logger(__name__)

_IN_DOUBT = (
    f"the payment method may be stored or not. It is looked up at the gateway {QUIET_MINUTES} minutes from now: "
    "read the list after that, before another try."
)


@dataclass(frozen=True, slots=True)
class _Intent:
    """A method that is about to be stored, and the account's customer at the gateway."""

    account_id: UUID
    method_id: UUID
    token: str
    customer_id: str
    customer_is_known: bool


class Vault:
    """Stores methods at the gateway, each under a token of ours, so that one is found after a lost response."""

    def __init__(self, tools: MethodTools, keeper: MethodKeeper) -> None:
        self.db = tools.core.db
        self._core = tools.core
        self._tools = tools
        self._keeper = keeper

    async def store_card(
        self,
        account_id: UUID,
        nonce: str,
        address: BillingAddress | None,
        options: StoreOptions,
        *,
        device_data: str | None = None,
    ) -> tuple[PaymentMethod, bool]:
        """Store a card. Return its method, and whether that is a new one.

        Raise PaymentMethodDeclinedError, InvalidInputError, DuplicateMethodError, GatewayUnreachableError,
        GatewayResponseLostError.
        """
        intent = await self._record_intent(account_id, MethodKind.CARD, options)
        card = CardToVault(
            customer_id=intent.customer_id,
            token=intent.token,
            nonce=nonce,
            billing_address=address,
            device_data=device_data,
        )
        return await self._store(intent, card)

    async def store_bank_account(
        self, account_id: UUID, nonce: str, mandate: Mandate, options: StoreOptions
    ) -> tuple[PaymentMethod, bool]:
        """Store a bank account. Return its method, and whether that is a new one. Raise as `store_card` does."""
        intent = await self._record_intent(account_id, MethodKind.US_BANK_ACCOUNT, options, mandate)
        account = BankAccountToVault(
            customer_id=intent.customer_id,
            token=intent.token,
            nonce=nonce,
            mandate_text=mandate.text,
            mandate_accepted_at=mandate.accepted_at,
        )
        return await self._store(intent, account)

    async def settle(self, account_id: UUID, method_id: UUID, vaulted: VaultedMethod) -> PaymentMethod:
        """Record a stored method, and remove from the gateway the token that must not stay; a check may do that later.

        Raise the reason why the method is refused, such as PaymentMethodDeclinedError.
        """
        kept = await patiently(lambda: self._keeper.record(account_id, method_id, vaulted), past_a_lost_commit=False)
        if kept.leftover:
            outcome = await attempt(self.discard(account_id, method_id))
            if not isinstance(outcome, Done):
                error = type(outcome.error).__name__
                log.warning("gateway_method_left_behind", method_id=str(method_id), error=error)
                await self._tools.recorder.postpone(account_id, method_id)
        if kept.refusal is not None:
            raise kept.refusal
        return kept.method

    async def discard(self, account_id: UUID, method_id: UUID) -> None:
        """Remove a method's token from the gateway when it is due; before, a charge may need it. Raise GatewayError."""
        method = await self._tools.methods.find(account_id, method_id)
        if method is None or method.status is not MethodState.DISCARDING:
            return
        if method.next_check_at is None or method.next_check_at <= self._core.clock.now():
            await self._tools.lookups.delete_method(account_id, method.token)
            await patiently(lambda: self._tools.recorder.record_refused(account_id, method_id, "discarded"))

    async def _store(self, intent: _Intent, order: CardToVault | BankAccountToVault) -> tuple[PaymentMethod, bool]:
        account_id, method_id = intent.account_id, intent.method_id
        vaulted = await call_gateway(
            self._send(intent, order),
            undo=lambda error: self._tools.recorder.record_refused(account_id, method_id, _reason(error)),
            find=lambda: self._tools.gateway.find_method(intent.token, intent.customer_id),
            refusal=error_of_call,
            in_doubt=_IN_DOUBT,
        )
        try:
            method = await self.settle(account_id, method_id, vaulted)
        except (DatabaseUnavailableError, *DRIVER_ERRORS) as error:  # the check will record it
            log.exception("payment_method_not_recorded", method_id=str(method_id))
            raise GatewayResponseLostError(_IN_DOUBT) from error
        if not method.status.is_shown:  # a check has given the request up, and is removing its method
            raise PaymentMethodNotFoundError(method.id)
        return method, method.id == method_id

    @in_transaction
    async def _record_intent(
        self, account_id: UUID, kind: MethodKind, options: StoreOptions, mandate: Mandate | None = None
    ) -> _Intent:
        now = self._core.clock.now()
        # The ids are ours and mean nothing: the gateway takes up to 36 characters, a UUID's length.
        customer = await self._tools.methods.claim_customer(account_id, str(new_id()), now=now)
        method = PaymentMethod(
            account_id=account_id,
            id=new_id(),
            kind=kind,
            status=MethodState.VAULTING,
            token=str(new_id()),
            created_at=now,
            updated_at=now,
            version=1,
            open_request=as_json(options),
            mandate_text=mandate.text if mandate else None,
            mandate_accepted_at=mandate.accepted_at if mandate else None,
            next_check_at=now + QUIET_PERIOD,
        )
        self._tools.methods.add(method)
        return _Intent(account_id, method.id, method.token, customer.customer_id, customer.confirmed_at is not None)

    async def _send(self, intent: _Intent, order: CardToVault | BankAccountToVault) -> VaultedMethod:
        if not intent.customer_is_known:
            await _make_customer(self._tools, intent)
        try:
            return await self._vault(order)
        except GatewayInvalidError as error:
            if not any(refusal.field == "customer_id" for refusal in error.refusals):
                raise
        # The customer was removed at the gateway; the nonce is as good as before.
        await _make_customer(self._tools, intent)
        return await self._vault(order)

    async def _vault(self, order: CardToVault | BankAccountToVault) -> VaultedMethod:
        if isinstance(order, CardToVault):
            return await self._tools.gateway.vault_card(order)
        return await self._tools.gateway.vault_bank_account(order)


async def _make_customer(tools: MethodTools, intent: _Intent) -> None:
    await make_customer(tools, intent.account_id, intent.customer_id, is_known=intent.customer_is_known)


def _reason(error: GatewayError) -> str:
    """Return the reason for the audit log why the gateway did not store a method."""
    match error:
        case GatewayDeclinedError():
            return error.decline.code
        case GatewayInvalidError():
            return error.refusals[0].code
    return "unavailable"
