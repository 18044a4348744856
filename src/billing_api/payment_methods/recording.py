"""Recording the gateway's responses in our rows: from a request or from a later check, each is recorded once."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.failures import Decline
from billing_api.gateway.methods import VaultedBankAccount, VaultedCard, VaultedMethod
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.changes import differences
from billing_api.payment_methods import transitions
from billing_api.payment_methods.details import details_of, is_an_update, is_verified_anew, state_after
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.open_requests import open_change
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.states import STORED, MethodState
from billing_api.payment_methods.uses import MethodUsers, MethodUses

# Banks respond within hours, deposits take days, and no webhook says when. After that the method waits for amounts,
# which the customer may never send.
_PENDING_CHECK, _LATER_PENDING_CHECK = timedelta(hours=1), timedelta(days=1)
_PENDING_DAYS = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class RecordedMethod:
    """A method after a look at the gateway; `counted` unless the row had changed since the look began."""

    method: PaymentMethod
    counted: bool


class MethodRecorder:
    """Writes the gateway's responses under the account's lock, with their audit entries and events."""

    def __init__(
        self, core: Core, methods: PaymentMethodRepository, users: MethodUsers, *, check_every: timedelta
    ) -> None:
        """Take the time between two looks at a method that can pay."""
        self.db = core.db
        self._core = core
        self._methods = methods
        self._users = users
        self._check_every = check_every

    @in_transaction
    async def record_refused(self, account_id: UUID, method_id: UUID, reason: str) -> None:
        """Record that nothing is left at the gateway of a method that was never shown."""
        account, method = await self.lock(account_id, method_id)
        if method.status is MethodState.VAULTING:
            self._core.audit.record(account_id, "payment_method.refused", method_id, reason=reason)
        if method.status in {MethodState.VAULTING, MethodState.DISCARDING}:
            await self._methods.update(account, transitions.refused(method, self._core.clock.now()))

    @in_transaction
    async def record_found(
        self,
        account_id: UUID,
        method_id: UUID,
        version: int,
        found: VaultedMethod | None,
        *,
        ends_change: bool = False,
    ) -> RecordedMethod:
        """Record the result of a look at the gateway: its details, whether it is verified, or that it is gone.

        When the row no longer has the `version` for which the look began, the result may be older than the row: then
        another look is due, and this one does not count.

        A change of its address stays open until a check is due. `ends_change` closes it, unless an earlier one
        overlapped it.
        """
        account, method = await self.lock(account_id, method_id)
        now = self._core.clock.now()
        if not method.status.is_checked:
            return RecordedMethod(method, counted=True)
        change = open_change(method)
        if method.version != version:
            if change is None:  # else a check is due once no older request can be under way
                method = await self._methods.update(account, transitions.with_next_check(method, now))
            return RecordedMethod(method, counted=False)
        if not isinstance(found, VaultedCard | VaultedBankAccount):
            removed, _ = await self._remove(account, method, by="gateway")
            return RecordedMethod(removed, counted=True)
        is_due = method.next_check_at is None or method.next_check_at <= now
        refreshed = self._refreshed(method, found)
        if change is None or is_due or (ends_change and not change.overlapped):
            refreshed = transitions.with_change_closed(refreshed)
        else:
            refreshed = transitions.with_next_check(refreshed, method.next_check_at)
        return RecordedMethod(await self.update_details(account, method, refreshed), counted=True)

    @in_transaction
    async def forget_change(self, account_id: UUID, method_id: UUID, version: int) -> None:
        """Record that the gateway certainly did not take the address that was sent at this version."""
        account, method = await self.lock(account_id, method_id)
        if (change := open_change(method)) is not None and change.version == version:
            await self._methods.update(account, transitions.with_change_closed(method))

    @in_transaction
    async def record_removed(self, account_id: UUID, method_id: UUID, token: str) -> MethodUses:
        """Record that the gateway has removed the token for us, and return the uses that have ended with the method.

        It is gone whatever the row's state: another removal, which the gateway refused, may have restored it meanwhile.
        """
        account, method = await self.lock(account_id, method_id)
        if method.token == token and method.status in STORED:  # else another request for the same was faster
            _, ended = await self._remove(account, method, by="customer")
            return ended
        return MethodUses()

    @in_transaction
    async def postpone(self, account_id: UUID, method_id: UUID) -> None:
        """Postpone a failed check by the quiet period, so that the others are made first."""
        account, method = await self.lock(account_id, method_id)
        if method.next_check_at is not None:
            due_at = self._core.clock.now() + QUIET_PERIOD
            await self._methods.update(account, transitions.with_next_check(method, due_at))

    # Parts of a transaction

    async def lock(self, account_id: UUID, method_id: UUID) -> tuple[LockedAccount, PaymentMethod]:
        """Return the account under its lock, with a method whose intent was committed."""
        return await self._core.accounts.lock(account_id), await self.get(account_id, method_id)

    async def get(self, account_id: UUID, method_id: UUID) -> PaymentMethod:
        """Return a method whose intent was committed; methods are never deleted."""
        method = await self._methods.find(account_id, method_id)
        assert method is not None
        return method

    async def update_details(
        self, account: LockedAccount, before: PaymentMethod, after: PaymentMethod
    ) -> PaymentMethod:
        """Write a method whose card may be another one, and have its users show that card."""
        if (before.brand, before.last4) != (after.brand, after.last4):
            self._users.show(account, after.id, brand=after.brand, last4=after.last4)
        return await self._methods.update(account, after)

    async def set_default(self, account: LockedAccount, method: PaymentMethod, *, default: bool) -> PaymentMethod:
        """Give a method the default flag, taken from the one that has it, or take it away."""
        if default:
            await self.clear_default(account)
        self._core.audit.record(account.id, "payment_method.default_changed", method.id, default=default)
        return await self._methods.update(
            account, transitions.with_default(method, self._core.clock.now(), default=default)
        )

    async def clear_default(self, account: LockedAccount) -> None:
        """Take the default flag from the method that has it."""
        if (method := await self._methods.find_default(account.id)) is not None:
            await self._methods.update(account, transitions.with_default(method, self._core.clock.now(), default=False))

    async def block(self, account: LockedAccount, method_id: UUID, code: str) -> None:
        """Keep a bank account from paying after a return with this code; one that is blocked or removed stays so."""
        method = await self.get(account.id, method_id)
        if method.status not in STORED or method.blocked_code is not None:
            return
        self.announce(method, "blocked", last4=method.last4, decline_code=code, was_default=method.is_default)
        await self._methods.update(account, transitions.blocked(method, code, self._core.clock.now()))

    def scheduled(self, method: PaymentMethod) -> PaymentMethod:
        """Return the method with the time of its next check."""
        now, wait = self._core.clock.now(), self._check_every
        if method.status is MethodState.PENDING:
            wait = _PENDING_CHECK if now < method.created_at + _PENDING_DAYS else _LATER_PENDING_CHECK
        return transitions.with_next_check(method, now + wait)

    def failed(self, method: PaymentMethod, decline: Decline) -> PaymentMethod:
        """Return a bank account whose verification has failed, and announce that."""
        failed = transitions.with_decline(method, decline, self._core.clock.now())
        return self.scheduled(self._announce_failure(method, failed))

    def announce(self, method: PaymentMethod, fact: str, **data: object) -> None:
        """Record a fact of a method in the audit log and as an event."""
        kind = f"payment_method.{fact}"
        self._core.audit.record(method.account_id, kind, method.id, type=method.kind, **data)
        self._core.events.record(method.account_id, kind, method.id, type=method.kind, **data)

    def _refreshed(self, method: PaymentMethod, found: VaultedCard | VaultedBankAccount) -> PaymentMethod:
        """Return the method as the gateway has it, and announce the changes."""
        now, state = self._core.clock.now(), state_after(method, found)
        changes = differences(method, details_of(method, found))
        known = transitions.with_details(method, changes)
        if method.blocked_code is not None and is_verified_anew(method, found):
            known = transitions.unblocked(known, now)
            self.announce(known, "verified", last4=known.last4)
        elif state is MethodState.ACTIVE and method.status is not state:
            known = transitions.verified(known, now)
            self.announce(known, "verified", last4=known.last4)
        elif state is MethodState.VERIFICATION_FAILED and method.status is not state:
            known = self._announce_failure(method, transitions.verification_failed(known, now))
        elif changes or method.status is not state:
            known = transitions.looked_up(known, state, now)
            if is_an_update(method, changes):
                self.announce(known, "updated", last4=known.last4)
        return self.scheduled(known)

    def _announce_failure(self, before: PaymentMethod, failed: PaymentMethod) -> PaymentMethod:
        data = {"last4": failed.last4, "decline_code": failed.decline_code, "was_default": before.is_default}
        self.announce(failed, "verification_failed", **data)
        return failed

    async def _remove(
        self, account: LockedAccount, method: PaymentMethod, *, by: str
    ) -> tuple[PaymentMethod, MethodUses]:
        """Return the removed method, and its uses, which end in the same transaction."""
        holders = await self._methods.list_holders(account, method.id)
        if holders:
            await self._methods.remove_holds(account, method.id)
        ended = await self._users.detach(account, method.id)
        if used_by := sorted([*holders, *ended.kinds]):
            self.announce(method, "detached", used_by=used_by)
        self.announce(
            method,
            "removed",
            by=by,
            was_default=method.is_default,
            last4=method.last4,
            cancelled_payments=[payment.model_dump(mode="json") for payment in ended.scheduled_payments],
            autopay_switched_off=ended.autopay,
        )
        return await self._methods.update(account, transitions.removed(method, self._core.clock.now())), ended
