"""Money that arrived outside the gateway: recorded when it is certain, so that there is nothing to wait for."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.events.service import Outbox
from billing_api.invoices.applying import Shortfall, fit
from billing_api.invoices.errors import OtherCurrencyError
from billing_api.invoices.service import Invoices
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.ledger.service import Ledger
from billing_api.payments.allocating import application, posting
from billing_api.payments.model import Payment
from billing_api.payments.quoting import Payable
from billing_api.payments.reading import told_of
from billing_api.payments.repository import AllocationRow, PaymentRepository
from billing_api.payments.schemas import OfflinePaymentCreate
from billing_api.payments.states import PaymentState
from billing_api.payments.submitting import COUNTER, payment_number


@dataclass(frozen=True, slots=True)
class Received:
    """An offline payment that is recorded, what its invoices get of it, and the allocations that had less room."""

    payment: Payment
    allocations: list[AllocationRow]
    shortfalls: list[Shortfall]


class OfflinePayments:
    """Checks, wires and cash, as the back office reports them."""

    def __init__(
        self,
        payments: PaymentRepository,
        accounts: Accounts,
        invoices: Invoices,
        ledger: Ledger,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._payments = payments
        self._accounts = accounts
        self._invoices = invoices
        self._ledger = ledger
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def record_all_in(
        self, account_id: UUID, news: Sequence[OfflinePaymentCreate], digests: Mapping[str, str] | None = None
    ) -> list[Received]:
        """Record payments in this order, apply and post them.

        A payment is a fact: each allocation is applied as far as its invoice has room, the rest stays unapplied.
        The caller holds the account's lock. `digests` are kept with the external ids. The number of statements does
        not grow with that of the payments.
        Raise OtherCurrencyError, InvoiceNotFoundError, ExternalIdTakenError, DateInFutureError, BooksClosedError.
        """
        for new in news:
            self._ledger.require_arrived("received_on", new.received_on)
        numbers = await self._accounts.take_numbers_in(account_id, COUNTER, len(news))
        wanted = {part.invoice_id for new in news for part in new.allocations}
        invoices = await self._invoices.lock_payable_in(account_id, wanted) if wanted else {}
        room = {invoice_id: invoice.payable for invoice_id, invoice in invoices.items()}
        now = self._clock.now()
        received = [
            _received(_row(account_id, payment_number(count), new, now), new, invoices, room)
            for count, new in zip(numbers, news, strict=True)
        ]
        await self._payments.add_all([(one.payment, one.allocations) for one in received])
        await self._accounts.claim_references_in(
            "payment",
            account_id,
            {
                new.external_id: (one.payment.id, (digests or {}).get(new.external_id))
                for one, new in zip(received, news, strict=True)
            },
        )
        await self._apply_in(account_id, received)
        counted = {one.payment.id: {"number": one.payment.number} for one in received}
        await self._audit.record_all_in(account_id, "payment.received", counted)
        facts = {one.payment.id: told_of(one.payment, one.allocations) for one in received}
        await self._outbox.record_all_in(account_id, "payment.succeeded", facts)
        return received

    async def _apply_in(self, account_id: UUID, received: Sequence[Received]) -> None:
        applications = [
            application(one.payment, part, one.payment.received_on) for one in received for part in one.allocations
        ]
        await self._invoices.apply_in(account_id, applications)
        payments = [one.payment for one in received]
        await self._ledger.post_in(account_id, *(posting(payment, payment.received_on) for payment in payments))


def _row(account_id: UUID, number: str, new: OfflinePaymentCreate, now: datetime) -> Payment:
    return Payment(
        account_id=account_id,
        id=new_id(),
        number=number,
        external_id=new.external_id,
        kind=new.type,
        state=PaymentState.SUCCEEDED,
        currency=new.currency,
        amount=new.amount,
        unapplied=new.amount,
        received_on=new.received_on,
        reference=new.reference,
        created_at=now,
        updated_at=now,
        version=1,
    )


def _received(
    payment: Payment,
    new: OfflinePaymentCreate,
    invoices: Mapping[UUID, Payable],
    room: MutableMapping[UUID, int],
) -> Received:
    """Share the payment out; `room` is what each invoice has left for it, and goes down. Raise OtherCurrencyError."""
    received = Received(payment, [], [])
    for place, part in enumerate(new.allocations):
        invoice = invoices[part.invoice_id]
        if invoice.currency != new.currency:
            raise OtherCurrencyError(
                invoice_id=part.invoice_id,
                number=invoice.number,
                invoice_currency=invoice.currency,
                currency=new.currency,
            )
        amount = fit(part.amount, room[part.invoice_id])
        if amount:
            room[part.invoice_id] -= amount
            payment.unapplied -= amount
            received.allocations.append(AllocationRow(part.invoice_id, invoice.number, amount))
        if amount < part.amount:
            received.shortfalls.append(
                Shortfall(
                    place=place,
                    invoice_number=invoice.number,
                    wanted=part.amount,
                    applied=amount,
                    pending=invoice.amount_pending,
                )
            )
    return received
