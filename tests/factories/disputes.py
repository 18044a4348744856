"""Disputes as the gateway's adapter gives them."""

from dataclasses import replace
from uuid import UUID, uuid4

from billing_api.gateway.notices import Dispute, GatewayDisputeStatus
from billing_api.payments.repository import PaymentRepository
from tests.fixtures.services import Services


def made_dispute(services: Services, *, amount: int) -> Dispute:
    """A dispute in US dollars that a bank has just opened."""
    return Dispute(
        id=str(uuid4()),
        transaction_id="of-the-payment",
        order_id=None,
        kind="chargeback",
        status=GatewayDisputeStatus.OPEN,
        gateway_status="open",
        reason="fraud",
        currency="USD",
        amount=amount,
        amount_won=0,
        opened_on=services.clock.today(),
        reply_by=None,
        case_number=None,
    )


async def dispute_of(services: Services, account_id: UUID, payment_id: UUID, *, amount: int) -> Dispute:
    """A dispute that a bank has just opened about the charge of a payment."""
    payment = await PaymentRepository(services.database).find(account_id, payment_id)
    assert payment is not None
    assert payment.gateway_transaction_id is not None
    return replace(made_dispute(services, amount=amount), transaction_id=payment.gateway_transaction_id)
