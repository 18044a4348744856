"""All that the application needs to know of the reconciliation."""

from datetime import timedelta

from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.jobs.periodic import Periodic
from billing_api.payment_methods.lookups import Lookups
from billing_api.reconciliation.repository import ReconciliationRepository
from billing_api.reconciliation.service import Reconciliation

FEATURE = Feature(
    parts={
        Reconciliation: lambda core, parts: Reconciliation(
            core, ReconciliationRepository(core.db), parts[BraintreeAdapter], parts[Lookups]
        )
    },
    periodic={
        Periodic("reconciliation.report", timedelta(days=1), seconds=1800): lambda parts: (
            lambda _: parts[Reconciliation].run()
        )
    },
)
