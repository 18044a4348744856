"""All that the application needs to know of chargebacks."""

from billing_api.chargebacks.lacking import MONEY_IS_BACK, TAKE_LACKING, LackingDisputes
from billing_api.chargebacks.model import chargeback_parts, chargebacks
from billing_api.chargebacks.money import ChargebackMoney
from billing_api.chargebacks.recording import RecordDisputes
from billing_api.chargebacks.repository import ChargebackRepository
from billing_api.chargebacks.routes import router
from billing_api.chargebacks.service import Chargebacks
from billing_api.deposits.service import Deposits
from billing_api.events.consuming import Consumer
from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.service import Invoices
from billing_api.jobs.service import Jobs
from billing_api.ledger.service import Ledger
from billing_api.payments.noticing import NoticedTransactions
from billing_api.payments.refundable import RefundablePayments
from billing_api.payments.reopening import ReopenInvoices
from billing_api.payments.taking_back import TakeBack

FEATURE = Feature(
    routes=router,
    description="Payments that the owner of a card disputes at their bank.",
    tables=[chargebacks, chargeback_parts],
    parts={
        ChargebackRepository: lambda core, _: ChargebackRepository(core.db),
        ChargebackMoney: lambda core, parts: ChargebackMoney(
            core,
            parts[RefundablePayments],
            parts[Invoices],
            parts[InvoiceParts],
            parts[Ledger],
            parts[Deposits],
            parts[TakeBack],
            parts[ReopenInvoices],
        ),
        RecordDisputes: lambda core, parts: RecordDisputes(
            core,
            parts[ChargebackRepository],
            parts[RefundablePayments],
            parts[ChargebackMoney],
            parts[NoticedTransactions],
            parts[BraintreeAdapter],
        ),
        LackingDisputes: lambda _, parts: LackingDisputes(
            parts[ChargebackRepository], parts[RecordDisputes], parts[Jobs]
        ),
        Chargebacks: lambda _, parts: Chargebacks(parts[ChargebackRepository]),
    },
    tasks={TAKE_LACKING: lambda parts: parts[LackingDisputes].take},
    consumers={
        Consumer("chargebacks.take_lacking", MONEY_IS_BACK): lambda parts: parts[LackingDisputes].consume,
    },
)
