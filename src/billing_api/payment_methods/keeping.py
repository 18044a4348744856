"""Keeping a method that the gateway has stored: as a new one, or in the place of one that was there before."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.db.database import in_transaction
from billing_api.errors import AppError, StaleVersionError
from billing_api.gateway.errors import GatewayUnreachableError
from billing_api.gateway.methods import VaultedBankAccount, VaultedCard, VaultedMethod, VaultedOther
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.payment_methods import transitions
from billing_api.payment_methods.details import reason_not_to_keep
from billing_api.payment_methods.errors import DuplicateMethodError, PaymentMethodRemovedError
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.open_requests import StoreOptions, options_of
from billing_api.payment_methods.states import MethodState


@dataclass(frozen=True, slots=True)
class Kept:
    """The outcome of storing: the method that holds the card or account now, or why it is refused.

    With `leftover` the token of the request's own row is to be removed from the gateway.
    """

    method: PaymentMethod
    leftover: bool = False
    refusal: AppError | None = None


class MethodKeeper:
    """Decides about a method that the gateway has stored: whether it is kept, and in which row."""

    def __init__(self, tools: MethodTools) -> None:
        self.db = tools.core.db
        self._core = tools.core
        self._tools = tools

    @in_transaction
    async def record(self, account_id: UUID, method_id: UUID, vaulted: VaultedMethod) -> Kept:
        """Record that the gateway has stored the method of a `vaulting` row, and keep it or refuse it."""
        account, method = await self._tools.recorder.lock(account_id, method_id)
        return await self.record_locked(account, method, vaulted)

    async def record_locked(self, account: LockedAccount, method: PaymentMethod, vaulted: VaultedMethod) -> Kept:
        """Record it as a part of a transaction."""
        account_id, method_id = account.id, method.id
        await self._tools.methods.confirm_customer(account_id, now=self._core.clock.now())
        if method.status is MethodState.REFUSED:  # the response was so late that a check had given the method up
            return await self._refuse(account, method, GatewayUnreachableError())
        if method.status is not MethodState.VAULTING:  # another process has recorded it
            return Kept(method, leftover=method.status is MethodState.DISCARDING)
        refusal = reason_not_to_keep(method, vaulted, self._core.clock.today())
        if refusal is not None:
            kept = await self._refuse(account, method, refusal)
        else:
            assert not isinstance(vaulted, VaultedOther)  # that is refused
            kept = await self._keep(account, method, vaulted, options_of(method))
        if kept.refusal is not None:
            self._core.audit.record(account_id, "payment_method.refused", method_id, reason=kept.refusal.code)
        return kept

    async def _keep(
        self,
        account: LockedAccount,
        method: PaymentMethod,
        vaulted: VaultedCard | VaultedBankAccount,
        options: StoreOptions,
    ) -> Kept:
        target = await self._tools.recorder.get(account.id, options.replaces) if options.replaces is not None else None
        if target is not None and (refusal := _changed_meanwhile(target, options)) is not None:
            return await self._refuse(account, method, refusal)
        duplicate = await self._find_duplicate(account, vaulted, options)
        if duplicate is not None and options.on_duplicate == "reject":
            return await self._refuse(account, method, DuplicateMethodError(duplicate.id))
        target = target or duplicate
        if target is None:
            return await self._add(account, method, vaulted, options)
        is_free = True
        if isinstance(vaulted, VaultedCard):  # a bank account keeps the token whose verification has begun
            is_free = not await self._tools.methods.list_holders(account, target.id)
            new_token, old_token = method.token, target.token
            target = await self._replace(account, target, new_token, vaulted)
            method = transitions.with_token(method, old_token)
        if options.default and not target.is_default:
            target = await self._tools.recorder.set_default(account, target, default=True)
        await self._discard(account, method, after=timedelta(0) if is_free else QUIET_PERIOD)
        return Kept(target, leftover=is_free)

    async def _find_duplicate(
        self, account: LockedAccount, vaulted: VaultedCard | VaultedBankAccount, options: StoreOptions
    ) -> PaymentMethod | None:
        """Return the stored method with the same number if the options forbid a copy; an expired card may have one."""
        if options.on_duplicate == "store_again" or vaulted.fingerprint is None:
            return None
        return await self._tools.methods.find_duplicate(
            account,
            vaulted.fingerprint,
            excluding=options.replaces,
            today=self._core.clock.today(),
            expired_too=options.on_duplicate == "use_existing",
        )

    async def _replace(
        self, account: LockedAccount, target: PaymentMethod, token: str, card: VaultedCard
    ) -> PaymentMethod:
        replaced = self._tools.recorder.scheduled(transitions.replaced(target, token, card, self._core.clock.now()))
        self._tools.recorder.announce(replaced, "replaced", last4=replaced.last4, old_last4=target.last4)
        return await self._tools.recorder.update_details(account, target, replaced)

    async def _add(
        self,
        account: LockedAccount,
        method: PaymentMethod,
        vaulted: VaultedCard | VaultedBankAccount,
        options: StoreOptions,
    ) -> Kept:
        default = options.default
        if default is None:
            default = not await self._tools.methods.has_stored(account)
        if default:
            await self._tools.recorder.clear_default(account)
        stored = transitions.stored(method, vaulted, self._core.clock.now(), default=default)
        stored = self._tools.recorder.scheduled(stored)
        self._tools.recorder.announce(stored, "stored", status=stored.status, last4=stored.last4, default=default)
        return Kept(await self._tools.methods.update(account, stored))

    async def _refuse(self, account: LockedAccount, method: PaymentMethod, refusal: AppError) -> Kept:
        return Kept(await self._discard(account, method), leftover=True, refusal=refusal)

    async def _discard(
        self, account: LockedAccount, method: PaymentMethod, *, after: timedelta = timedelta(0)
    ) -> PaymentMethod:
        return await self._tools.methods.update(
            account, transitions.discarding(method, self._core.clock.now(), after=after)
        )


def _changed_meanwhile(target: PaymentMethod, options: StoreOptions) -> AppError | None:
    """Return the reason not to replace the card, or None."""
    if target.status is not MethodState.ACTIVE:
        return PaymentMethodRemovedError(target.id)
    if options.replaces_version is not None and target.version != options.replaces_version:
        return StaleVersionError()
    return None
