"""Money of checks, wires and cash after it was recorded: used for invoices, taken back from them, or returned."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.gateway.reasons import RETURNED_OFFLINE
from billing_api.invoices.applying import ApplicationKind, ApplicationReason, Shortfall
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.sources import Source, SourceKind, SourceUse
from billing_api.invoices.using import UseSources
from billing_api.ledger import postings
from billing_api.ledger.postings import Document
from billing_api.ledger.service import Ledger
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.model import PaymentDetail
from billing_api.payments.offline_errors import (
    PaymentExceededError,
    PaymentNotOfflineError,
    PaymentNotSucceededError,
)
from billing_api.payments.reading import event_payload
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.states import PaymentState
from billing_api.payments.taken_back import LostMoney, RefundsOfLost

_OFFLINE = {"check", "wire", "cash", "other"}
_SOURCE = SourceKind(
    name=ApplicationKind.PAYMENT,
    event="payment.applied",
    posting=postings.payment_application,
    not_found=PaymentNotFoundError,
    exceeded=PaymentExceededError,
)


class UnappliedMoney:
    """The offline payments of one account at a time, as their money is moved between invoices and the credit."""

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        ledger: Ledger,
        using: UseSources,
        parts: InvoiceParts,
        refunds: RefundsOfLost,
    ) -> None:
        self._core = core
        self._payments = payments
        self._ledger = ledger
        self._using = using
        self._parts = parts
        self._refunds = refunds

    async def apply(
        self, account: LockedAccount, uses: Mapping[UUID, Sequence[SourceUse]]
    ) -> Mapping[UUID, Sequence[Shortfall]]:
        """Use unapplied money of payments, by their ids, for invoices, each as far as its invoice has room.

        Return the parts that got less, by the same ids.
        Raise PaymentNotFoundError, PaymentNotOfflineError, PaymentNotSucceededError, PaymentExceededError,
        InvoiceNotFoundError, OtherCurrencyError, DateInFutureError, BooksClosedError.
        """
        payments = {payment_id: await self._get(account, payment_id) for payment_id in uses}
        sources = {one.id: Source(_document(one, one.received_on), one.unapplied) for one in payments.values()}
        used = await self._using.use(account, _SOURCE, sources, uses)
        for one in used:
            if one.applications:
                self._write(payments[one.id], unapplied=one.unapplied)
        return {one.id: one.shortfalls for one in used}

    async def restore(self, account: LockedAccount, payment_id: UUID, amount: int) -> Document:
        """Add an amount back to the unapplied money of a payment, and return its document.

        Raise PaymentNotFoundError, PaymentNotOfflineError, PaymentNotSucceededError.
        """
        payment = await self._get(account, payment_id)
        self._write(payment, unapplied=payment.unapplied + amount)
        return _document(payment, payment.received_on)

    async def record_return(
        self, account: LockedAccount, payment_id: UUID, *, reason: str, returned_on: date | None
    ) -> PaymentDetail:
        """Undo a payment whose money did not come after all, such as a check that bounced: its invoices are open again.

        Raise PaymentNotFoundError, PaymentNotOfflineError, PaymentNotSucceededError, DateInFutureError,
        BooksClosedError.
        """
        payment = await self._get(account, payment_id)
        day = max(returned_on or self._core.clock.today(), payment.received_on)
        self._ledger.require_arrived("returned_on", day)
        standing = await self._parts.list_standing(account, payment_id)
        # Its one entry and all applications that it undoes count from one day.
        day = max([day, *(one.effective_on for one in standing)])
        undoing = await self._parts.reverse(account, standing, day, ApplicationReason.RETURN)
        posting = postings.payment_return(
            _document(payment, day),
            allocated=-sum(one.amount for one in undoing),
            unallocated=payment.unapplied,
        )
        if posting.amount:
            await self._ledger.post(account, posting)
        # A refund has given a part back, and the money has not come: that part is due again.
        lacking = payment.amount - posting.amount
        await self._refunds.follow(account, LostMoney(payment_id, PaymentState.RETURNED, lacking))
        returned = self._write(
            payment,
            PaymentState.RETURNED,
            unapplied=0,
            decline_code=RETURNED_OFFLINE,
            decline_text=reason,
            decline_is_soft=False,
        )
        self._core.audit.record(account.id, "payment.returned", payment_id, number=payment.number)
        payload = event_payload(returned, returned.allocations)
        self._core.events.record(account.id, "payment.returned", payment_id, **payload)
        return returned

    async def _get(self, account: LockedAccount, payment_id: UUID) -> PaymentDetail:
        payment = await self._payments.get(account.id, payment_id)
        if payment.kind not in _OFFLINE:
            raise PaymentNotOfflineError(payment_id)
        if payment.state is not PaymentState.SUCCEEDED:
            raise PaymentNotSucceededError(payment.state)
        return payment

    def _write(
        self, payment: PaymentDetail, state: PaymentState = PaymentState.SUCCEEDED, **changes: object
    ) -> PaymentDetail:
        changed = payment.moved(state, self._core.clock.now(), **changes)
        self._payments.update(changed)
        return changed


def _document(payment: PaymentDetail, day: date) -> Document:
    return Document(payment.id, payment.number, payment.currency, day)
