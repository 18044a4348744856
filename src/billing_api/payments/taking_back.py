"""Undo what the money of a payment did: in its invoices, in the books, and in the deposit of its overpayment."""

from dataclasses import replace
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.deposits.service import Deposits
from billing_api.invoices.applying import ApplicationKind, ApplicationReason
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.service import Invoices
from billing_api.ledger import postings
from billing_api.ledger.postings import Document
from billing_api.ledger.service import Ledger
from billing_api.payments.model import PaymentDetail
from billing_api.payments.repository import PaymentRepository


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
        today = self._core.clock.today()
        of_deposit = 0
        if payment.deposit_id is not None:
            await self.release_deposit(account, payment.deposit_id, payment.currency)
            of_deposit = await self._take_back_deposit(account, payment.deposit_id, reason)
        standing = await self._parts.list_standing(account, payment.id)
        with_money = {part.invoice_id for part in standing if part.kind == ApplicationKind.PAYMENT}
        earned = [part for part in standing if part.invoice_id in with_money]
        # Its one entry and all applications that it undoes count from one day.
        day = max([today, *(part.effective_on for part in earned)])
        undoing = await self._parts.reverse(account, earned, day, reason)
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
        if posting.amount:
            await self._ledger.post(account, posting)
        return posting.amount + of_deposit

    async def _take_back_deposit(self, account: LockedAccount, deposit_id: UUID, reason: ApplicationReason) -> int:
        """Take a deposit from the invoices that it has paid, post that it is gone, and return its amount.

        A refund or a chargeback may have taken a part of it before.
        """
        standing = await self._parts.list_standing(account, deposit_id)
        day = max([self._core.clock.today(), *(part.effective_on for part in standing)])
        await self._parts.reverse(account, standing, day, reason)
        left = (await self._deposits.lock(account, deposit_id)).unapplied + sum(part.amount for part in standing)
        document = replace(await self._deposits.take_back(account, deposit_id), effective_on=day)
        await self._ledger.post(
            account,
            *(
                postings.deposit_application_reversal(document, invoice_id=part.invoice_id, amount=part.amount)
                for part in standing
            ),
            *([postings.deposit_refund(document, amount=left)] if left else []),
        )
        return left

    async def release_deposit(self, account: LockedAccount, deposit_id: UUID, currency: str) -> int:
        """Take the deposit from payments under way, which pay less of their invoices then; return that amount."""
        dropped = await self._payments.drop_deposit(account, deposit_id, self._core.clock.now())
        for part in dropped:
            self._core.audit.record(account.id, "payment.deposit_dropped", part.payment_id, amount=part.amount)
            invoices = await self._invoices.lock(account, [part.invoice_id])
            await self._invoices.release(invoices, {part.invoice_id: part.amount})
            await self._ledger.add_pending(account, currency, -part.amount)
        return sum(part.amount for part in dropped)
