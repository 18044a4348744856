"""Charges that turn up for a payment that had ended, or once too often: a row, an event and a measure for each."""

from uuid import UUID

import structlog

from billing_api.audit.service import AuditLog
from billing_api.events.service import Outbox
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.kit.metrics import LATE_CHARGES
from billing_api.payments.model import LateCharge, Payment
from billing_api.payments.repository import PaymentRepository

log = structlog.get_logger(__name__)


class LateCharges:
    """Notes late charges; the account's lock must be held."""

    def __init__(self, payments: PaymentRepository, audit: AuditLog, outbox: Outbox, clock: Clock) -> None:
        self._payments = payments
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def is_known_in(self, payment: Payment, transaction_id: str) -> bool:
        """Return whether this charge has turned up before."""
        known = await self._payments.list_late_charges(payment.account_id, payment.id)
        return any(charge.transaction_id == transaction_id for charge in known)

    async def is_any_open_in(self, payment: Payment) -> bool:
        """Return whether a charge of this payment is still to be given back."""
        known = await self._payments.list_late_charges(payment.account_id, payment.id)
        return any(charge.status == "giving_back" for charge in known)

    async def is_going_back_in(self, payment: Payment, transaction_id: str | None) -> bool:
        """Return whether this charge is given back, or is to be."""
        known = await self._payments.list_late_charges(payment.account_id, payment.id)
        return any(charge.transaction_id == transaction_id and charge.status != "accepted" for charge in known)

    async def add_in(self, payment: Payment, transaction_id: str, *, accepted: bool) -> None:
        """Note a charge: the payment takes it, or it is given back by the payment's next check."""
        now = self._clock.now()
        status = "accepted" if accepted else "giving_back"
        self._payments.add_late_charge(
            LateCharge(
                account_id=payment.account_id,
                id=new_id(),
                payment_id=payment.id,
                transaction_id=transaction_id,
                status=status,
                created_at=now,
                updated_at=now,
            )
        )
        if not accepted:
            payment.next_check_at = now
        log.error("payment_late_charge", payment_id=str(payment.id), state=payment.state, end=status)
        await self._tell_in(payment, transaction_id, status)

    async def finish_in(self, payment: Payment, late_charge_id: UUID) -> bool:
        """Note that a charge is given back, and return whether it was the payment's last one."""
        charges = await self._payments.list_late_charges(payment.account_id, payment.id)
        charge = next(one for one in charges if one.id == late_charge_id)
        if charge.status == "giving_back":  # else another check was faster
            charge.status, charge.updated_at = "given_back", self._clock.now()
            await self._tell_in(payment, charge.transaction_id, charge.status)
        return all(one.status != "giving_back" for one in charges)

    async def _tell_in(self, payment: Payment, transaction_id: str, status: str) -> None:
        LATE_CHARGES.labels(status).inc()
        facts = {"number": payment.number, "currency": payment.currency, "amount": payment.amount, "status": status}
        await self._audit.record_in(
            payment.account_id, "payment.late_charge", payment.id, transaction_id=transaction_id, **facts
        )
        await self._outbox.record_in(payment.account_id, "payment.late_charge", payment.id, **facts)
