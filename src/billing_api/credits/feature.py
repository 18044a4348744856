"""All that the application needs to know of credit memos."""

from billing_api.credits.model import credit_memo_taxes, credit_memos
from billing_api.credits.repository import CreditMemoRepository
from billing_api.credits.service import CreditMemos
from billing_api.feature import Feature
from billing_api.invoices.using import UseSources
from billing_api.ledger.service import Ledger

FEATURE = Feature(
    tables=[credit_memos, credit_memo_taxes],
    parts={
        CreditMemos: lambda core, parts: CreditMemos(
            core, CreditMemoRepository(core.db), parts[Ledger], parts[UseSources]
        )
    },
)
