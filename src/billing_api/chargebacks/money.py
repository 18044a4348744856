"""The money of a chargeback: taken from the payment, its invoices and the books, and put back when it is won."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from billing_api.accounts.locked import LockedAccount
from billing_api.chargebacks.model import ChargebackDetail, TakenPart
from billing_api.core import Core
from billing_api.db.unapplied import Move
from billing_api.deposits.locked import LockedDeposit
from billing_api.deposits.service import Deposits
from billing_api.invoices.applying import Application, ApplicationKind, ApplicationReason, fit
from billing_api.invoices.locked import LockedInvoices
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.service import Invoices
from billing_api.kit.ids import new_id
from billing_api.ledger import postings
from billing_api.ledger.postings import Document, Posting
from billing_api.ledger.service import Ledger
from billing_api.payments.refundable import RefundablePayments
from billing_api.payments.reopening import ReopenInvoices
from billing_api.payments.states import PaymentState
from billing_api.payments.taking_back import FreedDeposit, TakeBack
from billing_api.payments.values import Refundable
from billing_api.refunds.choosing import RefundParts, Room, spread


@dataclass(frozen=True, slots=True)
class Taken:
    """The amount taken from a payment, and the amounts that its invoices lost."""

    amount: int = 0
    parts: tuple[TakenPart, ...] = ()


class ChargebackMoney:
    """Moves a payment, its invoices, its deposit and the books together. Credits beside the payment stay."""

    def __init__(
        self,
        core: Core,
        payments: RefundablePayments,
        invoices: Invoices,
        parts: InvoiceParts,
        ledger: Ledger,
        deposits: Deposits,
        take_back: TakeBack,
        reopening: ReopenInvoices,
    ) -> None:
        self._core = core
        self._payments = payments
        self._invoices = invoices
        self._parts = parts
        self._ledger = ledger
        self._deposits = deposits
        self._take_back = take_back
        self._reopening = reopening

    async def take(self, account: LockedAccount, payment: Refundable, wanted: int) -> Taken:
        """Take an amount from a payment, as far as it has it still, and post that.

        First goes unapplied money, then the deposit of an overpayment, then the invoice that was paid last. An invoice
        that loses money loses the discount that it had earned, too.
        """
        amount = fit(wanted, _most(payment)) if payment.state is PaymentState.SUCCEEDED else 0
        if not amount:
            return Taken()
        places, deposit, freed = await self._places(account, payment, amount)
        reopened = await self._reopening.reopen(
            account,
            payment,
            places.invoices,
            ApplicationReason.CHARGEBACK,
            with_discounts=True,
            held=freed.invoices if freed else None,
        )
        await self._ledger.post(
            account,
            *(freed.postings if freed else ()),
            *self._of_payment(payment, places, sum(reopened.discounts.values()), reopened.day),
            *self._of_deposit(account, deposit, places.deposit, reopened.day),
            pending_change=-freed.released if freed else 0,
        )
        self._payments.dispute(account, payment.id, places.amount, unapplied=places.unapplied)
        return Taken(
            places.amount,
            tuple(
                TakenPart(one.invoice_id, one.invoice_number, one.amount, reopened.discounts.get(one.invoice_id, 0))
                for one in places.invoices
            ),
        )

    async def put_back(
        self, account: LockedAccount, payment: Refundable, chargeback: ChargebackDetail, amount: int
    ) -> None:
        """Put an amount that came back to the invoices that had lost it, and post that.

        A discount comes back where it settles its invoice again. What invoices have no room for, since they were paid
        meanwhile, is in the payment's deposit: in the one that it has, or in a new one. So another dispute finds it.
        """
        locked = await self._invoices.lock(account, {part.invoice_id for part in chargeback.parts})
        applications = list(self._applications(chargeback, locked, amount))
        day = max([self._core.clock.today(), *(invoice.issued_on for invoice in locked.values())])
        applications = [replace(one, effective_on=day) for one in applications]
        await self._invoices.apply(account, locked, applications)
        money = sum(one.amount for one in applications if one.kind is ApplicationKind.PAYMENT)
        back = await self._restore(account, payment, amount - money, day)
        restored = sum(one.amount for one in back)
        unapplied = amount - money - restored if payment.deposit_id is not None else 0
        document = Document(chargeback.payment_id, chargeback.payment_number, chargeback.currency, day)
        posted = [
            postings.discount(document, invoice_id=one.invoice_id, amount=one.amount)
            for one in applications
            if one.kind is ApplicationKind.DISCOUNT
        ]
        if money or unapplied:
            posted.insert(0, postings.chargeback_won(document, allocated=money, unallocated=unapplied))
        posted += back
        left, deposit_id = amount - money - restored - unapplied, new_id()
        has_new = bool(left) and payment.state is PaymentState.SUCCEEDED
        self._payments.dispute(
            account, payment.id, -amount, unapplied=-unapplied, deposit_id=deposit_id if has_new else None
        )
        if not left:
            await self._ledger.post(account, *posted)
            return
        await self._deposits.post_overpayment(
            account,
            deposit_id,
            payment_number=chargeback.number,
            currency=chargeback.currency,
            amount=left,
            received_on=day,
            after=posted,
        )

    async def _restore(self, account: LockedAccount, payment: Refundable, amount: int, day: date) -> list[Posting]:
        """Put an amount back to the payment's deposit, as far as it was taken from there; return the journal."""
        if payment.deposit_id is None or not amount:
            return []
        deposit = await self._deposits.lock(account, payment.deposit_id)
        used = sum(part.amount for part in await self._parts.list_standing(account, deposit.id))
        restored = fit(amount, deposit.amount - deposit.unapplied - used)
        if not restored:
            return []
        self._deposits.move(account, {deposit.id: Move(restored, 0)})
        document = Document(deposit.id, deposit.number, deposit.currency, day)
        return [postings.chargeback_won(document, unallocated=restored)]

    async def _places(
        self, account: LockedAccount, payment: Refundable, amount: int
    ) -> tuple[RefundParts, LockedDeposit | None, FreedDeposit | None]:
        """Return where an amount is, with the payment's deposit, which is freed where it would not be enough else."""
        room = Room(left=amount, invoices=payment.invoices, unapplied=payment.unapplied)
        if payment.deposit_id is None:
            return spread(amount, room), None, None
        deposit = await self._deposits.lock(account, payment.deposit_id)
        places = spread(amount, replace(room, deposit=deposit.available))
        if places.amount == amount:
            return places, deposit, None
        freed = await self._take_back.free_deposit(account, deposit, ApplicationReason.CHARGEBACK)
        self._deposits.move(account, {deposit.id: Move(freed.used, -freed.released)})
        there = deposit.available + freed.released + freed.used
        return spread(amount, replace(room, deposit=there)), deposit, freed

    def _of_payment(self, payment: Refundable, places: RefundParts, discounted: int, day: date) -> Iterator[Posting]:
        allocated = sum(one.amount for one in places.invoices)
        if allocated or places.unapplied:
            document = Document(payment.id, payment.number, payment.currency, day)
            yield postings.chargeback(
                document, allocated=allocated, unallocated=places.unapplied, discounted=discounted
            )

    def _of_deposit(
        self, account: LockedAccount, deposit: LockedDeposit | None, amount: int, day: date
    ) -> Sequence[Posting]:
        if deposit is None or not amount:
            return ()
        self._deposits.move(account, {deposit.id: Move(-amount, 0)})
        return [postings.deposit_refund(Document(deposit.id, deposit.number, deposit.currency, day), amount=amount)]

    def _applications(
        self, chargeback: ChargebackDetail, invoices: LockedInvoices, amount: int
    ) -> Iterator[Application]:
        left = amount
        for part in chargeback.parts:
            invoice = invoices[part.invoice_id]
            money = fit(min(part.amount, left), invoice.payable)
            left -= money
            if money:
                yield self._application(chargeback, part, ApplicationKind.PAYMENT, money)
            settles = part.discounted == invoice.amount_due - money == invoice.payable - money
            if part.discounted and money == part.amount and settles:
                yield self._application(chargeback, part, ApplicationKind.DISCOUNT, part.discounted)

    def _application(
        self, chargeback: ChargebackDetail, part: TakenPart, kind: ApplicationKind, amount: int
    ) -> Application:
        return Application(
            invoice_id=part.invoice_id,
            kind=kind,
            source_id=chargeback.payment_id,
            source_number=chargeback.payment_number,
            effective_on=self._core.clock.today(),
            amount=amount,
            reason=ApplicationReason.CHARGEBACK_WON,
        )


def _most(payment: Refundable) -> int:
    """Return the most that can be taken from a payment, in minor units.

    A refund that has paid a credit memo out has left the payment's own money where it was.
    """
    held = sum(one.amount for one in payment.invoices) + payment.unapplied
    return max(payment.left, held - payment.refund_pending)
