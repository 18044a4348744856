"""All that the application needs to know of disputes."""

from billing_api.feature import Feature
from billing_api.invoice_disputes.model import invoice_disputes
from billing_api.invoice_disputes.repository import InvoiceDisputeRepository
from billing_api.invoice_disputes.routes import router
from billing_api.invoice_disputes.service import InvoiceDisputes
from billing_api.invoice_disputes.settling import SettleDisputes
from billing_api.invoices.contests import Contests
from billing_api.invoices.service import Invoices

FEATURE = Feature(
    routes=router,
    description="Objections of customers to invoices, and the vendor's answers.",
    tables=[invoice_disputes],
    parts={
        InvoiceDisputes: lambda core, parts: InvoiceDisputes(core, InvoiceDisputeRepository(core.db), parts[Invoices]),
        Contests: lambda core, _: Contests(SettleDisputes(core, InvoiceDisputeRepository(core.db)).settle),
    },
)
