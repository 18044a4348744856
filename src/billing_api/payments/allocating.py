"""The amounts of a payment and its invoices: reserved while it is live, then applied, or given back."""

from datetime import date

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.deposits.service import Deposits
from billing_api.invoices.locked import LockedInvoices
from billing_api.invoices.service import Invoices
from billing_api.ledger.errors import BooksClosedError
from billing_api.ledger.service import Ledger
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.model import Payment, PaymentDetail
from billing_api.payments.posting import applications_of, postings_of
from billing_api.payments.used_credits import UsedCredits

_HOLDER = "payment"


class Allocations:
    """Moves invoices, credits, the books and the hold on the payment method together."""

    def __init__(
        self,
        core: Core,
        invoices: Invoices,
        ledger: Ledger,
        methods: PaymentMethods,
        used_credits: UsedCredits,
        deposits: Deposits,
    ) -> None:
        self._clock = core.clock
        self._invoices = invoices
        self._ledger = ledger
        self._methods = methods
        self._credits = used_credits
        self._deposits = deposits

    def require_open(self, payment: Payment) -> None:
        """Raise BooksClosedError for a payment whose day could not be posted to."""
        self._ledger.require_open(payment.received_on)

    async def lock_again(self, account: LockedAccount, payment: PaymentDetail) -> LockedInvoices | None:
        """Lock and return the invoices of a payment that had ended; None when one of its amounts is not there any more.

        An invoice with a discount must have just that left to pay, so that the discount settles it.
        """
        invoices = await self._invoices.lock(account, payment.by_invoice)
        is_payable = all(
            invoices[part.invoice_id].payable >= part.settled
            and (not part.discounted or invoices[part.invoice_id].amount_due == part.settled)
            for part in payment.allocations
        )
        return invoices if is_payable and await self._credits.are_available(account, payment) else None

    def reserve(self, account: LockedAccount, payment: PaymentDetail, invoices: LockedInvoices) -> None:
        """Keep the amounts from other payments, and the method from being removed, at the transaction's end.

        `invoices` has those of the payment.
        """
        self._invoices.reserve_at_end(invoices, payment.by_invoice)
        self._ledger.reserve(account, payment.currency, payment.settled)
        self._credits.reserve(account, payment)
        if payment.payment_method_id is not None:
            self._methods.place_hold(account, payment.payment_method_id, _HOLDER, payment.id)

    async def release(self, account: LockedAccount, payment: PaymentDetail) -> None:
        """Give back the reserved amounts of a payment without money."""
        invoices = await self._invoices.lock(account, payment.by_invoice)
        await self._invoices.release(invoices, payment.by_invoice)
        await self._ledger.release(account, payment.currency, payment.settled)
        self._credits.release(account, payment)
        self._release_method(account, payment)

    async def apply(self, account: LockedAccount, payment: PaymentDetail) -> None:
        """Apply the reserved amounts of a payment with money to its invoices, and post the payment."""
        invoices = await self._invoices.lock(account, payment.by_invoice)
        await self._post(account, payment, invoices, reserved=True)
        self._release_method(account, payment)

    async def settle(self, account: LockedAccount, payment: PaymentDetail, invoices: LockedInvoices) -> None:
        """Apply a payment for which nothing was reserved, and post it. `invoices` has those of the payment."""
        await self._post(account, payment, invoices, reserved=False)

    async def _post(
        self, account: LockedAccount, payment: PaymentDetail, invoices: LockedInvoices, *, reserved: bool
    ) -> None:
        day = self._posting_day(payment)
        applications = list(applications_of(payment, invoices, day))
        await self._invoices.apply_at_end(account, invoices, applications, reserved=reserved)
        self._credits.use(account, payment, reserved=reserved)
        pending_change = -payment.settled if reserved else 0
        posted = list(postings_of(payment, invoices, day))
        if payment.deposit_id is None:
            await self._ledger.post(account, *posted, pending_change=pending_change)
            return
        await self._deposits.post_overpayment(
            account,
            payment.deposit_id,
            payment_number=payment.number,
            currency=payment.currency,
            amount=payment.overpaid,
            reserved=payment.overpaid_reserved,
            received_on=day,
            after=posted,
            pending_change=pending_change,
        )

    async def flag_method_for_check(self, account: LockedAccount, payment: Payment) -> None:
        """Have the method looked up at the gateway, which would not charge it."""
        if payment.payment_method_id is not None:
            await self._methods.flag_for_check(account, payment.payment_method_id)

    def _release_method(self, account: LockedAccount, payment: Payment) -> None:
        if payment.payment_method_id is not None:
            self._methods.release_hold(account, payment.payment_method_id, _HOLDER, payment.id)

    def _posting_day(self, payment: Payment) -> date:
        """Return the payment's own day, or today when that day's books were closed meanwhile."""
        try:
            self.require_open(payment)
        except BooksClosedError:
            return self._clock.today()
        return payment.received_on
