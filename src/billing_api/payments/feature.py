"""All that the application needs to know of payments."""

from billing_api.core import Core
from billing_api.db.base import table_of
from billing_api.db.reader import Reader
from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.invoices.service import Invoices
from billing_api.ledger.service import Ledger
from billing_api.parts import Parts
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.allocating import Allocations
from billing_api.payments.late_charges import LateCharges
from billing_api.payments.model import GatewayOrder, LateCharge, Payment, PaymentAllocation
from billing_api.payments.offline import OfflinePayments
from billing_api.payments.recording import Recorder
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.routes import router
from billing_api.payments.service import Payments
from billing_api.payments.submitting import Submitter


def _payments(core: Core, parts: Parts) -> Payments:
    rows, invoices, methods = parts[PaymentRepository], parts[Invoices], parts[PaymentMethods]
    allocations = Allocations(invoices, parts[Ledger], methods, core.clock)
    submitter = Submitter(
        core.db, rows, core.accounts, methods, invoices, allocations, core.keys, core.audit, core.clock
    )
    late_charges = LateCharges(rows, core.audit, core.events, core.clock)
    recorder = Recorder(
        core.db,
        rows,
        core.accounts,
        allocations,
        late_charges,
        core.keys,
        core.audit,
        core.events,
        core.clock,
    )
    return Payments(rows, invoices, methods, parts[Lookups], parts[BraintreeAdapter], submitter, recorder, core.clock)


FEATURE = Feature(
    routes=router,
    description="Paying invoices, each payment once, and the outcome.",
    tables=[table_of(one) for one in (Payment, PaymentAllocation, LateCharge, GatewayOrder)],
    parts={
        PaymentRepository: lambda core, parts: PaymentRepository(core.db, parts[Reader]),
        OfflinePayments: lambda core, parts: OfflinePayments(
            core, parts[PaymentRepository], parts[Ledger], parts[Invoices]
        ),
        Payments: _payments,
    },
)
