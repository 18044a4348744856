"""All that the application needs to know of write-offs."""

from billing_api.feature import Feature
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.service import Invoices
from billing_api.ledger.service import Ledger
from billing_api.refunds.written_off import WriteOffsOfInvoice
from billing_api.write_offs.model import write_offs
from billing_api.write_offs.repository import WriteOffRepository
from billing_api.write_offs.routes import router
from billing_api.write_offs.service import WriteOffs

FEATURE = Feature(
    routes=router,
    description="For partners' systems: amounts of invoices that the vendor gives up.",
    tables=[write_offs],
    parts={
        WriteOffs: lambda core, parts: WriteOffs(
            core, WriteOffRepository(core.db), parts[Ledger], parts[Invoices], parts[InvoiceParts]
        ),
        WriteOffsOfInvoice: lambda _, parts: WriteOffsOfInvoice(parts[WriteOffs].undo_all),
    },
)
