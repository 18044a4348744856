"""The money of a refund: reserved where it comes from, then taken from there and posted, or left there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.credits.locked import LockedCreditMemo
from billing_api.credits.service import CreditMemos
from billing_api.db.unapplied import Move
from billing_api.deposits.locked import LockedDeposit
from billing_api.deposits.service import Deposits
from billing_api.invoices.applying import ApplicationReason, fit
from billing_api.ledger import postings
from billing_api.ledger.postings import Document, Posting
from billing_api.ledger.service import Ledger
from billing_api.payments.refundable import RefundablePayments
from billing_api.payments.reopening import ReopenInvoices
from billing_api.payments.states import PaymentState
from billing_api.payments.values import InvoiceMoney, Refundable
from billing_api.refunds.choosing import Room, refit
from billing_api.refunds.model import RefundDetail
from billing_api.refunds.owed import OwedRefunds

log = structlog.get_logger(__name__)


class RefundedMoney:
    """Moves a payment, its invoices, its deposit, a credit memo and the books together."""

    def __init__(
        self,
        core: Core,
        payments: RefundablePayments,
        reopening: ReopenInvoices,
        ledger: Ledger,
        deposits: Deposits,
        memos: CreditMemos,
        owed: OwedRefunds,
    ) -> None:
        self._core = core
        self._payments = payments
        self._reopening = reopening
        self._ledger = ledger
        self._deposits = deposits
        self._memos = memos
        self._owed = owed

    def reserve(self, account: LockedAccount, refund: RefundDetail) -> None:
        """Keep the amounts from other refunds, and from payments that use credits.

        A refund that turns up after it had failed has nothing reserved of credits: they may be used by now.
        """
        self._payments.reserve(account, refund.payment_id, refund.amount, overpaid=refund.overpaid_reserved)
        if refund.deposit_id is not None and refund.deposit_reserved:
            self._deposits.move(account, {refund.deposit_id: Move(0, refund.deposit_reserved)})
        if refund.credit_memo_id is not None and refund.credit_memo_reserved:
            self._memos.move(account, {refund.credit_memo_id: Move(0, refund.credit_memo_reserved)})

    async def release(self, account: LockedAccount, refund: RefundDetail) -> RefundDetail:
        """Leave the amounts where they are, and return the refund, which has nothing reserved of credits now.

        The deposit of a payment that was taken back has nothing reserved.
        """
        self._payments.release(account, refund.payment_id, refund.amount, overpaid=refund.overpaid_reserved)
        deposit_id = refund.deposit_id or (await self._payments.get(account, refund.payment_id)).deposit_id
        if deposit_id is not None and refund.deposit_reserved:
            deposit = await self._deposits.lock(account, deposit_id)
            self._deposits.move(account, {deposit.id: Move(0, -min(refund.deposit_reserved, deposit.reserved))})
        if refund.credit_memo_id is not None and refund.credit_memo_reserved:
            self._memos.move(account, {refund.credit_memo_id: Move(0, -refund.credit_memo_reserved)})
        return replace(refund, deposit_reserved=0, credit_memo_reserved=0)

    async def settle(self, account: LockedAccount, refund: RefundDetail) -> RefundDetail:
        """Take the amounts from where they are, post the refund, and return it with its day, for the caller to write.

        The gateway has refunded, so nothing is refused: where a place has less than was reserved, others give the rest.
        Where the payment was returned or cancelled, the refunded amount is due again by an invoice (`OwedRefunds`).
        """
        payment = await self._payments.get(account, refund.payment_id)
        memo = await self._lock_memo(account, refund)
        day = self._core.clock.today()
        if payment.state is not PaymentState.SUCCEEDED:  # it has nothing left; a credit memo has its amount still
            paid_out = fit(refund.credit_memo_amount, _left_of_memo(memo, refund))
            await self._ledger.post(account, *self._of_memo(account, memo, refund, paid_out, day))
            if paid_out < refund.amount:
                refund = await self._owed.post(account, refund, refund.amount - paid_out)
            self._settle(account, refund, unapplied=0)
            return _settled(refund, day)
        deposit = None if payment.deposit_id is None else await self._deposits.lock(account, payment.deposit_id)
        room = Room(
            left=refund.amount,
            invoices=payment.invoices,
            unapplied=payment.unapplied,
            deposit=_left_of_deposit(deposit, refund),
            credit_memo=_left_of_memo(memo, refund),
        )
        parts = refit(refund.parts, room)
        if parts.amount < refund.amount:
            self._alarm(account, refund, refund.amount - parts.amount)
        day = (await self._reopening.reopen(account, payment, parts.invoices, ApplicationReason.REFUND)).day
        posted = [*self._of_payment(payment, parts.invoices, parts.unapplied, day)]
        posted += self._of_deposit(account, deposit, refund, parts.deposit, day)
        posted += self._of_memo(account, memo, refund, parts.credit_memo, day)
        await self._ledger.post(account, *posted)
        self._settle(account, refund, unapplied=parts.unapplied)
        return _settled(refund, day)

    def _settle(self, account: LockedAccount, refund: RefundDetail, *, unapplied: int) -> None:
        overpaid = refund.overpaid_reserved
        self._payments.settle(account, refund.payment_id, refund.amount, overpaid=overpaid, unapplied=unapplied)

    async def put_back(self, account: LockedAccount, refund: RefundDetail) -> None:
        """Put the amounts of a refund that came back to the places that they were taken from, and post that.

        What has no room there, such as on an invoice that was paid meanwhile, is unapplied money of the payment. Where
        the payment was taken back meanwhile, its own places have lost all: a credit memo has its amount again, and what
        was due again is not any more.
        """
        payment = await self._payments.get(account, refund.payment_id)
        is_there = payment.state is PaymentState.SUCCEEDED
        not_owed = await self._owed.take_back(account, refund)
        to_invoices = refund.invoices if is_there and not not_owed else ()
        day, applied = await self._reopening.pay_again(account, payment, to_invoices)
        posted = [
            *await self._back_to_memo(account, refund, day),
            *await self._back_to_deposit(account, payment, refund, day),
        ]
        left = refund.amount - not_owed - applied - sum(one.amount for one in posted)
        unapplied = left if is_there else 0
        if applied or unapplied:
            document = Document(payment.id, payment.number, payment.currency, day)
            posted.append(postings.refund_failed(document, reopened=applied, unapplied=unapplied))
        await self._ledger.post(account, *posted)
        self._payments.unsettle(account, payment.id, refund.amount, unapplied=unapplied)

    async def _back_to_memo(self, account: LockedAccount, refund: RefundDetail, day: date) -> list[Posting]:
        memo = await self._lock_memo(account, refund)
        if memo is None:
            return []
        amount = fit(refund.credit_memo_amount, memo.total - memo.unapplied)
        self._memos.move(account, {memo.id: Move(amount, 0)})
        document = Document(memo.id, memo.number, memo.currency, max(day, memo.issued_on))
        return [postings.refund_failed(document, unapplied=amount)] if amount else []

    async def _back_to_deposit(
        self, account: LockedAccount, payment: Refundable, refund: RefundDetail, day: date
    ) -> list[Posting]:
        if payment.deposit_id is None or not refund.deposit_amount:
            return []
        deposit = await self._deposits.lock(account, payment.deposit_id)
        amount = fit(refund.deposit_amount, deposit.amount - deposit.unapplied)
        self._deposits.move(account, {deposit.id: Move(amount, 0)})
        document = Document(deposit.id, deposit.number, deposit.currency, day)
        return [postings.refund_failed(document, unapplied=amount)] if amount else []

    async def _lock_memo(self, account: LockedAccount, refund: RefundDetail) -> LockedCreditMemo | None:
        return None if refund.credit_memo_id is None else await self._memos.lock(account, refund.credit_memo_id)

    def _alarm(self, account: LockedAccount, refund: RefundDetail, amount: int) -> None:
        """Report money that was given back although the payment has it no more, for an operator to look at."""
        log.error("refund_without_money", refund_id=str(refund.id), amount=amount)
        self._core.audit.record(account.id, "refund.without_money", refund.id, amount=amount)

    def _of_payment(
        self, payment: Refundable, invoices: Sequence[InvoiceMoney], unapplied: int, day: date
    ) -> Iterator[Posting]:
        reopened = sum(one.amount for one in invoices)
        if reopened or unapplied:
            document = Document(payment.id, payment.number, payment.currency, day)
            yield postings.payment_refund(document, reopened=reopened, unapplied=unapplied)

    def _of_deposit(
        self, account: LockedAccount, deposit: LockedDeposit | None, refund: RefundDetail, amount: int, day: date
    ) -> list[Posting]:
        if deposit is None or not (amount or refund.deposit_reserved):
            return []
        self._deposits.move(account, {deposit.id: Move(-amount, -refund.deposit_reserved)})
        document = Document(deposit.id, deposit.number, deposit.currency, day)
        return [postings.deposit_refund(document, amount=amount)] if amount else []

    def _of_memo(
        self, account: LockedAccount, memo: LockedCreditMemo | None, refund: RefundDetail, amount: int, day: date
    ) -> list[Posting]:
        if memo is None:
            return []
        self._memos.move(account, {memo.id: Move(-amount, -refund.credit_memo_reserved)})
        document = Document(memo.id, memo.number, memo.currency, max(day, memo.issued_on))
        return [postings.credit_refund(document, amount=amount)] if amount else []


def _settled(refund: RefundDetail, day: date) -> RefundDetail:
    return replace(refund, refunded_on=day, deposit_reserved=0, credit_memo_reserved=0)


def _left_of_deposit(deposit: LockedDeposit | None, refund: RefundDetail) -> int:
    """Return the amount of the payment's deposit that the refund may take, with the part that it has reserved."""
    return 0 if deposit is None else deposit.available + refund.deposit_reserved


def _left_of_memo(memo: LockedCreditMemo | None, refund: RefundDetail) -> int:
    """Return the amount of the refund's credit memo that it may take, with the part that it has reserved."""
    return 0 if memo is None else memo.available + refund.credit_memo_reserved
