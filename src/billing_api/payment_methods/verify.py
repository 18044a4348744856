"""Verifying a bank account by the amounts of two small deposits."""

from uuid import UUID

from billing_api.db.database import in_transaction
from billing_api.db.retries import patiently
from billing_api.gateway.errors import GatewayUnreachableError
from billing_api.gateway.methods import TOO_MANY_TRIES, AmountsResult, VaultedBankAccount, VaultedMethod
from billing_api.gateway.steps import Done, attempt, call_gateway
from billing_api.gateway.timing import QUIET_MINUTES
from billing_api.payment_methods import transitions
from billing_api.payment_methods.errors import PaymentMethodRemovedError
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.reading import next_step, tries_left
from billing_api.payment_methods.schemas import PaymentMethodRead
from billing_api.payment_methods.states import MethodState
from billing_api.payment_methods.verification_errors import (
    AmountsDoNotMatchError,
    VerificationLockedError,
    VerificationNotAwaitedError,
)

_IN_DOUBT = (
    "the amounts may have been compared or not, and the try counts. The bank account is looked up at the gateway "
    f"{QUIET_MINUTES} minutes from now: read the payment method after that, before another try."
)


class VerifyMethod:
    """Sends the amounts of the deposits that an account's owner has seen.

    A request needs no version: the amounts are right whatever version was read, and a stale page must not make the
    customer type them again. The number of tries limits the requests.
    """

    def __init__(self, tools: MethodTools) -> None:
        self.db = tools.core.db
        self._core = tools.core
        self._tools = tools

    async def verify(self, account_id: UUID, method_id: UUID, amounts: tuple[int, int]) -> PaymentMethodRead:
        """Compare amounts, in cents and in any order, with the deposits: right ones verify the account, now or in days.

        Raise PaymentMethodNotFoundError, PaymentMethodRemovedError, VerificationNotAwaitedError,
        VerificationLockedError, AmountsDoNotMatchError, GatewayUnreachableError, GatewayResponseLostError.
        """
        tried = await self._count_try(account_id, method_id)
        match await self._send(tried, amounts):
            case AmountsResult.WRONG if tries_left(tried):
                raise AmountsDoNotMatchError(tries_left(tried))
            case AmountsResult.WRONG:  # the gateway may not have seen tries whose responses were lost
                raise VerificationLockedError(method_id)
            case AmountsResult.TOO_MANY_TRIES:
                await patiently(lambda: self._record_locked(tried))
                raise VerificationLockedError(method_id)
            case AmountsResult.CONFIRMED:
                method = await self._after_confirmation(tried)
            case AmountsResult.NOT_AWAITED:
                method = await self._after_refusal(tried)
        _require_progress(method)
        return self._tools.reader.read(method)

    @in_transaction
    async def _count_try(self, account_id: UUID, method_id: UUID) -> PaymentMethod:
        """Count the try before it is made: so it counts after a lost response, and for a request at the same time."""
        account = await self._core.accounts.lock(account_id)
        method = await self._tools.methods.get(account_id, method_id)
        _require_awaiting(method)
        tried = await self._tools.methods.update(account, transitions.trying_amounts(method, self._core.clock.now()))
        self._core.audit.record(account_id, "payment_method.amounts_sent", method_id, tries_left=tries_left(tried))
        return tried

    async def _send(self, tried: PaymentMethod, amounts: tuple[int, int]) -> AmountsResult:
        assert tried.verification_id is not None  # amounts are awaited for it
        return await call_gateway(
            self._tools.gateway.confirm_amounts(tried.verification_id, amounts),
            undo=lambda _: self._give_try_back(tried),
            undo_twice=False,
            in_doubt=_IN_DOUBT,
        )

    async def _after_confirmation(self, tried: PaymentMethod) -> PaymentMethod:
        """Record the right amounts, and look up whether they have verified the account; else a check does that."""
        method = await patiently(lambda: self._record_confirmed(tried))
        match await attempt(self._tools.lookups.find_method(method.account_id, method.token)):
            case Done(found):
                recorded = await patiently(
                    lambda: self._tools.recorder.record_found(method.account_id, method.id, method.version, found)
                )
                return recorded.method
        return method

    async def _after_refusal(self, tried: PaymentMethod) -> PaymentMethod:
        """Look up why the gateway awaits no amounts.

        It may have confirmed them in a request whose response was lost. It does not say so, but then the verification
        that we know goes on and awaits none.
        """
        account_id = tried.account_id
        outcome = await attempt(self._tools.lookups.find_method(account_id, tried.token))
        if not isinstance(outcome, Done):
            await patiently(lambda: self._give_try_back(tried), past_a_lost_commit=False)
            raise GatewayUnreachableError from outcome.error
        found = outcome.value
        if _goes_on(found, tried):
            return await patiently(lambda: self._record_confirmed(tried))
        record = self._tools.recorder.record_found
        recorded = await patiently(lambda: record(account_id, tried.id, tried.version, found))
        return recorded.method

    @in_transaction
    async def _record_confirmed(self, tried: PaymentMethod) -> PaymentMethod:
        account, method = await self._tools.recorder.lock(tried.account_id, tried.id)
        if not _is_still_awaited(method, tried):
            return method
        self._core.audit.record(method.account_id, "payment_method.amounts_confirmed", method.id)
        return await self._tools.methods.update(
            account, transitions.with_amounts_confirmed(method, self._core.clock.now())
        )

    @in_transaction
    async def _record_locked(self, tried: PaymentMethod) -> None:
        account, method = await self._tools.recorder.lock(tried.account_id, tried.id)
        if _is_still_awaited(method, tried):
            await self._tools.methods.update(account, self._tools.recorder.failed(method, TOO_MANY_TRIES))

    @in_transaction
    async def _give_try_back(self, tried: PaymentMethod) -> None:
        account, method = await self._tools.recorder.lock(tried.account_id, tried.id)
        if _is_still_awaited(method, tried):
            await self._tools.methods.update(account, transitions.with_try_back(method, self._core.clock.now()))


def _is_still_awaited(method: PaymentMethod, tried: PaymentMethod) -> bool:
    """Return whether the verification of the try is still open."""
    return (
        method.status is MethodState.PENDING
        and method.verification_wants_amounts
        and method.verification_id == tried.verification_id
    )


def _goes_on(found: VaultedMethod | None, tried: PaymentMethod) -> bool:
    if not isinstance(found, VaultedBankAccount) or found.verification is None:
        return False
    return found.verification.id == tried.verification_id and found.verification.wants_amounts


def _require_progress(method: PaymentMethod) -> None:
    """Raise the reason why the amounts were of no use, unless the account is verified or waits for its deposits."""
    if method.status is not MethodState.ACTIVE and next_step(method) != "wait":
        _require_awaiting(method)
        raise VerificationNotAwaitedError(method.id, next_step(method))  # another verification has begun


def _require_awaiting(method: PaymentMethod) -> None:
    if method.status in {MethodState.REMOVING, MethodState.REMOVED}:
        raise PaymentMethodRemovedError(method.id)
    is_pending = method.status is MethodState.PENDING
    is_out_of_tries = is_pending and method.verification_wants_amounts and not tries_left(method)
    if is_out_of_tries or method.decline_code == TOO_MANY_TRIES.code:
        raise VerificationLockedError(method.id)
    step = next_step(method)
    if step != "confirm_amounts":
        raise VerificationNotAwaitedError(method.id, step)
