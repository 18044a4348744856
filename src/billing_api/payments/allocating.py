"""The amounts that a payment takes of its invoices: reserved while it is live, then applied, or given back."""

from datetime import date

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.invoices.applying import Application, ApplicationKind
from billing_api.invoices.service import Invoices, LockedInvoices
from billing_api.ledger import postings
from billing_api.ledger.errors import BooksClosedError
from billing_api.ledger.service import Ledger
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.model import Allocation, Payment, PaymentDetail

_HOLDER = "payment"


class Allocations:
    """Moves invoices, the books and the hold on the payment method together."""

    def __init__(self, core: Core, invoices: Invoices, ledger: Ledger, methods: PaymentMethods) -> None:
        self._clock = core.clock
        self._invoices = invoices
        self._ledger = ledger
        self._methods = methods

    async def reserve(self, account: LockedAccount, payment: PaymentDetail, invoices: LockedInvoices) -> None:
        """Keep the amounts from other payments, and the method from being removed.

        `invoices` are those of the payment. Raise BooksClosedError for a day that could not be posted to.
        """
        self._ledger.require_open(payment.received_on)
        await self._hold(account, payment, invoices)

    async def reserve_again(self, account: LockedAccount, payment: PaymentDetail) -> bool:
        """Reserve the amounts of a payment that had ended, and return whether all of them are still payable."""
        wanted = payment.by_invoice
        invoices = await self._invoices.lock(account, wanted)
        is_payable = all(invoices[invoice_id].payable >= amount for invoice_id, amount in wanted.items())
        if is_payable:
            await self._hold(account, payment, invoices)
        return is_payable

    async def _hold(self, account: LockedAccount, payment: PaymentDetail, invoices: LockedInvoices) -> None:
        await self._invoices.reserve(invoices, payment.by_invoice)
        await self._ledger.add_pending(account, payment.currency, payment.amount)
        if payment.payment_method_id is not None:
            self._methods.place_hold(account, payment.payment_method_id, _HOLDER, payment.id)

    async def release(self, account: LockedAccount, payment: PaymentDetail) -> None:
        """Give back the reserved amounts of a payment without money."""
        invoices = await self._invoices.lock(account, payment.by_invoice)
        await self._invoices.release(invoices, payment.by_invoice)
        await self._ledger.add_pending(account, payment.currency, -payment.amount)
        self._release_method(account, payment)

    async def apply(self, account: LockedAccount, payment: PaymentDetail) -> None:
        """Apply the reserved amounts of a payment with money to its invoices, and post the payment."""
        effective_on = self._posting_day(payment)
        invoices = await self._invoices.lock(account, payment.by_invoice)
        applications = [application(payment, part, effective_on) for part in payment.allocations]
        await self._invoices.apply(account, invoices, applications, reserved=True)
        await self._ledger.post(account, posting_of(payment, effective_on), pending_change=-payment.amount)
        self._release_method(account, payment)

    async def flag_method_for_check(self, account: LockedAccount, payment: Payment) -> None:
        """Have the method looked up at the gateway, which would not charge it."""
        if payment.payment_method_id is not None:
            await self._methods.flag_for_check(account, payment.payment_method_id)

    def _release_method(self, account: LockedAccount, payment: Payment) -> None:
        if payment.payment_method_id is not None:
            self._methods.release_hold(account, payment.payment_method_id, _HOLDER, payment.id)

    def _posting_day(self, payment: Payment) -> date:
        """Return the payment's own day, or today for a bank transfer whose day's books were closed meanwhile."""
        try:
            self._ledger.require_open(payment.received_on)
        except BooksClosedError:
            return self._clock.today()
        return payment.received_on


def application(payment: Payment, part: Allocation, effective_on: date) -> Application:
    """Return one invoice's part, as it is applied."""
    return Application(
        invoice_id=part.invoice_id,
        kind=ApplicationKind.PAYMENT,
        source_id=payment.id,
        source_number=payment.number,
        effective_on=effective_on,
        amount=part.amount,
    )


def posting_of(payment: Payment, effective_on: date) -> postings.Posting:
    """Return the payment's journal."""
    document = postings.Document(payment.id, payment.number, payment.currency, effective_on)
    return postings.payment(document, allocated=payment.amount - payment.unapplied, unallocated=payment.unapplied)
