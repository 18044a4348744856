"""The money of a chargeback: taken from the payment, its invoices and the books, and put back when it is won."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.chargebacks.model import ChargebackDetail, TakenPart
from billing_api.core import Core
from billing_api.deposits.service import Deposits
from billing_api.invoices.applying import Application, ApplicationKind, ApplicationReason, fit
from billing_api.invoices.locked import LockedInvoices
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.service import Invoices
from billing_api.invoices.values import Move
from billing_api.kit.ids import new_id
from billing_api.ledger import postings
from billing_api.ledger.postings import Document, Posting
from billing_api.ledger.service import Ledger
from billing_api.payments.refundable import RefundablePayments
from billing_api.payments.reopening import ReopenInvoices
from billing_api.payments.states import PaymentState
from billing_api.payments.taking_back import TakeBack
from billing_api.payments.values import Refundable
from billing_api.refunds.choosing import Parts, Room, spread


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken from a payment, and what its invoices lost."""

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
        places = await self._places(account, payment, amount)
        reopened = await self._reopening.reopen(
            account, payment, places.invoices, ApplicationReason.CHARGEBACK, with_discounts=True
        )
        await self._ledger.post(
            account,
            *self._of_payment(payment, places, sum(reopened.discounts.values()), reopened.day),
            *await self._of_deposit(account, payment, places.deposit, reopened.day),
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
        if applications:
            await self._invoices.apply(account, locked, applications)
        money = sum(one.amount for one in applications if one.kind is ApplicationKind.PAYMENT)
        restored = await self._restored(account, payment, amount - money)
        unapplied = amount - money - restored if payment.deposit_id is not None else 0
        document = Document(chargeback.payment_id, chargeback.payment_number, chargeback.currency, day)
        posted = [
            postings.discount(document, invoice_id=one.invoice_id, amount=one.amount)
            for one in applications
            if one.kind is ApplicationKind.DISCOUNT
        ]
        if money or unapplied:
            posted.insert(0, postings.chargeback_won(document, allocated=money, unallocated=unapplied))
        if payment.deposit_id is not None and restored:
            back = replace(await self._deposits.restore(account, payment.deposit_id, restored), effective_on=day)
            posted.append(postings.chargeback_won(back, unallocated=restored))
        await self._ledger.post(account, *posted)
        left, deposit_id = amount - money - restored - unapplied, new_id()
        has_new = bool(left) and payment.state is PaymentState.SUCCEEDED
        self._payments.dispute(
            account, payment.id, -amount, unapplied=-unapplied, deposit_id=deposit_id if has_new else None
        )
        if left:
            await self._deposits.post_overpayment(
                account,
                deposit_id,
                payment_number=chargeback.number,
                currency=chargeback.currency,
                amount=left,
                received_on=day,
            )

    async def _restored(self, account: LockedAccount, payment: Refundable, amount: int) -> int:
        """Return the part of an amount that was taken from the payment's deposit, as far as that can be."""
        if payment.deposit_id is None or not amount:
            return 0
        deposit = await self._deposits.lock(account, payment.deposit_id)
        used = sum(part.amount for part in await self._parts.list_standing(account, deposit.id))
        return fit(amount, deposit.amount - deposit.unapplied - used)

    async def _places(self, account: LockedAccount, payment: Refundable, amount: int) -> Parts:
        room = Room(left=amount, invoices=payment.invoices, unapplied=payment.unapplied)
        if payment.deposit_id is None:
            return spread(amount, room)
        deposit = await self._deposits.lock(account, payment.deposit_id)
        places = spread(amount, replace(room, deposit=deposit.available))
        if places.amount == amount:
            return places
        return spread(amount, replace(room, deposit=await self._free_deposit(account, payment, payment.deposit_id)))

    async def _free_deposit(self, account: LockedAccount, payment: Refundable, deposit_id: UUID) -> int:
        """Take the deposit of an overpayment from the invoices that it has paid, and return what is there of it now."""
        dropped = await self._take_back.release_deposit(account, deposit_id, payment.currency)
        self._deposits.move(account, {deposit_id: Move(0, -dropped)})
        before = await self._deposits.lock(account, deposit_id)
        standing = await self._parts.list_standing(account, deposit_id)
        day = max([self._core.clock.today(), *(part.effective_on for part in standing)])
        await self._parts.reverse(account, standing, day, ApplicationReason.CHARGEBACK)
        used = sum(part.amount for part in standing)
        document = replace(await self._deposits.restore(account, deposit_id, used), effective_on=day)
        await self._ledger.post(
            account,
            *(
                postings.deposit_application_reversal(document, invoice_id=part.invoice_id, amount=part.amount)
                for part in standing
            ),
        )
        return before.available + dropped + used

    def _of_payment(self, payment: Refundable, places: Parts, discounted: int, day: date) -> Iterator[Posting]:
        allocated = sum(one.amount for one in places.invoices)
        if allocated or places.unapplied:
            document = Document(payment.id, payment.number, payment.currency, day)
            yield postings.chargeback(
                document, allocated=allocated, unallocated=places.unapplied, discounted=discounted
            )

    async def _of_deposit(
        self, account: LockedAccount, payment: Refundable, amount: int, day: date
    ) -> Sequence[Posting]:
        if payment.deposit_id is None or not amount:
            return ()
        deposit = await self._deposits.lock(account, payment.deposit_id)
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
