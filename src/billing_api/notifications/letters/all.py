"""The writers of all notifications."""

from dataclasses import dataclass

from billing_api.autopay.service import AutopayChoices
from billing_api.chargebacks.service import Chargebacks
from billing_api.core import Core
from billing_api.invoice_disputes.service import InvoiceDisputes
from billing_api.invoices.printing import PrintInvoice
from billing_api.invoices.service import Invoices
from billing_api.notifications.letters.autopay import AutopayLetters
from billing_api.notifications.letters.chargebacks import ChargebackLetters
from billing_api.notifications.letters.disputes import DisputeLetters
from billing_api.notifications.letters.invoices import InvoiceLetters
from billing_api.notifications.letters.methods import MethodLetters
from billing_api.notifications.letters.payments import PaymentLetters
from billing_api.notifications.letters.portal import Portal
from billing_api.notifications.letters.refunds import RefundLetters
from billing_api.notifications.letters.scheduled import ScheduledLetters
from billing_api.notifications.letters.sign_ins import SignInLetters
from billing_api.notifications.reminders import Reminders
from billing_api.parts import Parts
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.receipts import PrintReceipt
from billing_api.payments.service import Payments
from billing_api.refunds.service import Refunds
from billing_api.sessions.service import Sessions


@dataclass(frozen=True, slots=True)
class Letters:
    """A writer for each sort of subject."""

    invoices: InvoiceLetters
    payments: PaymentLetters
    scheduled: ScheduledLetters
    refunds: RefundLetters
    autopay: AutopayLetters
    chargebacks: ChargebackLetters
    methods: MethodLetters
    sign_ins: SignInLetters
    disputes: DisputeLetters


def make_letters(parts: Parts) -> Letters:
    """Return the writers with the services that they read from."""
    portal = Portal(parts.settings.vendor_name, parts.settings.portal_url)
    return Letters(
        InvoiceLetters(portal, parts[Invoices], parts[PrintInvoice], parts[Reminders]),
        PaymentLetters(portal, parts[Payments], parts[PrintReceipt]),
        ScheduledLetters(portal, parts[Payments], parts[Core].clock),
        RefundLetters(portal, parts[Payments], parts[Refunds]),
        AutopayLetters(portal, parts[Payments], parts[AutopayChoices], parts[PaymentMethods]),
        ChargebackLetters(portal, parts[Chargebacks]),
        MethodLetters(portal, parts[PaymentMethods]),
        SignInLetters(portal, parts[Sessions], parts[Core].clock),
        DisputeLetters(portal, parts[InvoiceDisputes]),
    )
