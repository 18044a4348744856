"""Receipts of payments as PDFs."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from billing_api.addresses.recipients import Recipients
from billing_api.documents.letterhead import Vendor
from billing_api.documents.papers import PrintedShare, ReceiptPaper, ReceiptStatus, Reduction
from billing_api.documents.printed import Printed
from billing_api.documents.service import Documents
from billing_api.gateway.reasons import RETURNED_OFFLINE, decline_code
from billing_api.payments.errors import NoReceiptError
from billing_api.payments.model import PaymentDetail
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.states import PaymentState

# A payment in any other state is no money yet, or never was.
_STATUSES = {
    PaymentState.SUCCEEDED: ReceiptStatus.RECEIVED,
    PaymentState.PROCESSING: ReceiptStatus.PENDING,
    PaymentState.RETURNED: ReceiptStatus.RETURNED,
    PaymentState.CANCELLING: ReceiptStatus.CANCELLED,
    PaymentState.CANCELLED: ReceiptStatus.CANCELLED,
}


def require_receipt(state: PaymentState) -> ReceiptStatus:
    """Return how far the money of a payment in this state is. Raise NoReceiptError when there is none."""
    status = _STATUSES.get(state)
    if status is None:
        raise NoReceiptError(state)
    return status


class PrintReceipt:
    """The receipts of one account's payments."""

    def __init__(
        self, payments: PaymentRepository, recipients: Recipients, vendor: Vendor, documents: Documents
    ) -> None:
        self._payments = payments
        self._recipients = recipients
        self._vendor = vendor
        self._documents = documents

    async def print(self, account_id: UUID, payment_id: UUID) -> Printed[ReceiptPaper]:
        """Return the receipt of a payment in the profile's language.

        Raise PaymentNotFoundError, NoReceiptError, ProfileNotFoundError, TooManyDocumentsError, DocumentTooSlowError,
        DocumentNotMadeError.
        """
        payment = await self._payments.get(account_id, payment_id)
        status = require_receipt(payment.state)
        recipient, locale = await self._recipients.get(account_id)
        paper = ReceiptPaper(
            letterhead=self._vendor.letterhead,
            recipient=recipient,
            number=payment.number,
            status=status,
            method=payment.kind,
            brand=payment.method_brand,
            last4=payment.method_last4,
            reference=payment.reference,
            received_on=payment.received_on,
            currency=payment.currency,
            amount=payment.amount,
            refunded=payment.refunded,
            unapplied=payment.unapplied,
            allocations=tuple(PrintedShare(part.invoice_number, part.settled) for part in payment.allocations),
            made_at=payment.updated_at,
            reductions=tuple(_reductions(payment)),
            deposited=payment.overpaid,
            disputed=payment.disputed,
            return_reason=None if payment.decline_code is None else decline_code(payment.decline_code).reason,
            return_text=payment.decline_text if payment.decline_code == RETURNED_OFFLINE else None,
        )
        return await self._documents.print(paper, locale)


def _reductions(payment: PaymentDetail) -> Iterator[Reduction]:
    """Yield the used credits, each document once, and the discounts."""
    used = Counter[tuple[str, str]]()
    for one in payment.credits:
        used[one.kind, one.number] += one.amount
    for (kind, number), amount in used.items():
        yield Reduction(kind, number, amount)
    if payment.discounted:
        yield Reduction("discount", None, payment.discounted)
