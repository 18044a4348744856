"""Charges that are found for a payment that had ended, or once too often: a row, an event and a metric for each."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.kit.ids import new_id
from billing_api.kit.metrics import LATE_CHARGES
from billing_api.payments.checking import next_check
from billing_api.payments.model import LateCharge, Payment, PaymentDetail
from billing_api.payments.repository.late_charges import LateChargeRepository
from billing_api.payments.states import PaymentState

log = structlog.get_logger(__name__)

# Such a charge still has money that is to be given back.
_OPEN = {"giving_back", "came_back"}


class LateCharges:
    """The late charges of one payment at a time."""

    def __init__(self, core: Core, charges: LateChargeRepository) -> None:
        self._core = core
        self._charges = charges

    async def is_known(self, account: LockedAccount, payment: Payment, transaction_id: str) -> bool:
        """Return whether this charge was found before: it is the payment's own, or a late one."""
        if transaction_id == payment.gateway_transaction_id:
            return True
        known = await self._charges.list_all(account, payment.id)
        return any(charge.transaction_id == transaction_id for charge in known)

    async def is_any_open(self, account: LockedAccount, payment: Payment) -> bool:
        """Return whether a charge of this payment is still to be given back."""
        known = await self._charges.list_all(account, payment.id)
        return any(charge.status in _OPEN for charge in known)

    async def is_going_back(self, account: LockedAccount, payment: Payment, transaction_id: str | None) -> bool:
        """Return whether this charge is given back, or is to be."""
        known = await self._charges.list_all(account, payment.id)
        return any(charge.transaction_id == transaction_id and charge.status != "accepted" for charge in known)

    async def may_have_another(self, account: LockedAccount, payment: Payment) -> bool:
        """Return whether the gateway may still have a charge that no search has found."""
        if payment.state is not PaymentState.CANCELLING:
            return payment.state.is_open
        return not await self.is_any_open(account, payment)

    async def next_check(
        self, account: LockedAccount, payment: Payment, looked_at: datetime | None = None
    ) -> datetime | None:
        """Return the time of the payment's next check; it does not move while a charge is to be given back.

        Count from `looked_at`, when the search began. A process may be paused between a search and its record; counted
        from the record, the last check would be skipped.
        """
        looked_at = looked_at or self._core.clock.now()
        if await self.is_any_open(account, payment):
            return payment.next_check_at or looked_at
        return next_check(payment, looked_at)

    async def add(
        self, account: LockedAccount, payment: PaymentDetail, transaction_id: str, *, accepted: bool
    ) -> PaymentDetail:
        """Record a late charge, and return the payment, which takes the charge or gives it back by its next check."""
        now = self._core.clock.now()
        status = "accepted" if accepted else "giving_back"
        await self._charges.add(
            LateCharge(
                account_id=account.id,
                id=new_id(),
                payment_id=payment.id,
                transaction_id=transaction_id,
                status=status,
                failed_refunds=[],
                created_at=now,
                updated_at=now,
            )
        )
        log.error("payment_late_charge", payment_id=str(payment.id), state=payment.state, end=status)
        self._report(account, payment, transaction_id, status)
        return payment if accepted else replace(payment, next_check_at=now)

    async def finish(
        self, account: LockedAccount, payment: Payment, late_charge_id: UUID, status: str = "given_back"
    ) -> bool:
        """Record that a charge is given back, and return whether it was the payment's last one."""
        charges = await self._charges.list_all(account, payment.id)
        charge = next(one for one in charges if one.id == late_charge_id)
        if charge.status in _OPEN:  # else another check was faster
            await self._charges.update(replace(charge, status=status, updated_at=self._core.clock.now()))
            self._report(account, payment, charge.transaction_id, status)
        return all(one.status not in _OPEN for one in charges if one.id != late_charge_id)

    async def come_back(
        self,
        account: LockedAccount,
        payment: Payment,
        late_charge_id: UUID,
        refund_id: str | None,
        *,
        holds_money: bool,
    ) -> bool:
        """Record that a refund of a charge failed, once for each refund, and return whether the charge holds money.

        `refund_id` is the gateway's refund that has failed; None where only the charge says so. `holds_money` is False
        where another refund has given the money back.
        """
        charges = await self._charges.list_all(account, payment.id)
        charge = next(one for one in charges if one.id == late_charge_id)
        if refund_id in charge.failed_refunds or charge.status == "given_otherwise":
            return charge.status == "came_back"
        failed = charge.failed_refunds if refund_id is None else [*charge.failed_refunds, refund_id]
        status = "came_back" if holds_money else charge.status
        changed = replace(charge, status=status, failed_refunds=failed, updated_at=self._core.clock.now())
        await self._charges.update(changed)
        if status != charge.status:
            log.error("late_charge_came_back", payment_id=str(payment.id), transaction_id=charge.transaction_id)
            self._report(account, payment, charge.transaction_id, status)
        return status == "came_back"

    def _report(self, account: LockedAccount, payment: Payment, transaction_id: str, status: str) -> None:
        self._core.db.after_commit(LATE_CHARGES.labels(status).inc)
        data = {"number": payment.number, "currency": payment.currency, "amount": payment.amount, "status": status}
        self._core.audit.record(account.id, "payment.late_charge", payment.id, transaction_id=transaction_id, **data)
        self._core.events.record(account.id, "payment.late_charge", payment.id, **data)
