"""Disputes of the SDK in the port's words."""

from decimal import Decimal

from braintree.braintree_gateway import BraintreeGateway
from braintree.dispute import Dispute as SdkDispute

from billing_api.gateway.braintree.failures import known_id
from billing_api.gateway.braintree.results import require_same
from billing_api.gateway.braintree.texts import text_of
from billing_api.gateway.failures import GatewayOutcomeUnknownError
from billing_api.gateway.notices import Dispute, GatewayDisputeStatus
from billing_api.kit.money import minor_units

_S = SdkDispute.Status
_STATUS = {
    _S.Open: GatewayDisputeStatus.OPEN,
    _S.Disputed: GatewayDisputeStatus.UNDER_REVIEW,
    _S.UnderReview: GatewayDisputeStatus.UNDER_REVIEW,
    _S.Won: GatewayDisputeStatus.WON,
    _S.Lost: GatewayDisputeStatus.LOST,
    _S.Accepted: GatewayDisputeStatus.ACCEPTED,
    _S.AutoAccepted: GatewayDisputeStatus.ACCEPTED,
    _S.Expired: GatewayDisputeStatus.EXPIRED,
}


def find_dispute(sdk: BraintreeGateway, dispute_id: str) -> Dispute:
    """Return a dispute as it stands now; blocks. Raise GatewayInvalidError when the gateway does not have it."""
    with known_id():
        found = sdk.dispute.find(dispute_id)
    require_same(dispute=(found.id, dispute_id))
    return dispute_of(found)


def dispute_of(dispute: SdkDispute) -> Dispute:
    """Return a dispute. Raise GatewayOutcomeUnknownError for a status that is new to us."""
    status = _STATUS.get(dispute.status)
    if status is None:
        raise GatewayOutcomeUnknownError(f"status {dispute.status} of dispute {dispute.id}")
    currency = str(dispute.currency_iso_code)
    return Dispute(
        id=str(dispute.id),
        transaction_id=str(dispute.transaction.id),
        order_id=text_of(dispute.transaction, "order_id"),
        kind=str(dispute.kind),
        status=status,
        gateway_status=str(dispute.status),
        reason=str(dispute.reason),
        currency=currency,
        amount=minor_units(dispute.amount_disputed or dispute.amount or Decimal(0), currency),
        amount_won=minor_units(dispute.amount_won or Decimal(0), currency),
        opened_on=dispute.received_date or dispute.created_at.date(),
        reply_by=dispute.reply_by_date,
        case_number=text_of(dispute, "case_number"),
    )
