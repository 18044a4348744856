"""All that the application needs to know of the ledger."""

from billing_api.feature import Feature
from billing_api.ledger.model import ledger_balances, ledger_entries, ledger_months
from billing_api.ledger.repository import LedgerRepository
from billing_api.ledger.service import Ledger

FEATURE = Feature(
    tables=[ledger_entries, ledger_balances, ledger_months],
    parts={
        Ledger: lambda core, parts: Ledger(
            core, LedgerRepository(core.db), closed_through=parts.settings.closed_through
        )
    },
)
