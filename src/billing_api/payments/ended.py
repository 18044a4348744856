"""Outcomes for payments that have ended: a charge that is accepted or given back, or a result that was wrong."""

from dataclasses import replace

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.invoices.locked import LockedInvoices
from billing_api.kit.ids import new_id
from billing_api.payments.allocating import Allocations
from billing_api.payments.checking import FIRST_CHECK, LATER_CHECKS
from billing_api.payments.late_charges import LateCharges
from billing_api.payments.model import PaymentDetail
from billing_api.payments.retrying import RetryScheduled
from billing_api.payments.states import ChargeOutcome, PaymentState

log = structlog.get_logger(__name__)


class EndedPayments:
    """Decides whether a payment that has ended goes on."""

    def __init__(
        self, core: Core, allocations: Allocations, late_charges: LateCharges, retries: RetryScheduled
    ) -> None:
        self._core = core
        self._allocations = allocations
        self._late_charges = late_charges
        self._retries = retries

    async def reopen(
        self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome
    ) -> tuple[PaymentDetail, bool]:
        """Return the payment, and whether the outcome is to be recorded as for a payment that has not ended.

        A charge that holds money is accepted while all of its invoices are payable, and no later try of the payment
        was sent or cancelled; otherwise it is given back. The amounts of an accepted one are applied here, or reserved
        while the bank has yet to confirm it.
        """
        before = payment.state
        if outcome.holds_money:
            return await self._accept_or_give_back(account, payment, outcome)
        if before is PaymentState.FAILED and outcome.frees_key:
            # A reconciler has recorded `failed`; the request knows that nothing was sent.
            self._core.keys.free_subject(account.id, payment.id)
        elif before is PaymentState.FAILED and outcome.state is PaymentState.UNKNOWN:
            # Its own request was sent after two empty searches, or the charges found now need an operator's decision.
            invoices = await self._lock_again(account, payment)
            if invoices is not None:
                self._allocations.reserve(account, payment, invoices)
            payment = self._moved(
                account, payment, PaymentState.CANCELLING if invoices is None else PaymentState.UNKNOWN
            )
            payment = replace(payment, next_check_at=self._core.clock.now() + FIRST_CHECK)
        elif outcome.state not in {before, PaymentState.UNKNOWN} and (
            before is PaymentState.FAILED or await self._late_charges.may_have_another(account, payment)
        ):
            self._core.keys.reopen_subject(account.id, payment.id)
            return payment, True
        elif before is PaymentState.CANCELLING and outcome.state is PaymentState.UNKNOWN:
            payment = replace(payment, next_check_at=await self._late_charges.next_check(account, payment))
        elif outcome.transaction_id not in {None, payment.gateway_transaction_id}:
            log.error("charge_contradicts_payment", payment_id=str(payment.id), state=before, found=outcome.state)
        return payment, False

    async def _accept_or_give_back(
        self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome
    ) -> tuple[PaymentDetail, bool]:
        assert outcome.transaction_id is not None  # the gateway names a charge that holds money
        if await self._late_charges.is_known(account, payment, outcome.transaction_id):
            return payment, False
        has_no_money = payment.state.has_ended_without_money
        invoices = await self._lock_again(account, payment) if has_no_money else None
        if invoices is not None and payment.deposit_id is not None:
            payment = replace(payment, deposit_id=new_id())  # the first may be in the books, and taken back
        if invoices is not None and outcome.state is PaymentState.SUCCEEDED:
            await self._allocations.settle(account, payment, invoices)
        elif invoices is not None:
            self._allocations.reserve(account, payment, invoices)
        is_accepted = invoices is not None
        payment = await self._late_charges.add(account, payment, outcome.transaction_id, accepted=is_accepted)
        if has_no_money:
            payment = self._moved(account, payment, PaymentState.UNKNOWN if is_accepted else PaymentState.CANCELLING)
        return payment, is_accepted

    async def _lock_again(self, account: LockedAccount, payment: PaymentDetail) -> LockedInvoices | None:
        """Return the invoices that a payment which was sent after all can pay, in place of a next try that waits.

        None when it can't.
        """
        if await self._retries.is_replaced(account, payment):
            return None
        invoices = await self._allocations.lock_again(account, payment)
        if invoices is not None:
            await self._retries.withdraw(account, payment)
        return invoices

    async def reopen_for_return(self, account: LockedAccount, payment: PaymentDetail) -> PaymentDetail:
        """Return a payment whose late charge came back: it is `cancelling` again, unless its own money has come.

        Its next check is a day later: an operator has to act.
        """
        if payment.state.has_ended_without_money and payment.state not in {
            PaymentState.CANCELLING,
            PaymentState.RETURNED,
        }:
            payment = self._moved(account, payment, PaymentState.CANCELLING)
        return replace(payment, next_check_at=self._core.clock.now() + LATER_CHECKS)

    def _moved(self, account: LockedAccount, payment: PaymentDetail, state: PaymentState) -> PaymentDetail:
        """Return a payment that has not ended after all; its stored result is wrong, and forgotten."""
        self._core.keys.reopen_subject(account.id, payment.id)
        self._core.audit.record(account.id, f"payment.{state}", payment.id)
        return payment.moved(
            state, self._core.clock.now(), absent_since=None, decline_code=None, decline_text=None, decline_is_soft=None
        )
