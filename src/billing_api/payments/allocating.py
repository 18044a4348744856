"""What a payment takes from its invoices: reserved while it is live, then applied, or given back."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from billing_api.invoices.applying import Application, ApplicationKind
from billing_api.invoices.service import Invoices
from billing_api.kit.clock import Clock
from billing_api.ledger import postings
from billing_api.ledger.errors import BooksClosedError
from billing_api.ledger.service import Ledger
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.model import Payment
from billing_api.payments.repository import AllocationRow

_HOLDER = "payment"


class Allocations:
    """Moves invoices, the books and the method's hold together; the account's lock must be held."""

    def __init__(self, invoices: Invoices, ledger: Ledger, methods: PaymentMethods, clock: Clock) -> None:
        self._invoices = invoices
        self._ledger = ledger
        self._methods = methods
        self._clock = clock

    async def reserve_in(self, payment: Payment, allocations: Sequence[AllocationRow]) -> None:
        """Keep the amounts from other payments, and the method from being removed.

        Raises BooksClosedError for a day that could not be posted to.
        """
        self._ledger.require_open(payment.received_on)
        await self._hold_in(payment, allocations)

    async def reserve_again_in(self, payment: Payment, allocations: Sequence[AllocationRow]) -> bool:
        """Reserve for a payment that had ended what it was for, and return whether all of that is payable still."""
        wanted = _by_invoice(allocations)
        invoices = await self._invoices.lock_payable_in(payment.account_id, wanted)
        is_payable = all(invoices[invoice_id].payable >= amount for invoice_id, amount in wanted.items())
        if is_payable:
            await self._hold_in(payment, allocations)
        return is_payable

    async def _hold_in(self, payment: Payment, allocations: Sequence[AllocationRow]) -> None:
        await self._invoices.reserve_in(payment.account_id, _by_invoice(allocations))
        await self._ledger.add_pending_in(payment.account_id, payment.currency, payment.amount)
        if payment.payment_method_id is not None:
            await self._methods.place_hold_in(payment.account_id, payment.payment_method_id, _HOLDER, payment.id)

    async def release_in(self, payment: Payment, allocations: Sequence[AllocationRow]) -> None:
        """Nothing came of the payment: give back what it kept from others."""
        await self._invoices.release_in(payment.account_id, _by_invoice(allocations))
        await self._let_go_in(payment)

    async def apply_in(self, payment: Payment, allocations: Sequence[AllocationRow]) -> None:
        """The money is there: apply what was reserved to the invoices, and post the payment."""
        effective_on = self._posting_day(payment)
        await self._invoices.apply_in(
            payment.account_id,
            [application(payment, allocation, effective_on) for allocation in allocations],
            reserved=True,
        )
        await self._ledger.post_in(payment.account_id, posting(payment, effective_on))
        await self._let_go_in(payment)

    async def suspect_method_in(self, payment: Payment) -> None:
        """The gateway would not charge the method: it is to be looked up there."""
        if payment.payment_method_id is not None:
            await self._methods.suspect_in(payment.account_id, payment.payment_method_id)

    async def _let_go_in(self, payment: Payment) -> None:
        await self._ledger.add_pending_in(payment.account_id, payment.currency, -payment.amount)
        if payment.payment_method_id is not None:
            await self._methods.release_hold_in(payment.account_id, payment.payment_method_id, _HOLDER, payment.id)

    def _posting_day(self, payment: Payment) -> date:
        """The payment's own day; a bank transfer that ends after its day's books were closed is posted today."""
        try:
            self._ledger.require_open(payment.received_on)
        except BooksClosedError:
            return self._clock.today()
        return payment.received_on


def application(payment: Payment, allocation: AllocationRow, effective_on: date) -> Application:
    """One invoice's part, as it is applied."""
    return Application(
        invoice_id=allocation.invoice_id,
        kind=ApplicationKind.PAYMENT,
        source_id=payment.id,
        source_number=payment.number,
        effective_on=effective_on,
        amount=allocation.amount,
    )


def posting(payment: Payment, effective_on: date) -> postings.Posting:
    """The payment in the books."""
    document = postings.Document(payment.id, payment.number, payment.currency, effective_on)
    return postings.payment(document, allocated=payment.amount - payment.unapplied, unallocated=payment.unapplied)


def _by_invoice(allocations: Sequence[AllocationRow]) -> dict[UUID, int]:
    return {allocation.invoice_id: allocation.amount for allocation in allocations}
