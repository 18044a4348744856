"""All that the application needs to know of the import of documents."""

from billing_api.credits.service import CreditMemos
from billing_api.deposits.service import Deposits
from billing_api.feature import Feature
from billing_api.imports.posting import LinePoster
from billing_api.imports.service import ImportService
from billing_api.invoices.service import Invoices
from billing_api.payments.offline import OfflinePayments
from billing_api.profiles.changing import ProfilesOfAccounts

FEATURE = Feature(
    parts={
        LinePoster: lambda core, parts: LinePoster(
            core.accounts,
            parts[ProfilesOfAccounts],
            parts[Invoices],
            parts[CreditMemos],
            parts[Deposits],
            parts[OfflinePayments],
        ),
        ImportService: lambda core, parts: ImportService(core.db, core.accounts, parts[LinePoster]),
    }
)
