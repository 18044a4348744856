"""Looking methods up at the gateway, so that our rows and its vault never disagree for long."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

import structlog

from billing_api.db.database import Database, in_transaction
from billing_api.errors import AppError
from billing_api.gateway.steps import run_checks
from billing_api.kit.clock import Clock
from billing_api.payment_methods.changing import MethodChanges
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.recording import MethodRecorder, open_change
from billing_api.payment_methods.repository import DueMethod, PaymentMethodRepository
from billing_api.payment_methods.vaulting import Vault

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    token: str
    status: str
    version: int
    is_due: bool
    change_crossed: bool


class MethodChecks:
    """One check for every state: what was never answered, what must go, what waits for its bank, what may be gone."""

    def __init__(
        self,
        db: Database,
        methods: PaymentMethodRepository,
        lookups: Lookups,
        vault: Vault,
        changes: MethodChanges,
        recorder: MethodRecorder,
        clock: Clock,
    ) -> None:
        self.db = db
        self._methods = methods
        self._lookups = lookups
        self._vault = vault
        self._changes = changes
        self._recorder = recorder
        self._clock = clock

    async def check_due(self, limit: int) -> Counter[str]:
        """Check up to `limit` methods of all accounts that are due, each on its own; safe to run twice at once.

        Answers how many were `checked`; one that failed is logged, and due again in some minutes. Raises
        UnavailableError when the database can't tell what is due.
        """
        due = await self._methods.list_due(self._clock.now(), limit)
        return await run_checks(
            due, self._check_due, self._recorder.postpone, event="payment_method_not_checked", key="method_id"
        )

    async def _check_due(self, due: DueMethod) -> str:
        await self.check(due.account_id, due.id)
        return "checked"

    async def check_token(self, token: str) -> None:
        """Check the method of a token that a notice named; nothing happens for one that is not ours.

        Raises GatewayError when the gateway can't tell.
        """
        found = await self._find_by_token(token)
        if found is None:
            log.info("notice_of_unknown_method")
            return
        await self.check(found.account_id, found.id)

    async def check(self, account_id: UUID, method_id: UUID) -> None:
        """Do what the method's state wants now. Raises GatewayError when the gateway can't tell."""
        seen = await self._look(account_id, method_id)
        match seen.status:
            case "vaulting" if seen.is_due:  # else its request is under way, and wants to answer for it
                await self._end_vaulting(account_id, method_id, seen.token)
            case "discarding":
                await self._vault.discard(account_id, method_id)
            case "removing":
                await self._lookups.delete_method(account_id, seen.token)
                await self._recorder.record_removed(account_id, method_id, seen.token)
            case "active" if seen.is_due and seen.change_crossed:
                await self._changes.settle_address(account_id, method_id)
            case "pending" | "active" | "verification_failed":
                found = await self._lookups.find_method(account_id, seen.token)
                await self._recorder.record_found(account_id, method_id, seen.version, found)

    async def _end_vaulting(self, account_id: UUID, method_id: UUID, token: str) -> None:
        """A request died, or lost its answer: what it stored is kept as it had asked, or goes again."""
        vaulted = await self._lookups.find_method(account_id, token)
        if vaulted is None:
            await self._recorder.record_refused(account_id, method_id, "never_stored")
            return
        try:
            await self._vault.settle(account_id, method_id, vaulted)
        except AppError as refusal:  # nobody waits for this answer: the audit log has it
            log.info("payment_method_refused_late", method_id=str(method_id), code=refusal.code)

    @in_transaction
    async def _look(self, account_id: UUID, method_id: UUID) -> _Seen:
        row = await self._methods.find_row(account_id, method_id)
        assert row is not None  # it was listed, and rows are never deleted
        is_due = row.next_check_at is not None and row.next_check_at <= self._clock.now()
        change = open_change(row) if row.is_shown else None
        return _Seen(row.token, row.status, row.version, is_due, change is not None and change.crossed)

    @in_transaction
    async def _find_by_token(self, token: str) -> DueMethod | None:
        return await self._methods.find_by_token(token)
