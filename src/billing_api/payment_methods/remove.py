"""Removing a method: recorded first, then done at the gateway; a check finishes a removal that was left open."""

from uuid import UUID

from billing_api.db.database import in_transaction
from billing_api.db.retries import patiently
from billing_api.gateway.steps import call_gateway
from billing_api.kit.version import Version
from billing_api.payment_methods import transitions
from billing_api.payment_methods.errors import PaymentMethodInUseError
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.schemas import PaymentMethodRemoved
from billing_api.payment_methods.states import MethodState
from billing_api.payment_methods.uses import MethodUses


class RemoveMethod:
    """Removes a method from the account and from the gateway."""

    def __init__(self, tools: MethodTools) -> None:
        self.db = tools.core.db
        self._core = tools.core
        self._tools = tools

    async def remove(
        self, account_id: UUID, method_id: UUID, version: Version, *, detach: bool
    ) -> PaymentMethodRemoved:
        """Remove a method here and at the gateway; repeated, it finishes a removal whose response was lost.

        With `detach`, its scheduled payments are cancelled and its autopay is switched off in the transaction that
        records the removal. A payment under way goes on.
        Raise PaymentMethodNotFoundError, PaymentMethodInUseError, StaleVersionError, GatewayUnreachableError,
        GatewayResponseLostError.
        """
        before = await self._begin(account_id, method_id, version, detach=detach)
        if before.status is not MethodState.REMOVED:
            await call_gateway(
                self._tools.lookups.delete_method(account_id, before.token),
                undo=lambda _: self._undo(before),
                in_doubt="the payment method may be removed or not. Remove it once more.",
            )
            ended = await patiently(lambda: self._tools.recorder.record_removed(account_id, method_id, before.token))
        else:
            ended = MethodUses()
        return PaymentMethodRemoved(
            id=method_id,
            was_default=before.is_default,
            cancelled_payments=list(ended.scheduled_payments),
            autopay_switched_off=ended.autopay,
            notice=_notice(ended, was_default=before.is_default),
        )

    @in_transaction
    async def _begin(self, account_id: UUID, method_id: UUID, version: Version, *, detach: bool) -> PaymentMethod:
        """Return the method as it was before."""
        account = await self._core.accounts.lock(account_id)
        method = await self._tools.methods.get(account_id, method_id)
        version.require(method.version)
        if not method.status.is_checked:  # it is removed, or another request removes it
            return method
        if not detach:  # else its uses end with the removal: the gateway may refuse it
            uses = await self._tools.users.uses_of(account, method_id)
            used_by = sorted([*await self._tools.methods.list_holders(account, method_id), *uses.kinds])
            if used_by:
                raise PaymentMethodInUseError(method_id, used_by, uses.scheduled_payments)
        await self._tools.methods.update(account, transitions.removing(method, self._core.clock.now()))
        return method

    @in_transaction
    async def _undo(self, before: PaymentMethod) -> None:
        """Restore the method; a removal that another request has begun stays open."""
        account, method = await self._tools.recorder.lock(before.account_id, before.id)
        if method.status is MethodState.REMOVING and before.status is not MethodState.REMOVING:
            await self._tools.methods.update(
                account, transitions.restored(method, before.status, self._core.clock.now())
            )


def _notice(ended: MethodUses, *, was_default: bool) -> str | None:
    """Return the sentences for the user about all that changes with the removal, or None."""
    sentences = ["This was the default payment method: choose another."] * was_default
    if count := len(ended.scheduled_payments):
        sentences.append(
            "A scheduled payment was cancelled." if count == 1 else f"{count} scheduled payments were cancelled."
        )
    if ended.autopay:
        sentences.append("Autopay was switched off.")
    return " ".join(sentences) or None
