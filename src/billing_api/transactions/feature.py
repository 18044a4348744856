"""All that the application needs to know of the transaction history."""

from billing_api.feature import Feature
from billing_api.ledger.service import Ledger
from billing_api.transactions.routes import router
from billing_api.transactions.service import Transactions

FEATURE = Feature(
    routes=router,
    description="Everything that was posted.",
    parts={Transactions: lambda _, parts: Transactions(parts[Ledger])},
)
