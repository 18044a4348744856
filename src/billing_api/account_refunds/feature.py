"""All that the application needs to know of the back office's side of refunds."""

from billing_api.account_refunds.routes import router
from billing_api.account_refunds.service import AccountRefunds
from billing_api.feature import Feature
from billing_api.refunds.service import Refunds

FEATURE = Feature(
    routes=router,
    description="For partners' systems: money of any account's payments that is given back.",
    parts={AccountRefunds: lambda core, parts: AccountRefunds(core, parts[Refunds])},
)
