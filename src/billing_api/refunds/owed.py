"""Refunds whose money is due again, since their payment has lost its own: the customer has it twice."""

import asyncio
from dataclasses import replace

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.deposits.service import Deposits
from billing_api.invoices.applying import ApplicationReason
from billing_api.invoices.repayments import Repayments
from billing_api.kit.ids import new_id
from billing_api.kit.metrics import OWED_REFUNDS
from billing_api.profiles.service import Profiles
from billing_api.refunds.model import RefundDetail
from billing_api.refunds.written_off import WriteOffsOfInvoice

log = structlog.get_logger(__name__)


class OwedRefunds:
    """Posts the invoice by which the money of a refund is due again, and takes it back."""

    def __init__(
        self,
        core: Core,
        repayments: Repayments,
        deposits: Deposits,
        profiles: Profiles,
        write_offs: WriteOffsOfInvoice,
    ) -> None:
        self._core = core
        self._profiles = profiles
        self._repayments = repayments
        self._deposits = deposits
        self._write_offs = write_offs

    async def post(self, account: LockedAccount, refund: RefundDetail, amount: int) -> RefundDetail:
        """Return a refund that its payment does not cover by this amount, with its invoice, for the caller to write."""
        locale = await self._profiles.locale_of(account.id)
        description = await asyncio.to_thread(_description, locale, refund.payment_number)
        invoice = await self._repayments.post(account, description=description, currency=refund.currency, amount=amount)
        log.error("refund_without_money", refund_id=str(refund.id), amount=amount, invoice=invoice.number)
        self._core.audit.record(
            account.id, "refund.without_money", refund.id, amount=amount, invoice_number=invoice.number
        )
        self._core.db.after_commit(OWED_REFUNDS.inc)
        return replace(refund, repayment_id=invoice.id)

    async def take_back(self, account: LockedAccount, refund: RefundDetail) -> int:
        """Take the invoice of a refund whose money has come back from the books, and return its amount, or 0.

        Where the customer has paid of it meanwhile, the amount becomes their deposit. What the vendor has given up of
        it is due again first: otherwise the deposit would have no payment behind it.
        """
        if refund.repayment_id is None:
            return 0
        await self._write_offs.undo(account, refund.repayment_id, ApplicationReason.REFUND_FAILED)
        invoice = await self._repayments.withdraw(account, refund.repayment_id)
        if invoice.status != "void":
            await self._deposits.post_overpayment(
                account,
                new_id(),
                payment_number=invoice.number,
                currency=invoice.currency,
                amount=invoice.total,
                received_on=self._core.clock.today(),
            )
        return invoice.total


def _description(locale: str, number: str) -> str:
    """Return the words of the invoice in the customer's language; the first call of a process loads Babel."""
    from billing_api.locales.language import language  # noqa: PLC0415 - it loads Babel

    _ = language(locale).gettext
    return _("Refund of the payment {number}, which your bank has returned as well", number=number)
