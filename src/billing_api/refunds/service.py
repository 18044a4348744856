"""Refunds: the gateway stands between two transactions, as for payments (docs/decisions/0008)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from billing_api.db.retries import PATIENCE
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.service import Payments
from billing_api.payments.states import PaymentState
from billing_api.refunds.errors import RefundNotFoundError
from billing_api.refunds.reading import read_refund, refusal_of
from billing_api.refunds.repository import RefundRepository
from billing_api.refunds.schemas import RefundCreate, RefundQuery, RefundRead
from billing_api.refunds.sending import SendRefund
from billing_api.refunds.states import WAITING, RefundState
from billing_api.refunds.submitting import RefundSubmitter
from billing_api.refunds.values import OwedRefund

log = structlog.get_logger(__name__)


class Refunds:
    """The refunds of one account's payments: listed, read and made."""

    def __init__(
        self,
        payments: Payments,
        refunds: RefundRepository,
        submitter: RefundSubmitter,
        sender: SendRefund,
        checks: PaymentChecks,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Take how long a request waits for a database in which an outcome is to be recorded."""
        self._payments = payments
        self._refunds = refunds
        self._submitter = submitter
        self._sender = sender
        self._checks = checks
        self._patience = patience

    async def list(self, account_id: UUID, payment_id: UUID, query: RefundQuery) -> Page[RefundRead]:
        """Return one page of a payment's refunds, newest first. Raise PaymentNotFoundError, BadCursorError."""
        await self._payments.get(account_id, payment_id)
        return Page[RefundRead].of(await self._refunds.list_page(account_id, payment_id, query), read_refund)

    async def get(self, account_id: UUID, payment_id: UUID, refund_id: UUID) -> RefundRead:
        """Return one refund of a payment. Raise RefundNotFoundError."""
        refund = await self.get_of_account(account_id, refund_id)
        if refund.payment_id != payment_id:
            raise RefundNotFoundError(refund_id)
        return refund

    async def get_of_account(self, account_id: UUID, refund_id: UUID) -> RefundRead:
        """Return one refund of whatever payment of the account. Raise RefundNotFoundError."""
        return read_refund(await self._refunds.get(account_id, refund_id))

    async def list_owed(self, limit: int) -> Sequence[OwedRefund]:
        """Return up to `limit` refunds of all accounts whose money is due again, the oldest first."""
        return await self._refunds.list_owed(limit)

    async def refund(self, account_id: UUID, payment_id: UUID, wanted: RefundCreate, key: IdempotencyKey) -> RefundRead:
        """Give money of a payment back, once however often the request is repeated.

        A refund that waits, or whose outcome is open, is a result too. Raise RefundDeclinedError, RefundNotSentError,
        IdempotentReplay, and, before anything is written, the errors of `RefundSubmitter.submit`.
        """
        refund_id = new_id()  # made here, so that a repeated transaction writes the same refund and order id
        refund = await self._submitter.submit(account_id, payment_id, refund_id, wanted, key)
        if refund.state is RefundState.SUCCEEDED:
            return read_refund(refund)
        try:
            if not refund.is_whole and not await self._has_finished(account_id, payment_id):
                return await self._sender.record(refund, WAITING, patience=self._patience)
            read, outcome = await self._sender.send(refund, patience=self._patience)
        except Exception:  # money may have been given back: no error may hide that, and a reconciler finds it
            log.exception("refund_outcome_not_recorded", refund_id=str(refund.id))
            return read_refund(refund)
        if (refusal := refusal_of(read, key_is_free=outcome.frees_key)) is not None:
            raise refusal
        return read

    async def _has_finished(self, account_id: UUID, payment_id: UUID) -> bool:
        """Return whether the payment is no longer under way; a bank transfer is looked up at the gateway."""
        payment = await self._payments.get(account_id, payment_id)
        if payment.status is PaymentState.PROCESSING:
            payment = await self._checks.resolve(account_id, payment_id)
        return payment.status is not PaymentState.PROCESSING
