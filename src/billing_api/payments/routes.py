"""Payments over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.addresses.errors import AddressNotFoundError
from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Payer, Viewer
from billing_api.credits.errors import CreditExceededError
from billing_api.deliveries.schemas import DeliveriesQueued, DeliveryQuery, DeliveryRead, EmailsCreate
from billing_api.deposits.errors import DepositExceededError
from billing_api.gateway.errors import GatewayUnreachableError
from billing_api.http.etag import IfMatch
from billing_api.http.idempotency import OptionalIdempotencyKey, RequiredIdempotencyKey
from billing_api.http.pdf_files import NOT_PRINTED, PDF, DocumentSlotsDep, PdfFile
from billing_api.http.provide import RatesDep, provided
from billing_api.http.results import Accepted, Created
from billing_api.http.routes import NO_STORE, Routes
from billing_api.invoices.errors import AmountExceedsDueError, InvoiceNotFoundError, OtherCurrencyError
from billing_api.kit.pagination import Page
from billing_api.payment_methods.card_rules import ThreeDSecureFailedError, ThreeDSecureRequiredError
from billing_api.payment_methods.errors import (
    CurrencyNotPayableError,
    PaymentMethodBlockedError,
    PaymentMethodExpiredError,
    PaymentMethodNotFoundError,
    PaymentMethodRemovedError,
    TooManyDeclinesError,
)
from billing_api.payment_methods.verification_errors import PaymentMethodNotVerifiedError
from billing_api.payments.errors import (
    AmountExceedsPayableError,
    CreditNotFoundError,
    InvoiceNotPayableError,
    NoReceiptError,
    NothingPayableError,
    PaymentCancelledError,
    PaymentDeclinedError,
    PaymentMethodRequiredError,
    PaymentNotFoundError,
    PaymentNotSentError,
    PaymentReturnedError,
    QuoteStaleError,
)
from billing_api.payments.mailing import MailReceipts
from billing_api.payments.method_errors import BankAccountUnverifiedError
from billing_api.payments.quote_schemas import PaymentQuoteCreate, PaymentQuoteRead
from billing_api.payments.receipts import PrintReceipt
from billing_api.payments.results import is_pending
from billing_api.payments.schedule_errors import (
    PaymentCutOffPassedError,
    PaymentNotScheduledError,
    TooManyScheduledPaymentsError,
)
from billing_api.payments.schedule_schemas import PaymentUpdate
from billing_api.payments.scheduling import ScheduledPayments
from billing_api.payments.schemas import PaymentCreate, PaymentQuery, PaymentRead, PaymentSummaryRead
from billing_api.payments.service import Payments
from billing_api.profiles.errors import ProfileNotFoundError

router = Routes("/payments", tags=["payments"], errors=[PaymentNotFoundError])
MailingDep = Annotated[MailReceipts, Depends(provided(MailReceipts))]
PaymentsDep = Annotated[Payments, Depends(provided(Payments))]
PrintReceiptDep = Annotated[PrintReceipt, Depends(provided(PrintReceipt))]
ScheduledPaymentsDep = Annotated[ScheduledPayments, Depends(provided(ScheduledPayments))]
Pending = Annotated[Accepted[PaymentRead], "The outcome is open, or a late charge is given back"]

_QUOTE_ERRORS = [
    InvoiceNotFoundError,
    OtherCurrencyError,
    InvoiceNotPayableError,
    AmountExceedsDueError,
    NothingPayableError,
    AmountExceedsPayableError,
    CreditNotFoundError,
    CreditExceededError,
    DepositExceededError,
]
_METHOD_ERRORS = [
    PaymentMethodRequiredError,
    PaymentMethodNotFoundError,
    PaymentMethodBlockedError,
    PaymentMethodExpiredError,
    PaymentMethodNotVerifiedError,
    PaymentMethodRemovedError,
    CurrencyNotPayableError,
    TooManyDeclinesError,
]
_SCHEDULE_ERRORS = [PaymentNotScheduledError, PaymentCutOffPassedError]


@router.get("", operation_id="payments_list")
async def list_payments(
    query: Annotated[PaymentQuery, Query()], caller: Viewer, payments: PaymentsDep
) -> Page[PaymentSummaryRead]:
    """List payments, newest first."""
    return await payments.list(caller.account_id, query)


@router.post(
    "/quote",
    operation_id="payments_quote",
    errors=[*_QUOTE_ERRORS, TooManyRequestsError],
    cache_control=NO_STORE,
)
async def quote_payment(
    wanted: PaymentQuoteCreate, caller: Viewer, payments: PaymentsDep, rates: RatesDep
) -> PaymentQuoteRead:
    """Work out the cost of paying now; nothing is changed or kept.

    An amount, or everything due, pays the invoices that are due first, of one due date those issued first. What the
    customer contests is left alone, unless its invoice is named.
    """
    await rates.spend("quotes", caller.user_id, caller.account_id)
    return await payments.quote(caller.account_id, wanted)


@router.post(
    "",
    operation_id="payments_create",
    errors=[
        *_QUOTE_ERRORS,
        PaymentDeclinedError,
        BankAccountUnverifiedError,
        ThreeDSecureRequiredError,
        ThreeDSecureFailedError,
        PaymentReturnedError,
        PaymentCancelledError,
        *_METHOD_ERRORS,
        QuoteStaleError,
        PaymentNotSentError,
        TooManyScheduledPaymentsError,
        AddressNotFoundError,
        GatewayUnreachableError,
    ],
)
async def create_payment(
    caller: Payer, key: RequiredIdempotencyKey, wanted: PaymentCreate, payments: PaymentsDep
) -> Created[PaymentRead] | Pending:
    """Pay invoices with credits and one charge of a method; a repeat with the same key gets the same response.

    The method is a stored one, or a card or bank account by its nonce, which is used up.
    Where credits and discounts leave nothing to charge, it has `succeeded` at once, and needs no method. A card's
    payment has `succeeded`, a bank account's is `processing` for days. A 202 means that the gateway's response was
    lost, or that the charge came too late and is given back (`cancelling`): the payment must not be made again, and
    `next_check_at` says when it is looked up.
    With `scheduled_on` it is `scheduled`: nothing is charged or reserved before that day, on which its figures are
    worked out again. It leaves out what was paid until then, and never pays more than the choice says. An expired card
    is refused with `scheduled_on`. Without it the card is tried, since its bank may have renewed it.
    """
    payment = await payments.pay(caller.account_id, wanted, key)
    return Accepted(payment) if is_pending(payment) else Created(payment)


@router.get(
    "/{payment_id}/receipt.pdf",
    operation_id="payments_print_receipt",
    errors=[NoReceiptError, ProfileNotFoundError, *NOT_PRINTED],
    openapi_extra=PDF,
)
async def print_receipt(
    payment_id: UUID, caller: Viewer, receipts: PrintReceiptDep, rates: RatesDep, slots: DocumentSlotsDep
) -> PdfFile:
    """Print the receipt of a payment as a PDF, in the language of the profile.

    A bank account's payment has one from its beginning, which says that the bank has yet to confirm it.
    """
    await rates.spend("documents", caller.account_id, caller.account_id)
    async with slots.slot(caller.account_id):
        return PdfFile(await receipts.print(caller.account_id, payment_id))


@router.get("/{payment_id}", operation_id="payments_get")
async def get_payment(payment_id: UUID, caller: Viewer, payments: PaymentsDep) -> PaymentRead:
    """Read one payment, with its allocations."""
    return await payments.get(caller.account_id, payment_id)


@router.patch(
    "/{payment_id}", operation_id="payments_update", errors=[*_SCHEDULE_ERRORS, *_QUOTE_ERRORS, *_METHOD_ERRORS]
)
async def update_payment(
    payment_id: UUID, change: PaymentUpdate, caller: Payer, version: IfMatch, scheduled: ScheduledPaymentsDep
) -> PaymentRead:
    """Change the day, the method or the choice of a scheduled payment, until the cut-off of its day.

    Its figures are worked out anew. What was paid meanwhile is left out of a choice that stays as it is.
    """
    return await scheduled.change(caller.account_id, payment_id, change, version)


@router.post("/{payment_id}/cancel", operation_id="payments_cancel", errors=[PaymentNotScheduledError])
async def cancel_payment(payment_id: UUID, caller: Payer, scheduled: ScheduledPaymentsDep) -> PaymentRead:
    """Cancel a scheduled payment; to cancel it again changes nothing.

    It can be cancelled until its sale is sent: at the cut-off of its day, or later where the gateway is away.
    """
    return await scheduled.cancel(caller.account_id, payment_id)


@router.post(
    "/{payment_id}/emails",
    operation_id="payments_send_emails",
    errors=[NoReceiptError, ProfileNotFoundError, TooManyRequestsError],
    status=202,
)
async def send_receipt_emails(
    payment_id: UUID, wanted: EmailsCreate, caller: Payer, key: OptionalIdempotencyKey, mailing: MailingDep
) -> DeliveriesQueued:
    """Mail a payment's receipt to these recipients, with its PDF."""
    return await mailing.send(caller.account_id, payment_id, wanted, key)


@router.get("/{payment_id}/emails", operation_id="payments_list_emails")
async def list_receipt_emails(
    payment_id: UUID, query: Annotated[DeliveryQuery, Query()], caller: Viewer, mailing: MailingDep
) -> Page[DeliveryRead]:
    """List the mails about a payment to single recipients, newest first, with their outcomes."""
    return await mailing.list(caller.account_id, payment_id, query)
