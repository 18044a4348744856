"""Checks, wires and cash: the money has arrived, so a payment succeeds as it is recorded."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.invoices.applying import Shortfall, fit, require_currency, shortfall
from billing_api.invoices.locked import LockedInvoices
from billing_api.invoices.service import Invoices
from billing_api.kit.ids import new_id
from billing_api.ledger.documents import DocumentKind, post_documents
from billing_api.ledger.postings import Posting
from billing_api.ledger.service import Ledger
from billing_api.payments.model import Allocation, Payment
from billing_api.payments.offline_schemas import OfflinePaymentCreate
from billing_api.payments.posting import application, posting_of
from billing_api.payments.reading import event_payload
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.states import PaymentState
from billing_api.payments.submitting import COUNTER, payment_number


@dataclass(frozen=True, slots=True)
class Received:
    """An offline payment, its allocations, and the allocations that could be applied in part only."""

    payment: Payment
    allocations: list[Allocation]
    shortfalls: list[Shortfall]

    @property
    def id(self) -> UUID:
        """The payment's id."""
        return self.payment.id

    @property
    def number(self) -> str:
        """The payment's number."""
        return self.payment.number

    @property
    def external_id(self) -> str | None:
        """The back office's key."""
        return self.payment.external_id


def _posting(received: Received) -> Posting:
    return posting_of(received.payment, received.payment.received_on)


def _event_payload(received: Received) -> dict[str, Any]:
    return event_payload(received.payment, received.allocations)


_KIND = DocumentKind(
    name="payment",
    audited_as="payment.received",
    event="payment.succeeded",
    posting=_posting,
    event_payload=_event_payload,
)


class OfflinePayments:
    """Checks, wires and cash, as the back office reports them."""

    def __init__(self, core: Core, payments: PaymentRepository, ledger: Ledger, invoices: Invoices) -> None:
        self._core = core
        self._payments = payments
        self._ledger = ledger
        self._invoices = invoices

    async def record_all(
        self,
        account: LockedAccount,
        new_payments: Sequence[OfflinePaymentCreate],
        digests: Mapping[str, str] | None = None,
    ) -> list[Received]:
        """Record payments in this order, apply and post them.

        The money has arrived, so no allocation is refused: each is applied up to the amount that its invoice can still
        take, and the rest stays unapplied.
        `digests` are kept with the external ids. The number of statements does not grow with that of the payments.
        Raise OtherCurrencyError, InvoiceNotFoundError, ExternalIdTakenError, DateInFutureError, BooksClosedError.
        """
        for new in new_payments:
            self._ledger.require_arrived("received_on", new.received_on)
        wanted = {part.invoice_id for new in new_payments for part in new.allocations}
        invoices = await self._invoices.lock(account, wanted)
        numbers = await self._core.accounts.take_numbers(account, COUNTER, len(new_payments))
        room = {invoice_id: invoice.payable for invoice_id, invoice in invoices.items()}
        now = self._core.clock.now()
        received = [
            _received(account, payment_number(count), new, now, invoices, room)
            for count, new in zip(numbers, new_payments, strict=True)
        ]
        applications = [
            application(one.payment, part, one.payment.received_on) for one in received for part in one.allocations
        ]
        if applications:
            await self._invoices.apply(account, invoices, applications)
        await post_documents(self._ledger, account, _KIND, received, write=self._add, digests=digests)
        return received

    async def _add(self, received: Sequence[Received]) -> set[UUID]:
        await self._payments.add_all([(one.payment, one.allocations) for one in received])
        return {one.id for one in received}


def _received(
    account: LockedAccount,
    number: str,
    new: OfflinePaymentCreate,
    now: datetime,
    invoices: LockedInvoices,
    room: MutableMapping[UUID, int],
) -> Received:
    """Divide the payment among its invoices; `room`, the amount that each can still take, is lowered.

    Raise OtherCurrencyError.
    """
    allocations, shortfalls = [], []
    for place, part in enumerate(new.allocations):
        invoice = invoices[part.invoice_id]
        require_currency(invoice, new.currency)
        amount = fit(part.amount, room[part.invoice_id])
        if amount:
            room[part.invoice_id] -= amount
            allocations.append(Allocation(part.invoice_id, invoice.number, amount))
        if amount < part.amount:
            shortfalls.append(shortfall(invoice, place, wanted=part.amount, applied=amount))
    unapplied = new.amount - sum(allocation.amount for allocation in allocations)
    return Received(_payment(account, number, new, now, unapplied), allocations, shortfalls)


def _payment(account: LockedAccount, number: str, new: OfflinePaymentCreate, now: datetime, unapplied: int) -> Payment:
    return Payment(
        account_id=account.id,
        id=new_id(),
        number=number,
        external_id=new.external_id,
        kind=new.type,
        state=PaymentState.SUCCEEDED,
        currency=new.currency,
        amount=new.amount,
        unapplied=unapplied,
        received_on=new.received_on,
        reference=new.reference,
        created_at=now,
        updated_at=now,
    )
