"""The outcome of a charge: in the payment, its event, and the stored result of the request."""

from dataclasses import replace
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.kit.metrics import PAYMENT_OUTCOMES
from billing_api.payments.checking import next_check
from billing_api.payments.late_charges import LateCharges
from billing_api.payments.model import PaymentDetail
from billing_api.payments.reading import event_payload, read_payment
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.results import is_pending, result_of
from billing_api.payments.states import ChargeOutcome, PaymentState


class Outcomes:
    """Gives payments their outcomes. The money, and the payment itself, are the caller's to write."""

    def __init__(self, core: Core, payments: PaymentRepository, late_charges: LateCharges) -> None:
        self._core = core
        self._payments = payments
        self._late_charges = late_charges

    async def give(self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome) -> PaymentDetail:
        """Return the payment with its outcome."""
        now = self._core.clock.now()
        is_first = payment.state is PaymentState.SUBMITTING  # no late charge is known yet
        was_unknown = payment.state is PaymentState.UNKNOWN or outcome.resolver == "person"
        payment = payment.moved(outcome.state, now)
        if was_unknown and not outcome.state.is_open:
            payment = replace(payment, resolved_by=outcome.resolver)
        if outcome.decline is not None:
            code, text, is_soft = outcome.decline.code, outcome.decline.text, outcome.decline.soft
            payment = replace(payment, decline_code=code, decline_text=text, decline_is_soft=is_soft)
        check_at = next_check(payment, now) if is_first else await self._late_charges.next_check(account, payment)
        payment = replace(payment, next_check_at=check_at)
        if outcome.transaction_id is not None and payment.order_id is not None:
            self._payments.name_transaction(payment.order_id, outcome.transaction_id)
            payment = replace(payment, gateway_transaction_id=outcome.transaction_id)
        if outcome.three_d_secure is not None:
            status, shifted = outcome.three_d_secure.status, outcome.three_d_secure.liability_shifted
            payment = replace(payment, three_d_secure_status=status, liability_shifted=shifted)
        return payment

    def report(
        self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome, *, retried_by: UUID | None = None
    ) -> None:
        """Record the outcome in the audit log, and in an event once it is a fact of business."""
        kind = f"payment.{outcome.state}"
        self._core.db.after_commit(PAYMENT_OUTCOMES.labels(outcome.state).inc)
        self._core.audit.record(account.id, kind, payment.id, decline_code=payment.decline_code)
        if outcome.state.is_open or outcome.state is PaymentState.CANCELLING:
            return
        facts = event_payload(payment, payment.allocations, payment.credits)
        if retried_by is not None:
            facts |= {"retried_by": str(retried_by)}
        self._core.events.record(account.id, kind, payment.id, **facts)

    def store_result(self, account: LockedAccount, payment: PaymentDetail, *, frees_key: bool = False) -> None:
        """Store the result for repeats of the request, or let a repeat find the payment."""
        read, keys = read_payment(payment), self._core.keys
        if frees_key:
            keys.free_subject(account.id, payment.id)
        elif is_pending(read):
            keys.release_subject(account.id, payment.id)
        elif payment.state.is_live:  # it is not final: the key is kept as long as the bank takes
            keys.store_for_subject(account.id, payment.id, result_of(read))
        else:
            keys.finish_subject(account.id, payment.id, result_of(read))
