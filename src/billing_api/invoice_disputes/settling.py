"""Disputes that end by themselves: nothing of their invoices is due any more."""

from collections.abc import Sequence

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.invoice_disputes.fields import DisputeSettlement
from billing_api.invoice_disputes.recording import record
from billing_api.invoice_disputes.repository import InvoiceDisputeRepository
from billing_api.invoices.contests import ClosedInvoice


class SettleDisputes:
    """Ends the disputes of invoices that were paid in full or voided, in the transaction that did so."""

    def __init__(self, core: Core, disputes: InvoiceDisputeRepository) -> None:
        self._core = core
        self._disputes = disputes

    async def settle(self, account: LockedAccount, closed: Sequence[ClosedInvoice]) -> None:
        """Settle the open disputes of invoices that were contested and are closed now."""
        settlements = {invoice.id: _settlement(invoice) for invoice in closed}
        numbers = {invoice.id: invoice.number for invoice in closed}
        for dispute in await self._disputes.settle_all(account, settlements, self._core.clock.now()):
            record(self._core, dispute, "invoice.dispute_settled", numbers[dispute.invoice_id])


def _settlement(invoice: ClosedInvoice) -> DisputeSettlement:
    return "invoice_voided" if invoice.status == "void" else "invoice_paid"
