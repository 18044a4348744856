"""All that the application needs to know of the back office's side of payments."""

from billing_api.account_payments.routes import router
from billing_api.account_payments.service import AccountPayments
from billing_api.feature import Feature
from billing_api.payments.offline import OfflinePayments
from billing_api.payments.service import Payments
from billing_api.payments.unapplied import UnappliedMoney

FEATURE = Feature(
    routes=router,
    description="For partners' systems: the payments of any account; checks, wires and cash.",
    parts={
        AccountPayments: lambda core, parts: AccountPayments(
            core, parts[Payments], parts[OfflinePayments], parts[UnappliedMoney]
        )
    },
)
