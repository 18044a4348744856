"""Send the sale of a payment that is written, and record its outcome; no transaction is open when it is sent."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog

from billing_api.db.retries import PATIENCE, patiently
from billing_api.gateway.port import ChargeOrder, Gateway, GatewayError
from billing_api.gateway.steps import Done, attempt
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.errors import PaymentDeclinedError
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.recording import Recorder
from billing_api.payments.results import refusal_of
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import Outcome, PaymentState, outcome_of, outcome_of_error
from billing_api.payments.submitting import Submitted

log = structlog.get_logger(__name__)


class Charging:
    """The steps of a payment after transaction one, whether a request or the worker has written it."""

    def __init__(
        self,
        gateway: Gateway,
        recorder: Recorder,
        checks: PaymentChecks,
        methods: PaymentMethods,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        """`patience` is how long an outcome waits for a database in which it is to be recorded."""
        self._gateway = gateway
        self._recorder = recorder
        self._checks = checks
        self._methods = methods
        self._patience = patience

    async def prepare(self) -> None:
        """Compare the merchant accounts' currencies, once in a process, so that no charge is sent in a wrong one."""
        with suppress(GatewayError):  # the charge finds out
            await self._gateway.check_accounts()

    async def charge(self, account_id: UUID, submitted: Submitted) -> PaymentRead:
        """Return the payment with its outcome; one whose outcome is open, or `processing`, is a result too.

        Raise PaymentDeclinedError, PaymentNotSentError; PaymentReturnedError and PaymentCancelledError when that was
        faster than this.
        """
        if submitted.order is None:
            return submitted.payment
        outcome = await self._send(submitted.order)
        try:
            # Recording is idempotent, so that a commit whose response was lost does no harm.
            payment = await patiently(
                lambda: self._recorder.record(account_id, submitted.payment.id, outcome), patience=self._patience
            )
        except Exception:  # money may have been taken: no error may hide that, and a reconciler finds it
            log.exception("payment_outcome_not_recorded", payment_id=str(submitted.payment.id), outcome=outcome.state)
            return submitted.payment
        if outcome.holds_money and payment.status is PaymentState.CANCELLING:
            await self._checks.resolve_late_charge(account_id, payment.id)
        if (refusal := refusal_of(payment, key_is_free=outcome.frees_key)) is not None:
            if isinstance(refusal, PaymentDeclinedError):
                await self._methods.count_decline(account_id)
            raise refusal
        return payment

    async def _send(self, order: ChargeOrder) -> Outcome:
        done = await attempt(self._gateway.charge(order))
        return outcome_of(done.value) if isinstance(done, Done) else outcome_of_error(done.error)
