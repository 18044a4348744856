"""Changing a stored method: whether it is the default, and where a card's bills go."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.addresses.service import AddressBook
from billing_api.db.database import Database, in_transaction
from billing_api.db.retries import patiently
from billing_api.errors import StaleVersionError
from billing_api.gateway.errors import GatewayResponseLostError, GatewayUnreachableError
from billing_api.gateway.port import (
    BillingAddress,
    Gateway,
    GatewayError,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    MethodKind,
    VaultedCard,
    VaultedMethod,
)
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.clock import Clock
from billing_api.kit.version import ANY_VERSION, Version
from billing_api.payment_methods.billing import chosen_address, input_error
from billing_api.payment_methods.errors import (
    NotACardError,
    PaymentMethodExpiredError,
    PaymentMethodNotVerifiedError,
    PaymentMethodRemovedError,
)
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.reading import last_day_of, next_step
from billing_api.payment_methods.recording import MethodRecorder, begin_change, open_change
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.schemas import PaymentMethodUpdate


@dataclass(frozen=True, slots=True)
class _Sent:
    """An address to send: the card's token, the row's version, and when that was written down."""

    token: str
    version: int
    written_at: datetime
    address: BillingAddress | None
    newest_version: int | None


class MethodChanges:
    """Changes what may be changed of a method without a new nonce."""

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

    async def update(self, account_id: UUID, method_id: UUID, change: PaymentMethodUpdate, if_match: Version) -> None:
        """Make a method the default or take that from it, and change a card's billing address.

        Raises PaymentMethodNotFoundError, PaymentMethodRemovedError, PaymentMethodNotVerifiedError,
        PaymentMethodExpiredError, NotACardError, StaleVersionError, AddressNotFoundError, InvalidInputError,
        GatewayUnreachableError, GatewayResponseLostError.
        """
        address = await chosen_address(self._addresses, account_id, change)
        if address is not None:
            # First, since it may be refused: then nothing is changed. The precondition was met when that began.
            await self._change_address(account_id, method_id, change, address, if_match)
            if_match = ANY_VERSION
        await self._change_flag(account_id, method_id, change, if_match)

    async def _change_address(
        self,
        account_id: UUID,
        method_id: UUID,
        change: PaymentMethodUpdate,
        address: BillingAddress,
        if_match: Version,
    ) -> None:
        """Send an address to the gateway; of two on their way at once the one that was written down later wins.

        Raise StaleVersionError when that was the other one.
        """
        begun = await self._begin_address(account_id, method_id, change, address, if_match)
        if begun is None:
            return
        found = await self._change_at_gateway(account_id, method_id, begun, address)
        counted = await patiently(
            lambda: self._recorder.record_found(account_id, method_id, begun.version, found, ends_change=True)
        )
        if counted:
            return
        newest = await self._look_at_change(account_id, method_id)
        with suppress(GatewayError):  # then a check does it, which is due now
            await self.settle_address(account_id, method_id)
        if newest.newest_version != begun.version:
            raise StaleVersionError

    async def settle_address(self, account_id: UUID, method_id: UUID) -> None:
        """Look the card up, and send the newest address again when an older one has arrived after it.

        Raise GatewayError when that can't be done now.
        """
        sent = await self._look_at_change(account_id, method_id)
        found = await self._lookups.find_method(account_id, sent.token)
        if sent.address is not None and isinstance(found, VaultedCard) and found.billing_address != sent.address:
            with suppress(GatewayInvalidError):  # what the gateway has is shown then
                await self._gateway.change_billing_address(sent.token, sent.address, written_at=sent.written_at)
            found = await self._lookups.find_method(account_id, sent.token)
        await self._recorder.record_found(account_id, method_id, sent.version, found)

    async def _change_at_gateway(
        self, account_id: UUID, method_id: UUID, sent: _Sent, address: BillingAddress
    ) -> VaultedMethod | None:
        """The card as it is then, or None when the gateway has it no more."""
        try:
            await self._gateway.change_billing_address(sent.token, address, written_at=sent.written_at)
        except GatewayInvalidError as error:
            if await self._find(account_id, sent.token) is not None:
                await self._recorder.forget_change(account_id, method_id, sent.version)
                raise input_error(error, otherwise="/billing_address") from error
            return None
        except GatewayOutcomeUnknownError as error:
            raise _address_in_doubt() from error
        except GatewayError as error:
            await self._recorder.forget_change(account_id, method_id, sent.version)
            raise GatewayUnreachableError from error
        return await self._find(account_id, sent.token)

    async def _find(self, account_id: UUID, token: str) -> VaultedMethod | None:
        try:
            return await self._lookups.find_method(account_id, token)
        except GatewayError as error:
            raise _address_in_doubt() from error

    @in_transaction
    async def _begin_address(
        self,
        account_id: UUID,
        method_id: UUID,
        change: PaymentMethodUpdate,
        address: BillingAddress,
        if_match: Version,
    ) -> _Sent | None:
        """Write down that the address is sent; None when it has this address already.

        Should the answer be lost, the check finds what the gateway has: while one is near, what is shown may be old.
        The version moves now, whatever comes of it: of two changes meant for the same one, the later is refused.
        """
        method = await self._get_in(account_id, method_id, change, if_match)
        if method.kind != MethodKind.CARD:
            raise NotACardError(method_id)
        now = self._clock.now()
        soon = now + QUIET_PERIOD
        is_certain = method.next_check_at is None or method.next_check_at > soon
        if is_certain and method.billing_address == asdict(address):
            return None
        method.next_check_at = soon
        method.version += 1
        begin_change(method, address)
        return _Sent(method.token, method.version, now, address, method.version)

    @in_transaction
    async def _look_at_change(self, account_id: UUID, method_id: UUID) -> _Sent:
        method = await self._methods.get_shown(account_id, method_id)
        change = open_change(method)
        return _Sent(
            method.token,
            method.version,
            self._clock.now(),
            change.address if change is not None else None,
            change.version if change is not None else None,
        )

    @in_transaction
    async def _change_flag(
        self, account_id: UUID, method_id: UUID, change: PaymentMethodUpdate, if_match: Version
    ) -> None:
        method = await self._get_in(account_id, method_id, change, if_match)
        if "default" in change.model_fields_set and change.default != method.is_default:
            await self._recorder.set_default_in(method, default=change.default)

    async def _get_in(
        self, account_id: UUID, method_id: UUID, change: PaymentMethodUpdate, if_match: Version
    ) -> PaymentMethod:
        await self._accounts.lock_in(account_id)
        method = await self._methods.get_shown(account_id, method_id)
        if_match.require(method.version)
        if method.status == "verification_failed":
            raise PaymentMethodNotVerifiedError(method_id, next_step(method))
        if method.status not in {"pending", "active"}:
            raise PaymentMethodRemovedError(method_id)
        expires_on = last_day_of(method)
        if change.default and not method.is_default and expires_on is not None and expires_on < self._clock.today():
            raise PaymentMethodExpiredError(method_id, expires_on)
        return method


def _address_in_doubt() -> GatewayResponseLostError:
    return GatewayResponseLostError("the billing address may be changed or not. Read the method in some minutes.")
