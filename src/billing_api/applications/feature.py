"""All that the application needs to know of the use of money and credits for invoices."""

from billing_api.applications.routes import router
from billing_api.applications.service import Applications
from billing_api.core import Core
from billing_api.credits.service import CreditMemos
from billing_api.deposits.service import Deposits
from billing_api.feature import Feature
from billing_api.invoices.parts import InvoiceParts
from billing_api.ledger.service import Ledger
from billing_api.parts import Parts
from billing_api.payments.unapplied import UnappliedMoney


def _applications(core: Core, parts: Parts) -> Applications:
    return Applications(
        core,
        parts[Ledger],
        parts[InvoiceParts],
        {"payment": parts[UnappliedMoney], "credit_memo": parts[CreditMemos], "deposit": parts[Deposits]},
    )


FEATURE = Feature(
    routes=router,
    description="For partners' systems: money, credit memos and deposits, used for invoices and taken back.",
    parts={Applications: _applications},
)
