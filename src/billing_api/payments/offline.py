"""Money that arrived outside the gateway: recorded when it is certain, so that there is nothing to wait for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.events.service import Outbox
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
    ) -> Sequence[UUID]:
        """Record payments in this order, apply and post them, and answer their ids.

        The caller holds the account's lock. `digests` are kept with the external ids. The number of statements does
        not grow with that of the payments.
        Raises OtherCurrencyError, InvoiceNotFoundError, AmountExceedsDueError, ExternalIdTakenError, BooksClosedError.
        """
        numbers = await self._accounts.take_numbers_in(account_id, COUNTER, len(news))
        wanted = {part.invoice_id for new in news for part in new.allocations}
        invoices = await self._invoices.lock_payable_in(account_id, wanted) if wanted else {}
        now = self._clock.now()
        received = [
            (_row(account_id, payment_number(count), new, now), _parts(new, invoices))
            for count, new in zip(numbers, news, strict=True)
        ]
        await self._payments.add_all(received)
        await self._accounts.claim_references_in(
            "payment",
            account_id,
            {
                new.external_id: (payment.id, (digests or {}).get(new.external_id))
                for (payment, _), new in zip(received, news, strict=True)
            },
        )
        await self._apply_in(account_id, received)
        for payment, parts in received:
            await self._tell_in(payment, parts)
        return [payment.id for payment, _ in received]

    async def _apply_in(self, account_id: UUID, received: Sequence[tuple[Payment, Sequence[AllocationRow]]]) -> None:
        applications = [
            application(payment, part, payment.received_on) for payment, parts in received for part in parts
        ]
        if applications:
            await self._invoices.apply_in(account_id, applications)
        await self._ledger.post_in(account_id, *(posting(payment, payment.received_on) for payment, _ in received))

    async def _tell_in(self, payment: Payment, allocations: Sequence[AllocationRow]) -> None:
        await self._audit.record_in(payment.account_id, "payment.received", payment.id, number=payment.number)
        await self._outbox.record_in(
            payment.account_id, "payment.succeeded", payment.id, **told_of(payment, allocations)
        )


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
        unapplied=new.amount - sum(part.amount for part in new.allocations),
        received_on=new.received_on,
        reference=new.reference,
        created_at=now,
        updated_at=now,
        version=1,
    )


def _parts(new: OfflinePaymentCreate, invoices: Mapping[UUID, Payable]) -> list[AllocationRow]:
    for part in new.allocations:
        invoice = invoices[part.invoice_id]
        if invoice.currency != new.currency:
            raise OtherCurrencyError(
                invoice_id=part.invoice_id,
                number=invoice.number,
                invoice_currency=invoice.currency,
                currency=new.currency,
            )
    return [AllocationRow(part.invoice_id, invoices[part.invoice_id].number, part.amount) for part in new.allocations]
