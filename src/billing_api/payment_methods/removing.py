"""Removing a method: noted first, then done at the gateway, then recorded; a check finishes what was left open."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.db.database import Database, in_transaction
from billing_api.db.retries import patiently
from billing_api.gateway.errors import GatewayResponseLostError, GatewayUnreachableError
from billing_api.gateway.port import GatewayError, GatewayOutcomeUnknownError
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.clock import Clock
from billing_api.kit.version import Version
from billing_api.payment_methods.errors import PaymentMethodInUseError
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.recording import MethodRecorder
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.schemas import PaymentMethodRemoved


@dataclass(frozen=True, slots=True)
class _Begun:
    token: str
    was_default: bool
    status_before: str


class MethodRemoval:
    """Takes a method from the account and from the gateway."""

    def __init__(
        self,
        db: Database,
        methods: PaymentMethodRepository,
        accounts: Accounts,
        lookups: Lookups,
        recorder: MethodRecorder,
        clock: Clock,
    ) -> None:
        self.db = db
        self._methods = methods
        self._accounts = accounts
        self._lookups = lookups
        self._recorder = recorder
        self._clock = clock

    async def remove(
        self, account_id: UUID, method_id: UUID, if_match: Version, *, detach: bool
    ) -> PaymentMethodRemoved:
        """Remove a method here and at the gateway; repeated, it finishes what a lost answer left open.

        With `detach`, what uses the method goes on without it: a payment under way is not stopped by that. Raises
        PaymentMethodNotFoundError, PaymentMethodInUseError, StaleVersionError, GatewayUnreachableError,
        GatewayResponseLostError.
        """
        begun = await self._begin(account_id, method_id, if_match, detach=detach)
        if begun.status_before != "removed":
            await self._delete_at_gateway(account_id, method_id, begun)
            await patiently(lambda: self._recorder.record_removed(account_id, method_id, begun.token))
        notice = "This was the default payment method: choose another." if begun.was_default else None
        return PaymentMethodRemoved(id=method_id, was_default=begun.was_default, notice=notice)

    @in_transaction
    async def _begin(self, account_id: UUID, method_id: UUID, if_match: Version, *, detach: bool) -> _Begun:
        await self._accounts.lock_in(account_id)
        method = await self._methods.get_shown(account_id, method_id)
        if_match.require(method.version)
        begun = _Begun(method.token, method.is_default, method.status)
        if method.status in {"removing", "removed"}:
            return begun
        holders = await self._methods.list_holders(account_id, method_id)
        if holders and not detach:  # else they are told when the method is gone: the gateway may yet refuse
            raise PaymentMethodInUseError(method_id, holders)
        method.next_check_at = self._clock.now() + QUIET_PERIOD
        method.move("removing", now=self._clock.now())
        return begun

    async def _delete_at_gateway(self, account_id: UUID, method_id: UUID, begun: _Begun) -> None:
        try:
            await self._lookups.delete_method(account_id, begun.token)
        except GatewayOutcomeUnknownError as error:
            raise GatewayResponseLostError("the payment method may be removed or not. Remove it once more.") from error
        except GatewayError as error:
            if begun.status_before != "removing":
                await patiently(lambda: self._undo(account_id, method_id, begun.status_before))
            raise GatewayUnreachableError from error

    @in_transaction
    async def _undo(self, account_id: UUID, method_id: UUID, status: str) -> None:
        await self._accounts.lock_in(account_id)
        method = await self._methods.get_shown(account_id, method_id)
        if method.status == "removing":
            method.move(status, now=self._clock.now())
