"""All that the application needs to know of balances."""

from billing_api.balances.history import BalanceHistory
from billing_api.balances.repository import BalanceRepository
from billing_api.balances.routes import router
from billing_api.balances.service import Balances
from billing_api.feature import Feature

FEATURE = Feature(
    routes=router,
    description="The amounts due, overdue and under way.",
    parts={
        Balances: lambda core, _: Balances(core, BalanceRepository(core.db)),
        BalanceHistory: lambda core, _: BalanceHistory(core.clock, BalanceRepository(core.db)),
    },
)
