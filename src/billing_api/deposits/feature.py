"""All that the application needs to know of deposits."""

from billing_api.deposits.model import deposits
from billing_api.deposits.repository import DepositRepository
from billing_api.deposits.service import Deposits
from billing_api.feature import Feature
from billing_api.invoices.using import UseSources
from billing_api.ledger.service import Ledger

FEATURE = Feature(
    tables=[deposits],
    parts={Deposits: lambda core, parts: Deposits(core, DepositRepository(core.db), parts[Ledger], parts[UseSources])},
)
