"""Take back a payment that had succeeded: the bank returned its money, or its charge was voided before it settled."""

from dataclasses import replace
from uuid import UUID

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.failures import Decline
from billing_api.invoices.applying import ApplicationReason
from billing_api.kit.metrics import PAYMENT_OUTCOMES
from billing_api.payments.after_return import AfterReturn
from billing_api.payments.model import PaymentDetail
from billing_api.payments.reading import event_payload, read_payment
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import PaymentState
from billing_api.payments.taken_back import LostMoney, RefundsOfLost
from billing_api.payments.taking_back import TakeBack

log = structlog.get_logger(__name__)


class ReturnedPayments:
    """Records that the money of a payment is gone again, once; the request's stored result stays as it was."""

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        take_back: TakeBack,
        after_return: AfterReturn,
        refunds: RefundsOfLost,
    ) -> None:
        self.db = core.db
        self._core = core
        self._payments = payments
        self._take_back = take_back
        self._after_return = after_return
        self._refunds = refunds

    @in_transaction
    async def record(
        self, account_id: UUID, payment_id: UUID, state: PaymentState, decline: Decline | None = None
    ) -> PaymentRead:
        """Record a return, with its reason, or a cancellation: `state` is RETURNED or CANCELLED.

        Its invoices are open again, as far as its own money and its discounts had settled them. A payment that has not
        succeeded, or was taken back before, is returned as it is. Raise PaymentNotFoundError.
        """
        account = await self._core.accounts.lock(account_id)
        payment = await self._payments.get(account_id, payment_id)
        if payment.state is not PaymentState.SUCCEEDED:
            return read_payment(payment)
        payment = await self.take_back(account, payment, state, decline)
        self._payments.update(payment)
        return read_payment(payment)

    async def take_back(
        self, account: LockedAccount, payment: PaymentDetail, state: PaymentState, decline: Decline | None
    ) -> PaymentDetail:
        """Return a payment that had succeeded as it is without its money, for the caller to write."""
        reason = ApplicationReason.RETURN if state is PaymentState.RETURNED else ApplicationReason.CANCELLATION
        lacking = payment.amount - payment.disputed - await self._take_back.take_back(account, payment, reason)
        payment = payment.moved(state, self._core.clock.now(), unapplied=0)
        if decline is not None:
            payment = replace(
                payment, decline_code=decline.code, decline_text=decline.text, decline_is_soft=decline.soft
            )
        kind = f"payment.{state}"
        self.db.after_commit(PAYMENT_OUTCOMES.labels(state).inc)
        self._core.audit.record(account.id, kind, payment.id, decline_code=payment.decline_code)
        await self.follow(account, payment, lacking=lacking if state is PaymentState.RETURNED else 0)
        payload = event_payload(payment, payment.allocations, payment.credits)
        self._core.events.record(account.id, kind, payment.id, **payload)
        log.info("payment_taken_back", payment_id=str(payment.id), state=state)
        return payment

    async def follow(self, account: LockedAccount, payment: PaymentDetail, *, lacking: int = 0) -> None:
        """Do what follows for a payment whose money is not there any more: for its refunds, and from a return.

        `lacking` had been refunded before, and the bank has taken it all the same.
        """
        if payment.state in {PaymentState.RETURNED, PaymentState.CANCELLED}:
            await self._refunds.follow(account, LostMoney(payment.id, payment.state, lacking))
        await self._after_return.follow(account, payment)
