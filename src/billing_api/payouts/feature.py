"""All that the application needs to know of payouts."""

from datetime import timedelta

from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.jobs.periodic import Periodic
from billing_api.payments.noticing import NoticedTransactions
from billing_api.payouts.model import payout_items, payouts
from billing_api.payouts.repository import PayoutRepository
from billing_api.payouts.routes import router
from billing_api.payouts.service import Payouts
from billing_api.payouts.updating import UpdatePayouts

_EACH_SIX_HOURS = timedelta(hours=6)

FEATURE = Feature(
    routes=router,
    description="For partners' systems: the gateway's settlement batches, with the payments of each.",
    tables=[payouts, payout_items],
    parts={
        PayoutRepository: lambda core, _: PayoutRepository(core.db),
        Payouts: lambda _, parts: Payouts(parts[PayoutRepository]),
        UpdatePayouts: lambda core, parts: UpdatePayouts(
            core, parts[PayoutRepository], parts[BraintreeAdapter], parts[NoticedTransactions]
        ),
    },
    periodic={
        Periodic("payouts.update", _EACH_SIX_HOURS, seconds=900): lambda parts: lambda _: parts[UpdatePayouts].update(),
    },
)
