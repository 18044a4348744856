"""Send the sale of a payment that is written, and record its outcome; no transaction is open when it is sent."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TypeGuard
from uuid import UUID

import structlog

from billing_api.db.retries import PATIENCE, patiently
from billing_api.gateway.charges import Charge, ChargeOrder
from billing_api.gateway.failures import (
    GatewayError,
    GatewayInvalidError,
    GatewayNonceUsedError,
    GatewayOrderRepeatedError,
    GatewayUnavailableError,
)
from billing_api.gateway.port import Gateway
from billing_api.gateway.reasons import NONCE_USED
from billing_api.gateway.steps import Done, InDoubt, NotDone, attempt
from billing_api.payment_methods.one_time import OneTimeMethods
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.errors import PaymentDeclinedError
from billing_api.payments.purchases import Purchases
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.recording import Recorder
from billing_api.payments.results import refusal_of
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import (
    UNKNOWN,
    ChargeOutcome,
    PaymentState,
    nonce_used,
    outcome_of,
    outcome_of_error,
    outcome_of_search,
)
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
        one_time: OneTimeMethods,
        purchases: Purchases,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Take the time for which an outcome waits for a database that is away."""
        self._gateway = gateway
        self._recorder = recorder
        self._checks = checks
        self._methods = methods
        self._one_time = one_time
        self._purchases = purchases
        self._patience = patience

    async def prepare(self) -> None:
        """Compare the merchant accounts' currencies, once in a process, so that no charge is sent in a wrong one."""
        with suppress(GatewayError):  # the charge finds out
            await self._gateway.check_accounts()

    async def charge(self, account_id: UUID, submitted: Submitted) -> PaymentRead:
        """Return the payment with its outcome; one whose outcome is open, or `processing`, is a result too.

        Raise PaymentDeclinedError, PaymentNotSentError; PaymentReturnedError and PaymentCancelledError when that was
        recorded first, by a webhook or a check.
        """
        if submitted.order is None:
            return submitted.payment
        order = await self._purchases.complete(account_id, submitted.order, submitted.payment)
        outcome = await self._send(account_id, order)
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
            # A nonce that came twice is a double click, and no stolen card that is tested.
            if isinstance(refusal, PaymentDeclinedError) and refusal.decline_code != NONCE_USED:
                await self._methods.count_decline(account_id)
            raise refusal
        return payment

    async def _send(self, account_id: UUID, order: ChargeOrder) -> ChargeOutcome:
        done = await attempt(self._charge(account_id, order))
        if _may_be_for_its_purchase(done, order):
            log.warning("purchase_data_refused", order_id=order.order_id, refusal=str(done.error))
            plain = replace(order, purchase=None, request_key=f"{order.request_key}-plain")
            done = await attempt(self._charge(account_id, plain))
        if isinstance(done, Done):
            return outcome_of(done.value)
        if isinstance(done.error, GatewayOrderRepeatedError):
            return await self._look_up(order, done.error)
        return outcome_of_error(done.error)

    async def _charge(self, account_id: UUID, order: ChargeOrder) -> Charge:
        if order.nonce is not None and order.nonce.customer_id is not None:
            try:
                await self._one_time.prepare(account_id, order.nonce.customer_id)
            except GatewayError as error:  # whatever it is, the sale was not sent
                raise GatewayUnavailableError(f"no customer: {error}") from error
        return await self._gateway.charge(order)

    async def _look_up(self, order: ChargeOrder, error: GatewayOrderRepeatedError) -> ChargeOutcome:
        """Return the outcome of an order that the gateway had before, or its nonce: it may have charged it already.

        Where another order has used the nonce, this one was refused, and ends at once. Its later checks find a charge
        that the search missed.
        """
        found = await attempt(self._gateway.find_charges(order))
        if not isinstance(found, Done):
            return UNKNOWN
        if (outcome := outcome_of_search(found.value)) is not None:
            return outcome
        return nonce_used(error.refusal) if isinstance(error, GatewayNonceUsedError) else UNKNOWN


def _may_be_for_its_purchase(done: Done[Charge] | NotDone | InDoubt, order: ChargeOrder) -> TypeGuard[NotDone]:
    """Return whether the gateway has refused an order, and done nothing, perhaps for its level 2 or 3 data.

    A nonce may be used up by a refusal, so that it is not sent again.
    """
    is_refused = isinstance(done, NotDone) and isinstance(done.error, GatewayInvalidError)
    return is_refused and order.purchase is not None and order.nonce is None
