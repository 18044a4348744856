"""Payments, as refunds need them: how much can be given back, and how much is on its way."""

from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.invoices.applying import ApplicationKind
from billing_api.invoices.parts import InvoiceParts
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.states import PaymentState
from billing_api.payments.values import InvoiceMoney, Refundable


class RefundablePayments:
    """The payments of one account at a time; their amounts are written at the transaction's end."""

    def __init__(self, core: Core, payments: PaymentRepository, parts: InvoiceParts) -> None:
        self._core = core
        self._payments = payments
        self._parts = parts

    async def get(self, account: LockedAccount, payment_id: UUID) -> Refundable:
        """Return a payment, with the money that its invoices have of it now. Raise PaymentNotFoundError."""
        payment = await self._payments.get(account.id, payment_id)
        if payment.state is PaymentState.SUCCEEDED:
            parts = await self._parts.list_standing(account, payment_id)
            held = [(one.invoice_id, one.invoice_number, one.amount) for one in parts if _is_money(one.kind)]
        else:
            held = [(one.invoice_id, one.invoice_number, one.amount) for one in payment.allocations if one.amount]
        invoices: dict[UUID, InvoiceMoney] = {}
        for invoice_id, number, amount in held:
            before = invoices[invoice_id].amount if invoice_id in invoices else 0
            invoices[invoice_id] = InvoiceMoney(invoice_id, number, before + amount)
        return Refundable(
            id=payment.id,
            number=payment.number,
            kind=payment.kind,
            state=payment.state,
            currency=payment.currency,
            amount=payment.amount,
            unapplied=payment.unapplied,
            overpaid=payment.overpaid,
            deposit_id=payment.deposit_id if payment.state is PaymentState.SUCCEEDED else None,
            refunded=payment.refunded,
            refund_pending=payment.refund_pending,
            disputed=payment.disputed,
            transaction_id=payment.gateway_transaction_id,
            invoices=tuple(invoices.values()),
        )

    def reserve(self, account: LockedAccount, payment_id: UUID, amount: int, *, overpaid: int) -> None:
        """Keep an amount from other refunds; `overpaid` of it is reserved on the deposit once that is posted."""
        self._move(account, payment_id, pending=amount, overpaid=overpaid)

    def release(self, account: LockedAccount, payment_id: UUID, amount: int, *, overpaid: int) -> None:
        """Let other refunds have an amount again."""
        self._move(account, payment_id, pending=-amount, overpaid=-overpaid)

    def settle(self, account: LockedAccount, payment_id: UUID, amount: int, *, overpaid: int, unapplied: int) -> None:
        """Record that a reserved amount was given back, of which `unapplied` was the account's credit."""
        self._move(account, payment_id, refunded=amount, pending=-amount, overpaid=-overpaid, unapplied=unapplied)

    def unsettle(self, account: LockedAccount, payment_id: UUID, amount: int, *, unapplied: int) -> None:
        """Record that an amount that was given back has come back; `unapplied` of it is the account's credit now."""
        self._move(account, payment_id, refunded=-amount, unapplied=-unapplied)

    def dispute(
        self,
        account: LockedAccount,
        payment_id: UUID,
        amount: int,
        *,
        unapplied: int = 0,
        deposit_id: UUID | None = None,
    ) -> None:
        """Record that a chargeback has taken an amount, of which `unapplied` was the account's credit.

        A negative amount came back; `deposit_id` is the new deposit that has a part of it.
        """
        now = self._core.clock.now()
        self._payments.move_disputed(
            account, payment_id, now, disputed=amount, unapplied=unapplied, deposit_id=deposit_id
        )

    def _move(
        self,
        account: LockedAccount,
        payment_id: UUID,
        *,
        refunded: int = 0,
        pending: int = 0,
        overpaid: int = 0,
        unapplied: int = 0,
    ) -> None:
        self._payments.move_refunds(
            account,
            payment_id,
            self._core.clock.now(),
            refunded=refunded,
            pending=pending,
            overpaid=overpaid,
            unapplied=unapplied,
        )


def _is_money(kind: str) -> bool:
    return kind == ApplicationKind.PAYMENT
