"""Undo a payment's money: in its invoices, in the books, and in the deposit of its overpayment."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.deposits.locked import LockedDeposit
from billing_api.deposits.service import Deposits
from billing_api.invoices.applying import Application, ApplicationKind, ApplicationReason, reversals
from billing_api.invoices.locked import LockedInvoices
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.service import Invoices
from billing_api.ledger import postings
from billing_api.ledger.postings import Document, Posting
from billing_api.ledger.service import Ledger
from billing_api.payments.model import PaymentDetail
from billing_api.payments.repository import PaymentRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class FreedDeposit:
    """A deposit that no payment and no invoice has a part of any more; amounts in minor units.

    `left` was not used, `used` was undone on invoices, for which `postings` are the journals, and `released` was
    reserved by payments under way. `invoices` are those of both, as they are now.
    """

    document: Document
    left: int
    used: int
    released: int
    invoices: LockedInvoices
    postings: Sequence[Posting]

    @property
    def amount(self) -> int:
        """The amount that is there now, with the part that refunds have reserved."""
        return self.left + self.used


class TakeBack:
    """The one way back for a payment that had succeeded; credits and deposits that paid beside it stay."""

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        invoices: Invoices,
        parts: InvoiceParts,
        ledger: Ledger,
        deposits: Deposits,
    ) -> None:
        self._core = core
        self._payments = payments
        self._invoices = invoices
        self._parts = parts
        self._ledger = ledger
        self._deposits = deposits

    async def take_back(self, account: LockedAccount, payment: PaymentDetail, reason: ApplicationReason) -> int:
        """Reopen the invoices, post the return, dated today at the earliest, and return the money that it takes.

        It is less than the payment's amount where refunds or chargebacks have taken a part before. A discount is undone
        with the money that earned it; one that credits alone earned stays. Raise BooksClosedError.
        """
        standing = await self._parts.list_standing(account, payment.id)
        with_money = {part.invoice_id for part in standing if part.kind == ApplicationKind.PAYMENT}
        earned = [part for part in standing if part.invoice_id in with_money]
        # Its one entry and all applications that it undoes count from one day.
        day = max([self._core.clock.today(), *(part.effective_on for part in earned)])
        undoing = reversals(earned, day, reason)
        amounts = {
            kind: -sum(one.amount for one in undoing if one.kind is kind)
            for kind in (ApplicationKind.PAYMENT, ApplicationKind.DISCOUNT)
        }
        posting = postings.payment_return(
            Document(payment.id, payment.number, payment.currency, day),
            allocated=amounts[ApplicationKind.PAYMENT],
            unallocated=payment.unapplied,
            discounted=amounts[ApplicationKind.DISCOUNT],
        )
        own = [posting] if posting.amount else []
        if payment.deposit_id is None:
            invoices = await self._invoices.lock(account, {one.invoice_id for one in undoing})
            await self._invoices.apply(account, invoices, undoing)
            await self._ledger.post(account, *own)
            return posting.amount
        deposit = await self._deposits.lock(account, payment.deposit_id)
        freed = await self.free_deposit(account, deposit, reason, beside=undoing)
        self._deposits.take_back(account, deposit)
        gone = [postings.deposit_refund(freed.document, amount=freed.amount)] if freed.amount else []
        await self._ledger.post(account, *freed.postings, *gone, *own, pending_change=-freed.released)
        return posting.amount + freed.amount

    async def free_deposit(
        self,
        account: LockedAccount,
        deposit: LockedDeposit,
        reason: ApplicationReason,
        *,
        beside: Sequence[Application] = (),
    ) -> FreedDeposit:
        """Take a deposit from the payments under way and from the invoices that have parts of it.

        Those payments pay less of their invoices then. `beside` are applied with that, since they may be about the same
        invoices. The caller moves the deposit, and posts to the ledger.
        """
        dropped = await self._payments.drop_deposit(account, deposit.id, self._core.clock.now())
        released = Counter[UUID]()
        for part in dropped:
            self._core.audit.record(account.id, "payment.deposit_dropped", part.payment_id, amount=part.amount)
            released[part.invoice_id] += part.amount
        standing = await self._parts.list_standing(account, deposit.id)
        day = max([self._core.clock.today(), *(part.effective_on for part in standing)])
        undoing = [*reversals(standing, day, reason), *beside]
        invoices = await self._invoices.lock(account, {*released, *(one.invoice_id for one in undoing)})
        invoices = await self._invoices.release(invoices, released)
        invoices = await self._invoices.apply(account, invoices, undoing)
        document = Document(deposit.id, deposit.number, deposit.currency, day)
        return FreedDeposit(
            document=document,
            used=sum(part.amount for part in standing),
            left=deposit.unapplied,
            released=released.total(),
            invoices=invoices,
            postings=[
                postings.deposit_application_reversal(document, invoice_id=part.invoice_id, amount=part.amount)
                for part in standing
            ],
        )
