"""All that the application needs to know of the transaction history."""

from billing_api.db.exports import Exports
from billing_api.feature import Feature
from billing_api.profiles.service import Profiles
from billing_api.transactions.repository import TransactionRepository
from billing_api.transactions.routes import router
from billing_api.transactions.service import Transactions

FEATURE = Feature(
    routes=router,
    description="Everything that was posted.",
    parts={
        Transactions: lambda core, parts: Transactions(
            core.clock, TransactionRepository(core.db, parts[Exports]), parts[Profiles]
        )
    },
)
