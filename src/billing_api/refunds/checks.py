"""Find out the outcome of refunds whose response was lost, and send those again that waited for settlement."""

from collections import Counter
from dataclasses import replace
from uuid import UUID

from billing_api.core import Core
from billing_api.gateway.charges import ChargeStatus
from billing_api.gateway.port import Gateway
from billing_api.gateway.steps import PASS_LIMIT, Done, attempt, run_checks
from billing_api.jobs.errors import TryAgainError
from billing_api.kit.batches import FAILED, NOT_BELIEVED
from billing_api.kit.ids import new_id
from billing_api.kit.metrics import RECONCILED
from billing_api.payments.reconciling import PaymentChecks
from billing_api.refunds.model import RefundDetail
from billing_api.refunds.reading import read_refund
from billing_api.refunds.recording import RefundRecorder
from billing_api.refunds.repository import RefundRepository
from billing_api.refunds.schemas import RefundRead
from billing_api.refunds.sending import SendRefund
from billing_api.refunds.states import NO_MONEY_LEFT, VOIDED, RefundOutcome, RefundState, outcome_of_search
from billing_api.refunds.values import AwaitedRefunds, DueRefund

SORT = "refunds"


class RefundChecks:
    """Looks refunds up at the gateway: one now, or all that are due."""

    def __init__(
        self,
        core: Core,
        refunds: RefundRepository,
        gateway: Gateway,
        recorder: RefundRecorder,
        sender: SendRefund,
        payments: PaymentChecks,
    ) -> None:
        self._core = core
        self._refunds = refunds
        self._gateway = gateway
        self._recorder = recorder
        self._sender = sender
        self._payments = payments

    async def resolve(self, account_id: UUID, refund_id: UUID) -> RefundRead:
        """Look up a refund that is not final, and record its outcome; two may do it at once.

        Raise RefundNotFoundError, GatewayError.
        """
        refund = await self._refunds.get(account_id, refund_id)
        if refund.charge_id is None or refund.state is RefundState.SUCCEEDED:
            return read_refund(refund)
        looked_at = self._core.clock.now()
        outcome = outcome_of_search(await self._gateway.find_refunds(refund.order))
        if outcome is None and refund.is_whole and await self._is_voided(refund.charge_id):
            outcome = VOIDED
        if outcome is not None:
            return await self._sender.record(refund, await self._unless_stopped(refund, outcome))
        if refund.state is RefundState.WAITING_FOR_SETTLEMENT:
            return await self._send_again(refund)
        await self._payments.require_control(account_id)
        return await self._recorder.record_absence(account_id, refund_id, looked_at)

    async def resolve_waiting(self, account_id: UUID, payment_id: UUID) -> None:
        """Resolve the refunds of a payment that wait for its charge to settle. Raise GatewayError."""
        for waiting in await self._refunds.list_waiting(account_id, payment_id):
            await self.resolve(waiting.account_id, waiting.id)

    async def resolve_due(self, limit: int = PASS_LIMIT) -> Counter[str]:
        """Resolve up to `limit` refunds of all accounts whose check is due, each on its own, longest overdue first.

        Return how many are `final` now, and how many `live`; one that could not be looked up is logged, and due again
        after the quiet period. Two may do it at once. Raise UnavailableError when the due refunds can't be read.
        """

        async def check(due: DueRefund) -> str:
            return "live" if (await self.resolve(due.account_id, due.id)).status.is_live else "final"

        due = await self._refunds.list_due(self._core.clock.now(), limit)
        counts = await run_checks(due, check, self._recorder.postpone, event="refund_not_resolved", key="refund_id")
        for outcome, count in counts.items():
            RECONCILED.labels(SORT, outcome).inc(count)
        return counts

    async def run_or_fail(self) -> None:
        """Run a pass as a job. Raise TryAgainError when something could not be looked up: it is due again later."""
        counts = await self.resolve_due()
        if counts[FAILED] or counts[NOT_BELIEVED]:
            raise TryAgainError(f"not looked up: {counts[FAILED] + counts[NOT_BELIEVED]} refunds")

    async def count_awaited(self) -> list[AwaitedRefunds]:
        """Return the refunds of all accounts that are not final, by state. Raise UnavailableError."""
        return await self._refunds.count_awaited()

    async def _is_voided(self, charge_id: str) -> bool:
        return (await self._gateway.find_charge(charge_id)).status is ChargeStatus.CANCELLED

    async def _unless_stopped(self, refund: RefundDetail, outcome: RefundOutcome) -> RefundOutcome:
        """Void a refund under way whose payment has lost its money, as long as the gateway does that.

        Return the outcome; when it is too late, the one that was found.
        """
        refund_id = outcome.transaction_id
        if outcome.state is not RefundState.PENDING or refund_id is None:
            return outcome
        if not await self._recorder.is_without_money(refund.account_id, refund.id):
            return outcome
        voided = await attempt(self._gateway.void(refund_id, request_key=str(new_id())))
        return replace(NO_MONEY_LEFT, transaction_id=refund_id) if isinstance(voided, Done) else outcome

    async def _send_again(self, refund: RefundDetail) -> RefundRead:
        """Send a refund that was refused because its charge had not settled; its payment is looked up first."""
        await self._payments.resolve(refund.account_id, refund.payment_id)
        again = await self._recorder.begin_again(refund.account_id, refund.id)
        if again is not None:
            return (await self._sender.send(again))[0]
        return read_refund(await self._refunds.get(refund.account_id, refund.id))
