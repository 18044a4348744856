"""Disputes in another currency than their payment: an operator states the amounts in the payment's currency."""

from dataclasses import dataclass, replace

import structlog

from billing_api.chargebacks.model import Chargeback
from billing_api.gateway.failures import GatewayOutcomeUnknownError
from billing_api.gateway.notices import Dispute, GatewayDisputeStatus
from billing_api.payments.values import Refundable

log = structlog.get_logger(__name__)


class StatedOtherwiseError(Exception):
    """The statement does not fit the dispute or its payment; raised for operators, not for clients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDispute:
    """The amount that the bank took of a payment, in the payment's currency and in minor units, by an operator.

    `won` came back of it; None for the whole of a dispute that is won.
    """

    currency: str
    amount: int
    won: int | None
    reason: str

    def converted(self, dispute: Dispute, payment: Refundable, before: Chargeback | None) -> Dispute:
        """Return the dispute in the payment's currency. Raise StatedOtherwiseError, GatewayOutcomeUnknownError."""
        if dispute.currency == payment.currency:
            raise StatedOtherwiseError(f"the dispute is in {dispute.currency} as its payment, and is recorded as it is")
        if self.currency != payment.currency:
            raise StatedOtherwiseError(f"the payment is in {payment.currency}")
        if self.amount > payment.amount:
            raise StatedOtherwiseError("the amount is more than the payment's")
        if before is not None and before.amount != self.amount:
            raise StatedOtherwiseError("the dispute is recorded with another amount")
        if self.won is not None and (self.won > self.amount or dispute.status is not GatewayDisputeStatus.WON):
            raise StatedOtherwiseError(f"the dispute is {dispute.gateway_status} at the gateway: that was not won")
        return _converted(dispute, payment, self.amount, self.won)


def in_payment_currency(
    dispute: Dispute, payment: Refundable, before: Chargeback | None, stated: StatedDispute | None
) -> Dispute:
    """Return a dispute in its payment's currency, by what is stated now or was before.

    Raise StatedOtherwiseError, GatewayOutcomeUnknownError.
    """
    if stated is not None:
        return stated.converted(dispute, payment, before)
    return dispute if dispute.currency == payment.currency else _converted_as_before(dispute, payment, before)


def _converted_as_before(dispute: Dispute, payment: Refundable, before: Chargeback | None) -> Dispute:
    """Return a dispute in another currency by the amount that an operator has stated before.

    Raise GatewayOutcomeUnknownError: where that was not done, or where a part is won, whose amount is not known.
    """
    if before is None or before.gateway_currency != dispute.currency:
        log.error("dispute_in_another_currency", dispute_id=dispute.id, payment_id=str(payment.id))
        raise GatewayOutcomeUnknownError(f"dispute {dispute.id} is in {dispute.currency}, not {payment.currency}")
    is_same = before.gateway_status == dispute.gateway_status  # what is won of it is recorded
    return _converted(dispute, payment, before.amount, before.won if is_same and before.won else None)


def _converted(dispute: Dispute, payment: Refundable, amount: int, won: int | None) -> Dispute:
    is_part = dispute.status is GatewayDisputeStatus.WON and 0 < dispute.amount_won < dispute.amount
    if is_part and won is None:
        raise GatewayOutcomeUnknownError(f"a part of dispute {dispute.id} is won in {dispute.currency}")
    return replace(dispute, currency=payment.currency, amount=amount, amount_won=won or 0)
