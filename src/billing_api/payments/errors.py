"""The errors of payments."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind
from billing_api.gateway.errors import DeclineCode, DeclineMessage, DeclineReasonType, DeclineText, RetryMayHelp
from billing_api.gateway.reasons import decline_code as known_code
from billing_api.kit.money import Amount
from billing_api.payments.fields import PaymentStatus
from billing_api.payments.quote_schemas import MOST_INVOICES, PaymentQuoteRead, QuoteLineRead
from billing_api.payments.states import PaymentState

PaymentId = Annotated[UUID, Field(description="The payment that the request made")]
# "Do Not Honor", limits and restrictions: the bank may lift them when its customer asks.
_ASK_THE_BANK = {"2000", "2002", "2003", "2046", "2057"}
_AMOUNT_TOO_LARGE = "81528"  # Braintree's validation error: no other method helps


class PaymentNotFoundError(AppError):
    """There is no such payment on the caller's account."""

    code, title, kind = "payment_not_found", "There is no such payment", Kind.NOT_FOUND
    cure = "List the payments, and use an `id` from there."
    sample: ClassVar = {"payment_id": EXAMPLE_ID}

    def __init__(self, payment_id: UUID) -> None:
        super().__init__(f"There is no payment {payment_id} on this account.")


class NoReceiptError(AppError):
    """No money has come by the payment: its outcome is open, or it was declined or failed."""

    code, title, kind = "no_receipt", "There is no receipt of the payment", Kind.CONFLICT
    cure = "Read the payment until it has succeeded, or pay again when it was declined or has failed."
    sample: ClassVar = {"status": PaymentState.DECLINED}

    payment_status: Annotated[PaymentStatus, Field(description="The payment's status")]

    def __init__(self, status: PaymentState) -> None:
        super().__init__(f"A payment that is {status} has no receipt.", payment_status=status)


class InvoiceNotPayableError(AppError):
    """Nothing can be paid on an invoice now: it is paid or void, or another payment is under way."""

    code, title, kind = "invoice_not_payable", "There is nothing to pay on the invoice", Kind.CONFLICT
    cure = "Leave the invoice out. When a payment of it is under way, read that payment until it is final."
    sample: ClassVar = {"invoice_id": UUID(EXAMPLE_ID), "number": "INV-1042", "pending": 12_500}

    invoice_id: Annotated[UUID, Field(description="The invoice")]
    payable: Annotated[Amount, Field(description="The amount that can be paid now: nothing")]
    amount_pending: Annotated[Amount, Field(description="Reserved by payments under way, in the minor unit")]

    def __init__(self, invoice_id: UUID, number: str, pending: int) -> None:
        why = "another payment of it is under way" if pending else "nothing is due on it"
        super().__init__(
            f"Invoice {number} can't be paid now: {why}.", invoice_id=invoice_id, payable=0, amount_pending=pending
        )


class NothingPayableError(AppError):
    """No invoice in the currency has anything to pay that is neither under way nor contested."""

    code, title, kind = "nothing_payable", "There is nothing to pay", Kind.CONFLICT
    cure = "Read the balance: something may be due in another currency, under way, or contested."
    sample: ClassVar = {"currency": "USD"}

    def __init__(self, currency: str) -> None:
        super().__init__(f"No invoice in {currency} can be paid now.")


class AmountExceedsPayableError(AppError):
    """The amount to be spread is more than the payable invoices take together."""

    code, title, kind = "amount_exceeds_payable", "The amount is more than can be paid", Kind.CONFLICT
    cure = "Pay at most `payable`. A quote for everything due has the invoices, and says whether there are more."
    sample: ClassVar = {"amount": 50_000, "payable": 12_500, "leaves_out": False}

    payable: Annotated[Amount, Field(description="The amount that can be paid now, in the currency's minor unit")]

    def __init__(self, *, amount: int, payable: int, leaves_out: bool) -> None:
        invoices = f"The {MOST_INVOICES} invoices that one payment can pay" if leaves_out else "The payable invoices"
        super().__init__(f"{invoices} take {payable}, in minor units: {amount} is too much.", payable=payable)


class CreditNotFoundError(AppError):
    """The account has no such credit memo or deposit in the currency, or nothing of it is left."""

    code, title, kind = "credit_not_found", "There is no such credit", Kind.NOT_FOUND
    cure = "Use an `id` of the quote's `credits`. What a payment under way has reserved comes back when it fails."
    sample: ClassVar = {"credit_id": UUID(EXAMPLE_ID)}

    credit_id: Annotated[UUID, Field(description="The id that was asked for")]

    def __init__(self, credit_id: UUID) -> None:
        super().__init__(
            f"No credit memo or deposit {credit_id} with something left is on this account, in this currency.",
            credit_id=credit_id,
        )


class PaymentMethodRequiredError(AppError):
    """An amount is to be charged, and the request names no payment method."""

    code, title, kind = "payment_method_required", "A payment method is needed", Kind.CONFLICT
    cure = "Send `payment_method_id`. Only a payment whose quote has an `amount` of 0 needs none."
    sample: ClassVar = {"amount": 12_500, "currency": "USD"}

    amount: Annotated[Amount, Field(description="The amount to be charged, in the currency's minor unit")]

    def __init__(self, amount: int, currency: str) -> None:
        super().__init__(
            f"{amount} in {currency}, in minor units, is left to charge: a payment method is needed.", amount=amount
        )


class QuoteStaleError(AppError):
    """The figures have changed since they were quoted, and each invoice can still be paid.

    One that was paid meanwhile is `invoice_not_payable`, whatever the quote.
    """

    code, title, kind = "quote_stale", "The figures have changed since the quote", Kind.CONFLICT
    cure = (
        "Show the figures of `quote`, and pay with its `quote_version` once the customer agrees. Nothing was charged, "
        "and the `Idempotency-Key` may be used again."
    )
    sample: ClassVar = {
        "quote": PaymentQuoteRead(
            currency="USD",
            amount=12_000,
            credited=0,
            deposit_applied=0,
            discounted=0,
            overpayment=0,
            invoices=[
                QuoteLineRead(
                    invoice_id=UUID(EXAMPLE_ID),
                    number="INV-1042",
                    amount_due=12_000,
                    payable=12_000,
                    amount=12_000,
                    credited=0,
                    deposit_applied=0,
                    discounted=0,
                )
            ],
            more_payable=False,
            credits=[],
            can_be_paid=True,
            problem=None,
            payment_method_types=["card", "us_bank_account"],
            quote_version="9f1c0e6b7a2d4c5e8f3b1a0d9c8e7f6a",
        )
    }

    quote: Annotated[PaymentQuoteRead, Field(description="The quote with the current figures")]

    def __init__(self, quote: PaymentQuoteRead) -> None:
        super().__init__(
            "The payable amounts have changed since the quote: look at the fresh one and pay again.", quote=quote
        )


class PaymentDeclinedError(AppError):
    """The bank or the gateway declined the charge. Source: Braintree processor response codes."""

    code, title, kind = "payment_declined", "The payment was declined", Kind.DECLINED
    cure = (
        "If `retry_may_help` is true (Braintree calls such a decline soft), try again later, with a new "
        "`Idempotency-Key`; with some codes only after a word with the bank (2000, 2002, 2003, 2046, 2057). Otherwise "
        "ask for another payment method."
    )
    sample: ClassVar = {
        "payment_id": UUID(EXAMPLE_ID),
        "decline_code": "2001",
        "decline_text": "Insufficient Funds",
        "retry_may_help": True,
    }

    payment_id: PaymentId
    decline_code: DeclineCode
    decline_text: DeclineText
    decline_reason: DeclineReasonType
    decline_message: DeclineMessage
    retry_may_help: RetryMayHelp

    def __init__(self, payment_id: UUID, *, decline_code: str, decline_text: str, retry_may_help: bool) -> None:
        advice = "Another try may succeed." if retry_may_help else "Choose another payment method."
        if decline_code in _ASK_THE_BANK:
            advice = "The bank can say why: ask it before another try, or choose another payment method."
        if decline_code == _AMOUNT_TOO_LARGE:
            advice = "Pay a smaller amount at a time."
        super().__init__(
            f"The payment was declined: {decline_text.rstrip('.')}. Nothing was charged. {advice}",
            payment_id=payment_id,
            decline_code=decline_code,
            decline_text=decline_text,
            decline_reason=known_code(decline_code).reason,
            decline_message=known_code(decline_code).message,
            retry_may_help=retry_may_help,
        )


class PaymentReturnedError(AppError):
    """The bank returned the payment. Source: Braintree settlement response codes."""

    code, title, kind = "payment_returned", "The payment was returned", Kind.DECLINED
    cure = "Ask for another payment method: the invoices are open again."
    sample: ClassVar = {"payment_id": UUID(EXAMPLE_ID), "decline_code": "R01", "decline_text": "Insufficient Funds"}

    payment_id: PaymentId
    decline_code: DeclineCode
    decline_text: DeclineText
    decline_reason: DeclineReasonType
    decline_message: DeclineMessage
    retry_may_help: RetryMayHelp

    def __init__(self, payment_id: UUID, *, decline_code: str, decline_text: str) -> None:
        super().__init__(
            f"The payment was accepted first, and returned by the bank later: {decline_text.rstrip('.')}. "
            "Its invoices are open again. Choose another payment method.",
            payment_id=payment_id,
            decline_code=decline_code,
            decline_text=decline_text,
            decline_reason=known_code(decline_code).reason,
            decline_message=known_code(decline_code).message,
            retry_may_help=False,
        )


class PaymentCancelledError(AppError):
    """The charge was voided, expired, or came too late and was given back."""

    code, title, kind = "payment_cancelled", "The payment was cancelled", Kind.DECLINED
    cure = "Pay again with a new `Idempotency-Key`: nothing was paid."
    sample: ClassVar = {"payment_id": UUID(EXAMPLE_ID)}

    payment_id: PaymentId

    def __init__(self, payment_id: UUID) -> None:
        super().__init__(
            "The payment was cancelled, and pays nothing: its charge is voided or refunded.",
            payment_id=payment_id,
        )


class PaymentNotSentError(AppError):
    """The charge was never sent, or was not found at the gateway; the payment has failed."""

    code, title, kind = "payment_not_sent", "The payment could not be sent", Kind.UNAVAILABLE
    cure = (
        "With `Retry-After`, repeat the request with the same `Idempotency-Key` after those seconds. Without "
        "it, pay again with a new key."
    )
    sample: ClassVar = {"payment_id": UUID(EXAMPLE_ID), "key_is_free": True}

    payment_id: PaymentId

    def __init__(self, payment_id: UUID, *, key_is_free: bool) -> None:
        """Take whether it certainly was not sent: then the same request may be repeated, after Retry-After."""
        super().__init__(
            "The payment did not reach the gateway, and nothing was charged: try again shortly."
            if key_is_free
            else "The payment was not found at the gateway: pay again with a new Idempotency-Key. "
            "Should a charge turn up later, it pays the same invoices if it can, and is given back otherwise.",
            retry_after=5 if key_is_free else None,
            payment_id=payment_id,
        )
