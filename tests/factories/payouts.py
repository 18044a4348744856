"""Payouts as rows: those of the gateway need a sale that has settled."""

from datetime import date
from uuid import UUID

from billing_api.kit.ids import new_id
from billing_api.payouts.model import Payout
from billing_api.payouts.states import PayoutState
from tests.fixtures.services import Services


async def make_payout(services: Services) -> UUID:
    """Insert a payout without charges."""
    now = services.clock.now()
    new = Payout(
        id=new_id(),
        batch_id=f"2026-11-02_{new_id()}",
        merchant_account="vendor_usd",
        currency="USD",
        status=PayoutState.IN_TRANSIT,
        settled_on=date(2026, 11, 2),
        paid_on=None,
        charged=0,
        refunded=0,
        count=0,
        created_at=now,
        updated_at=now,
    )
    return (await services.database.run(lambda: services.payouts.lock(new))).id
