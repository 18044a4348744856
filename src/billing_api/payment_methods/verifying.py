"""Verifying a bank account by what two small deposits came to: the try is counted before the gateway is asked."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database, in_transaction
from billing_api.db.retries import patiently
from billing_api.gateway.errors import GatewayResponseLostError, GatewayUnreachableError
from billing_api.gateway.port import (
    TOO_MANY_TRIES,
    AmountsAnswer,
    Gateway,
    GatewayError,
    GatewayOutcomeUnknownError,
    VaultedBankAccount,
    VaultedMethod,
)
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.clock import Clock
from billing_api.payment_methods.errors import (
    AmountsDoNotMatchError,
    PaymentMethodRemovedError,
    VerificationLockedError,
    VerificationNotAwaitedError,
)
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.reading import next_step, tries_left
from billing_api.payment_methods.recording import MethodRecorder
from billing_api.payment_methods.repository import PaymentMethodRepository


@dataclass(frozen=True, slots=True)
class _Try:
    account_id: UUID
    method_id: UUID
    token: str
    version: int
    verification_id: str
    tries_left: int


class MethodVerification:
    """Takes the amounts that an account's owner saw arriving.

    No version is asked for: amounts are facts, the same whatever the page showed, and a stale page must not make the
    customer type them again. What guards against too many of them is the count of tries.
    """

    def __init__(
        self,
        db: Database,
        methods: PaymentMethodRepository,
        accounts: Accounts,
        lookups: Lookups,
        gateway: Gateway,
        recorder: MethodRecorder,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self.db = db
        self._methods = methods
        self._accounts = accounts
        self._lookups = lookups
        self._gateway = gateway
        self._recorder = recorder
        self._audit = audit
        self._clock = clock

    async def confirm(self, account_id: UUID, method_id: UUID, amounts: tuple[int, int]) -> None:
        """Compare amounts, in cents and in any order, with the deposits: right ones verify the account, now or in days.

        Raises PaymentMethodNotFoundError, PaymentMethodRemovedError, VerificationNotAwaitedError,
        VerificationLockedError, AmountsDoNotMatchError, GatewayUnreachableError, GatewayResponseLostError.
        """
        this = await self._begin(account_id, method_id)
        match await self._ask(this, amounts):
            case AmountsAnswer.WRONG if this.tries_left:
                raise AmountsDoNotMatchError(this.tries_left)
            case AmountsAnswer.WRONG:  # tries whose answers were lost may have been none to the gateway
                raise VerificationLockedError(method_id)
            case AmountsAnswer.TOO_MANY_TRIES:
                await patiently(lambda: self._record_locked(this))
                raise VerificationLockedError(method_id)
            case AmountsAnswer.CONFIRMED:
                version = await patiently(lambda: self._record_confirmed(this))
                with suppress(GatewayError):  # whether that has verified it is asked again by the check
                    found = await self._lookups.find_method(this.account_id, this.token)
                    await patiently(lambda: self._recorder.record_found(account_id, method_id, version, found))
            case AmountsAnswer.NOT_AWAITED:
                await self._look_up(this)
        await self._require_progress(this)

    @in_transaction
    async def _begin(self, account_id: UUID, method_id: UUID) -> _Try:
        """Count the try before it is made, so that a lost answer, or another request at once, finds it counted."""
        await self._accounts.lock_in(account_id)
        method = await self._methods.get_shown(account_id, method_id)
        _require_awaiting(method)
        assert method.verification_id is not None  # amounts are awaited for it
        method.verification_tries += 1
        # Should the answer be lost, the check finds what the gateway has.
        method.next_check_at = self._clock.now() + QUIET_PERIOD
        self._touch(method)
        left = tries_left(method)
        await self._audit.record_in(account_id, "payment_method.amounts_sent", method_id, tries_left=left)
        return _Try(account_id, method_id, method.token, method.version, method.verification_id, left)

    async def _ask(self, this: _Try, amounts: tuple[int, int]) -> AmountsAnswer:
        try:
            return await self._gateway.confirm_amounts(this.verification_id, amounts)
        except GatewayOutcomeUnknownError as error:
            raise GatewayResponseLostError(
                "the amounts may have been compared or not, and the try counts. Read the payment method in some "
                "minutes before another one."
            ) from error
        except GatewayError as error:
            await patiently(lambda: self._give_back(this), past_a_lost_commit=False)
            raise GatewayUnreachableError from error

    async def _look_up(self, this: _Try) -> None:
        """Why the gateway wants no amounts.

        It does not show that it has had the right ones: that the verification goes on without asking for any says so,
        and then the answer to those was lost.
        """
        try:
            found = await self._lookups.find_method(this.account_id, this.token)
        except GatewayError as error:
            await patiently(lambda: self._give_back(this), past_a_lost_commit=False)
            raise GatewayUnreachableError from error
        if _goes_on(found, this):
            await patiently(lambda: self._record_confirmed(this))
        else:
            await patiently(lambda: self._recorder.record_found(this.account_id, this.method_id, this.version, found))

    @in_transaction
    async def _record_confirmed(self, this: _Try) -> int:
        """The version that the method has afterwards."""
        method = await self._locked_in(this)
        if _is_still_awaited(method, this):
            method.amounts_confirmed_at = self._clock.now()
            method.verification_wants_amounts = False
            self._touch(method)
            await self._audit.record_in(this.account_id, "payment_method.amounts_confirmed", this.method_id)
        return method.version

    @in_transaction
    async def _record_locked(self, this: _Try) -> None:
        method = await self._locked_in(this)
        if _is_still_awaited(method, this):
            await self._recorder.fail_verification_in(method, TOO_MANY_TRIES)

    @in_transaction
    async def _require_progress(self, this: _Try) -> None:
        """Raises what says that the amounts were of no use; the account is verified else, or waits for its deposits."""
        method = await self._locked_in(this)
        if method.status != "active" and next_step(method) != "wait":
            _require_awaiting(method)
            raise VerificationNotAwaitedError(this.method_id, next_step(method))  # another verification has begun

    @in_transaction
    async def _give_back(self, this: _Try) -> None:
        method = await self._locked_in(this)
        if _is_still_awaited(method, this):
            method.verification_tries -= 1
            self._touch(method)

    async def _locked_in(self, this: _Try) -> PaymentMethod:
        await self._accounts.lock_in(this.account_id)
        method = await self._methods.find_row(this.account_id, this.method_id)
        assert method is not None  # the try was counted on it, and rows are never deleted
        return method

    def _touch(self, method: PaymentMethod) -> None:
        method.updated_at = self._clock.now()
        method.version += 1


def _is_still_awaited(method: PaymentMethod, this: _Try) -> bool:
    """Whether nobody has recorded an end of the verification that the try was for."""
    return (
        method.status == "pending"
        and method.verification_wants_amounts
        and method.verification_id == this.verification_id
    )


def _goes_on(found: VaultedMethod | None, this: _Try) -> bool:
    if not isinstance(found, VaultedBankAccount) or found.verification is None:
        return False
    return found.verification.id == this.verification_id and found.verification.wants_amounts


def _require_awaiting(method: PaymentMethod) -> None:
    if method.status in {"removing", "removed"}:
        raise PaymentMethodRemovedError(method.id)
    is_out_of_tries = method.status == "pending" and method.verification_wants_amounts and not tries_left(method)
    if is_out_of_tries or method.decline_code == TOO_MANY_TRIES.code:
        raise VerificationLockedError(method.id)
    step = next_step(method)
    if step != "confirm_amounts":
        raise VerificationNotAwaitedError(method.id, step)
