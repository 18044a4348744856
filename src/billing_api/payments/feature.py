"""All that the application needs to know of payments."""

from datetime import timedelta

from billing_api.addresses.recipients import Recipients
from billing_api.addresses.service import AddressBook
from billing_api.core import Core
from billing_api.credits.service import CreditMemos
from billing_api.deliveries.documents import DocumentMails
from billing_api.deposits.service import Deposits
from billing_api.documents.letterhead import Vendor
from billing_api.documents.service import Documents
from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.service import Invoices
from billing_api.invoices.using import UseSources
from billing_api.jobs.periodic import Periodic
from billing_api.jobs.service import Jobs
from billing_api.ledger.service import Ledger
from billing_api.mail.letter import Writer
from billing_api.parts import Parts
from billing_api.payment_methods.card_rules import CardRules
from billing_api.payment_methods.check import CheckMethods
from billing_api.payment_methods.expiring import CardExpiry
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.one_time import OneTimeMethods
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.after_return import AfterReturn
from billing_api.payments.allocating import Allocations
from billing_api.payments.charging import Charging
from billing_api.payments.deciding import DecidePayments
from billing_api.payments.figuring import Figuring
from billing_api.payments.late_charges import LateCharges
from billing_api.payments.late_refunds import NoticedLateRefunds
from billing_api.payments.mailing import KIND, MailReceipts
from billing_api.payments.method_uses import ScheduledMethodUses
from billing_api.payments.model import (
    gateway_orders,
    late_charges,
    payment_allocations,
    payment_credits,
    payment_schedules,
    payments,
)
from billing_api.payments.noticing import NoticedTransactions
from billing_api.payments.offline import OfflinePayments
from billing_api.payments.passes import ReconcilerPass
from billing_api.payments.planning import PlannedPayments
from billing_api.payments.purchases import Purchases
from billing_api.payments.receipts import PrintReceipt
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.recording import Recorder
from billing_api.payments.refundable import RefundablePayments
from billing_api.payments.reopening import ReopenInvoices
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.late_charges import LateChargeRepository
from billing_api.payments.repository.orders import OrderRepository
from billing_api.payments.repository.schedules import PaymentScheduleRepository
from billing_api.payments.request_details import RequestDetailsReader
from billing_api.payments.retrying import RetryScheduled
from billing_api.payments.returning import ReturnedPayments
from billing_api.payments.routes import router
from billing_api.payments.schedule_enqueuing import EnqueueScheduled
from billing_api.payments.schedule_jobs import ANNOUNCE, ENQUEUE_DUE, RUN
from billing_api.payments.schedule_notices import ScheduleNotices
from billing_api.payments.schedule_runs import RunScheduled
from billing_api.payments.schedule_submitting import SubmitScheduled
from billing_api.payments.schedules import Schedules
from billing_api.payments.scheduling import ScheduledPayments
from billing_api.payments.service import Payments
from billing_api.payments.storing import StoredCards
from billing_api.payments.submitting import Submitter
from billing_api.payments.taken_back import RefundsOfLost
from billing_api.payments.taking_back import TakeBack
from billing_api.payments.unapplied import UnappliedMoney
from billing_api.payments.used_credits import UsedCredits
from billing_api.payments.waiting import WaitingPayments
from billing_api.profiles.service import Profiles


def _payments(core: Core, parts: Parts) -> Payments:
    return Payments(
        core.clock,
        parts[PaymentRepository],
        parts[Invoices],
        parts[PaymentMethods],
        parts[Submitter],
        parts[Charging],
        parts[Schedules],
        parts[ScheduledPayments],
        parts[RequestDetailsReader],
    )


def _writer(parts: Parts) -> Writer:
    from billing_api.payments.letters import ReceiptCopyLetter  # noqa: PLC0415 - the API writes no mails

    vendor = parts.settings.vendor_name
    return ReceiptCopyLetter(parts[Profiles], parts[PrintReceipt], vendor=vendor).write


FEATURE = Feature(
    routes=router,
    description="Paying invoices, each payment once, and the outcome.",
    tables=[payments, payment_allocations, payment_credits, payment_schedules, late_charges, gateway_orders],
    parts={
        PaymentRepository: lambda core, _: PaymentRepository(core.db),
        OrderRepository: lambda core, _: OrderRepository(core.db),
        LateChargeRepository: lambda core, _: LateChargeRepository(core.db),
        UnappliedMoney: lambda core, parts: UnappliedMoney(
            core,
            parts[PaymentRepository],
            parts[Ledger],
            parts[UseSources],
            parts[InvoiceParts],
            parts[RefundsOfLost],
        ),
        OfflinePayments: lambda core, parts: OfflinePayments(
            core, parts[PaymentRepository], parts[Ledger], parts[Invoices]
        ),
        Allocations: lambda core, parts: Allocations(
            core,
            parts[Invoices],
            parts[Ledger],
            parts[PaymentMethods],
            parts[UsedCredits],
            parts[Deposits],
        ),
        TakeBack: lambda core, parts: TakeBack(
            core, parts[PaymentRepository], parts[Invoices], parts[InvoiceParts], parts[Ledger], parts[Deposits]
        ),
        RefundablePayments: lambda core, parts: RefundablePayments(core, parts[PaymentRepository], parts[InvoiceParts]),
        ReopenInvoices: lambda core, parts: ReopenInvoices(core, parts[Invoices], parts[InvoiceParts]),
        AfterReturn: lambda core, parts: AfterReturn(
            core, parts[Invoices], parts[PaymentMethods], parts[Profiles], fee=parts.settings.return_fee
        ),
        ReturnedPayments: lambda core, parts: ReturnedPayments(
            core, parts[PaymentRepository], parts[TakeBack], parts[AfterReturn], parts[RefundsOfLost]
        ),
        UsedCredits: lambda _, parts: UsedCredits(parts[PaymentRepository], parts[CreditMemos], parts[Deposits]),
        Submitter: lambda core, parts: Submitter(
            core,
            parts[PaymentRepository],
            parts[PaymentMethods],
            parts[Invoices],
            parts[Allocations],
            parts[RequestDetailsReader],
        ),
        RequestDetailsReader: lambda core, parts: RequestDetailsReader(
            parts[BraintreeAdapter], parts[AddressBook], parts[CardRules], parts[OneTimeMethods], core.clock
        ),
        Recorder: lambda core, parts: Recorder(
            core,
            parts[PaymentRepository],
            parts[Allocations],
            LateCharges(core, parts[LateChargeRepository]),
            parts[ReturnedPayments],
            StoredCards(parts[OneTimeMethods]),
            RetryScheduled(core, parts[PaymentRepository], PaymentScheduleRepository(core.db)),
        ),
        NoticedLateRefunds: lambda _, parts: NoticedLateRefunds(
            parts[LateChargeRepository], parts[BraintreeAdapter], parts[Recorder]
        ),
        NoticedTransactions: lambda _, parts: NoticedTransactions(
            parts[PaymentRepository],
            parts[OrderRepository],
            parts[LateChargeRepository],
            parts[BraintreeAdapter],
            parts[Recorder],
            parts[PaymentChecks],
        ),
        Figuring: lambda _, parts: Figuring(parts[PaymentRepository], parts[PaymentMethods], parts[Invoices]),
        Schedules: lambda core, parts: Schedules(
            PaymentScheduleRepository(core.db),
            parts[PaymentMethods],
            core.clock,
            hour=parts.settings.scheduled_payments_hour,
        ),
        WaitingPayments: lambda core, parts: WaitingPayments(
            core, parts[PaymentRepository], PaymentScheduleRepository(core.db)
        ),
        ScheduledPayments: lambda core, parts: ScheduledPayments(
            core,
            parts[PaymentRepository],
            PaymentScheduleRepository(core.db),
            parts[Figuring],
            parts[PaymentMethods],
            parts[Schedules],
            parts[WaitingPayments],
            notice_days=parts.settings.scheduled_payment_notice_days,
        ),
        SubmitScheduled: lambda core, parts: SubmitScheduled(
            core,
            parts[PaymentRepository],
            PaymentScheduleRepository(core.db),
            parts[Figuring],
            parts[Schedules],
            parts[WaitingPayments],
            parts[Submitter],
            parts[Allocations],
        ),
        PlannedPayments: lambda core, parts: PlannedPayments(
            core,
            parts[PaymentRepository],
            PaymentScheduleRepository(core.db),
            parts[Figuring],
            parts[Schedules],
            parts[WaitingPayments],
        ),
        ScheduledMethodUses: lambda core, parts: ScheduledMethodUses(
            parts[PaymentRepository], PaymentScheduleRepository(core.db), parts[WaitingPayments]
        ),
        EnqueueScheduled: lambda core, parts: EnqueueScheduled(
            core,
            parts[PaymentRepository],
            PaymentScheduleRepository(core.db),
            parts[Schedules],
            parts[WaitingPayments],
            parts[Jobs],
        ),
        RunScheduled: lambda _, parts: RunScheduled(
            parts[PaymentRepository], parts[SubmitScheduled], parts[Charging], parts[Lookups]
        ),
        ScheduleNotices: lambda core, parts: ScheduleNotices(
            core,
            parts[PaymentRepository],
            PaymentScheduleRepository(core.db),
            parts[Figuring],
            notice_days=parts.settings.scheduled_payment_notice_days,
        ),
        Charging: lambda _, parts: Charging(
            parts[BraintreeAdapter],
            parts[Recorder],
            parts[PaymentChecks],
            parts[PaymentMethods],
            parts[OneTimeMethods],
            Purchases(
                parts[Invoices],
                parts[AddressBook],
                level=parts.settings.level_2_3,
                ships_from=parts.settings.ships_from_postal_code,
            ),
        ),
        PaymentChecks: lambda core, parts: PaymentChecks(
            core,
            parts[PaymentRepository],
            parts[OrderRepository],
            parts[LateChargeRepository],
            parts[Lookups],
            parts[BraintreeAdapter],
            parts[Recorder],
        ),
        DecidePayments: lambda core, parts: DecidePayments(
            core.clock,
            parts[PaymentRepository],
            parts[OrderRepository],
            parts[LateChargeRepository],
            parts[BraintreeAdapter],
            parts[Recorder],
            parts[PaymentChecks],
        ),
        PrintReceipt: lambda _, parts: PrintReceipt(
            parts[PaymentRepository], parts[Recipients], parts[Vendor], parts[Documents]
        ),
        MailReceipts: lambda _, parts: MailReceipts(parts[PaymentRepository], parts[Profiles], parts[DocumentMails]),
        ReconcilerPass: lambda _, parts: ReconcilerPass(
            parts[PaymentChecks], parts[CheckMethods], parts[CardExpiry], parts[Lookups]
        ),
        Payments: _payments,
    },
    method_users=[ScheduledMethodUses],
    mails={KIND: _writer},
    tasks={RUN: lambda parts: parts[RunScheduled].run},
    periodic={
        ENQUEUE_DUE: lambda parts: parts[EnqueueScheduled].enqueue_due,
        ANNOUNCE: lambda parts: parts[ScheduleNotices].announce,
        Periodic("payments.reconcile", timedelta(minutes=1), seconds=900, attempts=1): lambda parts: (
            lambda _: parts[ReconcilerPass].run_or_fail()
        ),
    },
)
