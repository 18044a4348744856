"""Send a refund to the gateway, and record its outcome; no transaction is open meanwhile."""

from datetime import timedelta
from uuid import UUID

import structlog

from billing_api.db.retries import PATIENCE, patiently
from billing_api.gateway.failures import GatewayInvalidError
from billing_api.gateway.port import Gateway
from billing_api.gateway.steps import Done, attempt
from billing_api.kit.ids import new_id
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.returning import ReturnedPayments
from billing_api.payments.states import PaymentState
from billing_api.refunds.model import RefundDetail
from billing_api.refunds.recording import RefundRecorder
from billing_api.refunds.schemas import RefundRead
from billing_api.refunds.states import VOIDED, RefundOutcome, outcome_of, outcome_of_error

log = structlog.get_logger(__name__)


class SendRefund:
    """Voids the charge of a whole payment that has not settled, and refunds every other one."""

    def __init__(
        self, gateway: Gateway, recorder: RefundRecorder, returned: ReturnedPayments, checks: PaymentChecks
    ) -> None:
        self._gateway = gateway
        self._recorder = recorder
        self._returned = returned
        self._checks = checks

    async def send(self, refund: RefundDetail, *, patience: timedelta = PATIENCE) -> tuple[RefundRead, RefundOutcome]:
        """Send a refund that is written, and return it with its outcome.

        `patience` is how long it waits for a database in which the outcome is to be recorded.
        """
        outcome = await self._outcome(refund)
        return await self.record(refund, outcome, patience=patience), outcome

    async def record(
        self, refund: RefundDetail, outcome: RefundOutcome, *, patience: timedelta = PATIENCE
    ) -> RefundRead:
        """Record an outcome; that of a void after the payment has it. Recording twice does no harm."""
        account_id = refund.account_id
        if outcome is VOIDED:
            await patiently(lambda: self._cancel(account_id, refund.payment_id), patience=patience)
        return await patiently(lambda: self._recorder.record(account_id, refund.id, outcome), patience=patience)

    async def _outcome(self, refund: RefundDetail) -> RefundOutcome:
        order = refund.order
        if refund.is_whole:
            voiding = self._gateway.void(order.transaction_id, request_key=str(new_id()), written_at=order.written_at)
            done = await attempt(voiding)
            if isinstance(done, Done):
                return VOIDED
            if not isinstance(done.error, GatewayInvalidError):  # one that is refused has settled, or is settling
                return outcome_of_error(done.error)
        done = await attempt(self._gateway.refund(order))
        return outcome_of(done.value) if isinstance(done, Done) else outcome_of_error(done.error)

    async def _cancel(self, account_id: UUID, payment_id: UUID) -> None:
        """Record that the charge of a payment is voided: from a bank transfer under way a check finds that out."""
        payment = await self._returned.record(account_id, payment_id, PaymentState.CANCELLED)
        if payment.status.is_live:
            await self._checks.resolve(account_id, payment_id)
