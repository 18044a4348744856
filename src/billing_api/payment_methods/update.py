"""Updating a stored method: its default flag, and the billing address of a card."""

from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.addresses.service import AddressBook
from billing_api.db.database import in_transaction
from billing_api.db.retries import patiently
from billing_api.errors import StaleVersionError
from billing_api.gateway.errors import GatewayResponseLostError, GatewayUnreachableError
from billing_api.gateway.failures import GatewayInvalidError
from billing_api.gateway.methods import BillingAddress, MethodKind, VaultedCard, VaultedMethod
from billing_api.gateway.steps import Done, InDoubt, NotDone, attempt
from billing_api.gateway.timing import QUIET_MINUTES, QUIET_PERIOD
from billing_api.kit.version import ANY_VERSION, Version
from billing_api.payment_methods import transitions
from billing_api.payment_methods.billing import chosen_address, invalid_input
from billing_api.payment_methods.create_schemas import PaymentMethodUpdate
from billing_api.payment_methods.errors import (
    NotACardError,
    PaymentMethodBlockedError,
    PaymentMethodExpiredError,
    PaymentMethodRemovedError,
)
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.open_requests import open_change
from billing_api.payment_methods.reading import last_day_of, next_step
from billing_api.payment_methods.schemas import PaymentMethodRead
from billing_api.payment_methods.states import MethodState
from billing_api.payment_methods.verification_errors import PaymentMethodNotVerifiedError

_IN_DOUBT = (
    f"the billing address may be changed or not. The card is looked up at the gateway {QUIET_MINUTES} minutes from "
    "now: read the payment method after that."
)


class UpdateMethod:
    """Changes the values of a method that need no new nonce."""

    def __init__(self, tools: MethodTools, addresses: AddressBook) -> None:
        self.db = tools.core.db
        self._core = tools.core
        self._tools = tools
        self._addresses = addresses

    async def update(
        self, account_id: UUID, method_id: UUID, change: PaymentMethodUpdate, version: Version
    ) -> PaymentMethodRead:
        """Make a method the default or take that from it, and change a card's billing address.

        Raise PaymentMethodNotFoundError, PaymentMethodRemovedError, PaymentMethodNotVerifiedError,
        PaymentMethodBlockedError, PaymentMethodExpiredError, NotACardError, StaleVersionError, AddressNotFoundError,
        InvalidInputError, GatewayUnreachableError, GatewayResponseLostError.
        """
        address = await chosen_address(self._addresses, account_id, change)
        if address is not None:
            # First, since the gateway may refuse it: then nothing is changed. The version is compared with this one.
            await self._change_address(account_id, method_id, change, address, version)
            version = ANY_VERSION
        return self._tools.reader.read(await self._change_default(account_id, method_id, change, version))

    async def settle_address(self, account_id: UUID, method_id: UUID) -> None:
        """Look the card up, and send the newest address again when an older one has arrived after it.

        Raise GatewayError when that can't be done now.
        """
        now, method = self._core.clock.now(), await self._tools.methods.get(account_id, method_id)
        change = open_change(method)
        found = await self._tools.lookups.find_method(account_id, method.token)
        if change is not None and isinstance(found, VaultedCard) and found.billing_address != change.address:
            with suppress(GatewayInvalidError):  # then the card is shown with the address that the gateway has
                await self._tools.gateway.change_billing_address(method.token, change.address, written_at=now)
            found = await self._tools.lookups.find_method(account_id, method.token)
        await self._tools.recorder.record_found(account_id, method_id, method.version, found)

    async def _change_address(
        self,
        account_id: UUID,
        method_id: UUID,
        change: PaymentMethodUpdate,
        address: BillingAddress,
        version: Version,
    ) -> None:
        """Send an address to the gateway; of two that are sent at once the one that was recorded later wins.

        Raise StaleVersionError for the other one.
        """
        begun = await self._begin_address(account_id, method_id, change, address, version)
        if begun is None:
            return
        sent, written_at = begun
        found = await self._send_address(sent, address, written_at)
        recorded = await patiently(
            lambda: self._tools.recorder.record_found(account_id, method_id, sent.version, found, ends_change=True)
        )
        if recorded.counted:
            return
        newest = open_change(await self._tools.methods.get(account_id, method_id))
        await attempt(self.settle_address(account_id, method_id))  # else a check does it, which is due now
        if newest is None or newest.version != sent.version:
            raise StaleVersionError

    async def _send_address(
        self, sent: PaymentMethod, address: BillingAddress, written_at: datetime
    ) -> VaultedMethod | None:
        """Return the card with its new address, or None when the gateway no longer has the card."""
        outcome = await attempt(self._tools.gateway.change_billing_address(sent.token, address, written_at=written_at))
        if isinstance(outcome, InDoubt):
            raise GatewayResponseLostError(_IN_DOUBT) from outcome.error
        refusal = outcome.error if isinstance(outcome, NotDone) else None
        if refusal is not None and not isinstance(refusal, GatewayInvalidError):
            await self._tools.recorder.forget_change(sent.account_id, sent.id, sent.version)
            raise GatewayUnreachableError from refusal
        look = await attempt(self._tools.lookups.find_method(sent.account_id, sent.token))
        if not isinstance(look, Done):
            raise GatewayResponseLostError(_IN_DOUBT) from look.error
        if refusal is not None and look.value is not None:  # else the address was refused since the card is gone
            await self._tools.recorder.forget_change(sent.account_id, sent.id, sent.version)
            raise invalid_input(refusal, otherwise="/billing_address") from refusal
        return look.value if refusal is None else None

    @in_transaction
    async def _begin_address(
        self,
        account_id: UUID,
        method_id: UUID,
        change: PaymentMethodUpdate,
        address: BillingAddress,
        version: Version,
    ) -> tuple[PaymentMethod, datetime] | None:
        """Record that the address is about to be sent, and when; return None when the card has this address already.

        While a check is near, the address that we show may be out of date, so that it is sent in any case.
        """
        account, method = await self._lock(account_id, method_id, change, version)
        if method.kind is not MethodKind.CARD:
            raise NotACardError(method_id)
        now = self._core.clock.now()
        is_certain = method.next_check_at is None or method.next_check_at > now + QUIET_PERIOD
        if is_certain and method.billing_address == asdict(address):
            return None
        return await self._tools.methods.update(account, transitions.sending_address(method, address, now)), now

    @in_transaction
    async def _change_default(
        self, account_id: UUID, method_id: UUID, change: PaymentMethodUpdate, version: Version
    ) -> PaymentMethod:
        account, method = await self._lock(account_id, method_id, change, version)
        if "default" in change.model_fields_set and change.default != method.is_default:
            return await self._tools.recorder.set_default(account, method, default=change.default)
        return method

    async def _lock(
        self, account_id: UUID, method_id: UUID, change: PaymentMethodUpdate, version: Version
    ) -> tuple[LockedAccount, PaymentMethod]:
        """Return the account and a method that this change may be made of."""
        account = await self._core.accounts.lock(account_id)
        method = await self._tools.methods.get(account_id, method_id)
        version.require(method.version)
        if method.status is MethodState.VERIFICATION_FAILED:
            raise PaymentMethodNotVerifiedError(method_id, next_step(method))
        if method.status not in {MethodState.PENDING, MethodState.ACTIVE}:
            raise PaymentMethodRemovedError(method_id)
        if change.default and method.blocked_code is not None:
            raise PaymentMethodBlockedError(method_id, method.blocked_code)
        expires_on = last_day_of(method)
        today = self._core.clock.today()
        if change.default and not method.is_default and expires_on is not None and expires_on < today:
            raise PaymentMethodExpiredError(method_id, expires_on)
        return account, method
