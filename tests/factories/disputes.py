"""Disputes as the gateway's adapter gives them."""

from uuid import uuid4

from billing_api.gateway.notices import Dispute, DisputeStatus
from tests.fixtures.services import Services


def made_dispute(services: Services, *, amount: int) -> Dispute:
    """A dispute in US dollars that a bank has just opened."""
    return Dispute(
        id=str(uuid4()),
        transaction_id="of-the-payment",
        order_id=None,
        kind="chargeback",
        status=DisputeStatus.OPEN,
        gateway_status="open",
        reason="fraud",
        currency="USD",
        amount=amount,
        amount_won=0,
        opened_on=services.clock.today(),
        reply_by=None,
        case_number=None,
    )
