"""All that the application needs to know of refunds."""

from datetime import timedelta

from billing_api.credits.service import CreditMemos
from billing_api.deposits.service import Deposits
from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.invoices.repayments import Repayments
from billing_api.jobs.periodic import Periodic
from billing_api.ledger.service import Ledger
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.refundable import RefundablePayments
from billing_api.payments.reopening import ReopenInvoices
from billing_api.payments.returning import ReturnedPayments
from billing_api.payments.service import Payments
from billing_api.payments.taken_back import RefundsOfLost
from billing_api.profiles.service import Profiles
from billing_api.refunds.checks import RefundChecks
from billing_api.refunds.lost import RefundsOfLostPayments
from billing_api.refunds.model import refund_parts, refunds
from billing_api.refunds.money import RefundedMoney
from billing_api.refunds.noticing import NoticedRefunds
from billing_api.refunds.owed import OwedRefunds
from billing_api.refunds.recording import RefundRecorder
from billing_api.refunds.repository import RefundRepository
from billing_api.refunds.routes import router
from billing_api.refunds.sending import SendRefund
from billing_api.refunds.service import Refunds
from billing_api.refunds.submitting import RefundSubmitter
from billing_api.refunds.written_off import WriteOffsOfInvoice

FEATURE = Feature(
    routes=router,
    description="Money of payments that is given back.",
    tables=[refunds, refund_parts],
    parts={
        RefundRepository: lambda core, _: RefundRepository(core.db),
        RefundedMoney: lambda core, parts: RefundedMoney(
            core,
            parts[RefundablePayments],
            parts[ReopenInvoices],
            parts[Ledger],
            parts[Deposits],
            parts[CreditMemos],
            parts[OwedRefunds],
        ),
        OwedRefunds: lambda core, parts: OwedRefunds(
            core, parts[Repayments], parts[Deposits], parts[Profiles], parts[WriteOffsOfInvoice]
        ),
        RefundsOfLost: lambda core, parts: RefundsOfLost(
            RefundsOfLostPayments(core, parts[RefundRepository], parts[RefundRecorder], parts[OwedRefunds]).follow
        ),
        RefundSubmitter: lambda core, parts: RefundSubmitter(
            core,
            parts[RefundRepository],
            parts[RefundablePayments],
            parts[RefundedMoney],
            parts[Deposits],
            parts[CreditMemos],
        ),
        RefundRecorder: lambda core, parts: RefundRecorder(
            core, parts[RefundRepository], parts[RefundablePayments], parts[RefundedMoney]
        ),
        SendRefund: lambda _, parts: SendRefund(
            parts[BraintreeAdapter], parts[RefundRecorder], parts[ReturnedPayments], parts[PaymentChecks]
        ),
        RefundChecks: lambda core, parts: RefundChecks(
            core,
            parts[RefundRepository],
            parts[BraintreeAdapter],
            parts[RefundRecorder],
            parts[SendRefund],
            parts[PaymentChecks],
        ),
        NoticedRefunds: lambda _, parts: NoticedRefunds(
            parts[RefundRepository], parts[BraintreeAdapter], parts[RefundRecorder]
        ),
        Refunds: lambda _, parts: Refunds(
            parts[Payments], parts[RefundRepository], parts[RefundSubmitter], parts[SendRefund], parts[PaymentChecks]
        ),
    },
    periodic={
        Periodic("refunds.reconcile", timedelta(minutes=1), seconds=900, attempts=1): lambda parts: (
            lambda _: parts[RefundChecks].run_or_fail()
        )
    },
)
