"""The card that a payment by a nonce stores: kept with the charge, and given up without it."""

from dataclasses import replace

from billing_api.accounts.locked import LockedAccount
from billing_api.payment_methods.one_time import OneTimeMethods
from billing_api.payments.model import PaymentDetail
from billing_api.payments.states import ChargeOutcome, PaymentState


class StoredCards:
    """Records a payment's card in the transaction that records its outcome, so that both are seen at once."""

    def __init__(self, one_time: OneTimeMethods) -> None:
        self._one_time = one_time

    async def record(self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome) -> PaymentDetail:
        """Return the payment with the card that its charge has stored, if it was to store one."""
        if payment.new_method_id is None or payment.payment_method_id is not None:
            return payment
        if outcome.holds_money and outcome.card is not None:
            method_id = await self._one_time.keep(account, payment.new_method_id, outcome.card)
            return replace(payment, payment_method_id=method_id)
        if outcome.card is not None:  # it was stored by a charge whose money is gone
            await self._one_time.discard(account, payment.new_method_id)
        elif outcome.holds_money or not (outcome.state.is_open or outcome.state is PaymentState.CANCELLING):
            await self._one_time.give_up(account, payment.new_method_id)
        return payment

    async def discard(self, account: LockedAccount, payment: PaymentDetail, outcome: ChargeOutcome) -> None:
        """Have the card of a charge that does not count removed from the gateway."""
        if payment.new_method_id is not None and payment.payment_method_id is None and outcome.card is not None:
            await self._one_time.discard(account, payment.new_method_id)
