"""Checking methods at the gateway, so that our rows and its vault never differ for long."""

from collections import Counter
from uuid import UUID

import structlog

from billing_api.errors import AppError
from billing_api.gateway.steps import run_checks
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.model import DueMethod, PaymentMethod
from billing_api.payment_methods.open_requests import open_change
from billing_api.payment_methods.states import MethodState
from billing_api.payment_methods.update import UpdateMethod
from billing_api.payment_methods.vault import Vault

log = structlog.get_logger(__name__)


class CheckMethods:
    """Finishes requests whose response was lost and removals, and compares stored methods with the gateway's."""

    def __init__(self, tools: MethodTools, vault: Vault, update: UpdateMethod) -> None:
        self._core = tools.core
        self._tools = tools
        self._vault = vault
        self._update = update

    async def check_due(self, limit: int) -> Counter[str]:
        """Check up to `limit` methods of all accounts that are due, each on its own; safe to run twice at once.

        Return how many were `checked`; a method whose check failed is logged, and due again after the quiet period.
        Raise UnavailableError when the database can't return the methods that are due.
        """
        due = await self._tools.methods.list_due(self._core.clock.now(), limit)
        return await run_checks(
            due, self._check_due, self._tools.recorder.postpone, event="payment_method_not_checked", key="method_id"
        )

    async def check_token(self, token: str) -> bool:
        """Check the method of a token that a webhook names, and return whether it is ours. Raise GatewayError."""
        found = await self._tools.methods.find_by_token(token)
        if found is None:
            return False
        await self.check(found.account_id, found.id)
        return True

    async def check(self, account_id: UUID, method_id: UUID) -> None:
        """Take the step that the method's state needs now. Raise GatewayError when the gateway can't be reached."""
        method = await self._tools.recorder.get(account_id, method_id)
        is_due = method.next_check_at is not None and method.next_check_at <= self._core.clock.now()
        match method.status:
            case MethodState.VAULTING if is_due:  # else its request is under way, and records its own outcome
                await self._finish_storing(method)
            case MethodState.DISCARDING:
                await self._vault.discard(account_id, method_id)
            case MethodState.REMOVING:
                await self._tools.lookups.delete_method(account_id, method.token)
                await self._tools.recorder.record_removed(account_id, method_id, method.token)
            case MethodState.ACTIVE if is_due and (change := open_change(method)) is not None and change.overlapped:
                await self._update.settle_address(account_id, method_id)
            case MethodState.PENDING | MethodState.ACTIVE | MethodState.VERIFICATION_FAILED:
                found = await self._tools.lookups.find_method(account_id, method.token)
                await self._tools.recorder.record_found(account_id, method_id, method.version, found)

    async def _check_due(self, due: DueMethod) -> str:
        await self.check(due.account_id, due.id)
        return "checked"

    async def _finish_storing(self, method: PaymentMethod) -> None:
        """Keep the method of a request that died or lost its response, by the request's options, or remove it."""
        vaulted = await self._tools.lookups.find_method(method.account_id, method.token)
        if vaulted is None:
            await self._tools.recorder.record_refused(method.account_id, method.id, "never_stored")
            return
        try:
            await self._vault.settle(method.account_id, method.id, vaulted)
        except AppError as refusal:  # no client waits for the error, and the audit log has it
            log.info("payment_method_refused_late", method_id=str(method.id), code=refusal.code)
