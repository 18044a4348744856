"""The errors of cards and bank accounts."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.errors import EXAMPLE_ID, AppError, Kind
from billing_api.gateway.errors import DeclineCode, DeclineMessage, DeclineReasonType, DeclineText, RetryMayHelp
from billing_api.gateway.failures import CardChecks, Decline
from billing_api.gateway.reasons import decline_code as known_code
from billing_api.gateway.reasons import shown
from billing_api.payment_methods.fields import MethodType, MethodUseKind
from billing_api.payment_methods.schemas import MOST_PAYMENTS, MethodPaymentRead

MethodId = Annotated[UUID, Field(description="The payment method")]
Check = Annotated[
    str | None, Field(max_length=1, description="The bank's check: M matches, N does not, others are unknown")
]


class TooManyDeclinesError(TooManyRequestsError):
    """Too many cards of this account, or from this network, were declined: that is how stolen cards are tested."""

    code, title = "too_many_declines", "Too many cards were declined"
    cure = (
        "Wait for the seconds of `Retry-After`: until then no card of the account pays or is stored, nor a good one. "
        "Check the data of the declined cards with their owners."
    )


class PaymentMethodNotFoundError(AppError):
    """No such payment method, or not the caller's."""

    code, title, kind = "payment_method_not_found", "There is no such payment method", Kind.NOT_FOUND
    cure = "List the payment methods, and use an `id` from there."
    sample: ClassVar = {"method_id": EXAMPLE_ID}

    def __init__(self, method_id: UUID) -> None:
        super().__init__(f"There is no payment method {method_id} on this account.")


class PaymentMethodBlockedError(AppError):
    """Its bank has returned a debit for a reason that will not go away, such as a closed account.

    Nacha's rules forbid another debit then. Source: Nacha, return codes.
    """

    code, title, kind = "payment_method_blocked", "The bank account can't be debited any more", Kind.CONFLICT
    cure = (
        "Pay with another method. The account pays again once it is added anew, with a new mandate, or the vendor has "
        "verified it again at the gateway."
    )
    sample: ClassVar = {"method_id": EXAMPLE_ID, "return_code": "R02"}

    payment_method_id: MethodId
    decline_code: DeclineCode
    decline_reason: DeclineReasonType
    decline_message: DeclineMessage

    def __init__(self, method_id: UUID, return_code: str) -> None:
        known = known_code(return_code)
        super().__init__(
            f"This account's bank returned an earlier payment: {known.message} Pay with another method.",
            payment_method_id=method_id,
            decline_code=return_code,
            decline_reason=known.reason,
            decline_message=known.message,
        )


class PaymentMethodRemovedError(AppError):
    """The method is removed, or its removal has begun."""

    code, title, kind = "payment_method_removed", "The payment method is removed", Kind.CONFLICT
    cure = "Choose another payment method, or add the card or account again."
    sample: ClassVar = {"method_id": EXAMPLE_ID}

    payment_method_id: MethodId

    def __init__(self, method_id: UUID) -> None:
        super().__init__("This payment method is removed: choose another.", payment_method_id=method_id)


class CurrencyNotPayableError(AppError):
    """The vendor can't take this currency from this kind of method."""

    code, title, kind = "currency_not_payable", "This currency can't be paid so", Kind.CONFLICT
    cure = "Pay with a method of another type: a quote names the types that can pay in a currency."
    sample: ClassVar = {"currency": "EUR", "method_type": "us_bank_account"}

    currency: Annotated[str, Field(min_length=3, max_length=3, description="ISO 4217")]
    payment_method_type: Annotated[MethodType, Field(description="The type of the method that was named")]

    def __init__(self, currency: str, method_type: str) -> None:
        super().__init__(
            f"{currency} can't be paid with a method of type {method_type}.",
            currency=currency,
            payment_method_type=method_type,
        )


class PaymentMethodExpiredError(AppError):
    """The card expired, so it can't become the default, or be chosen for autopay or for a payment on a later day.

    A payment at once is tried, and so is one that was scheduled before: banks renew cards and honour the old date.
    """

    code, title, kind = "payment_method_expired", "The card has expired", Kind.CONFLICT
    cure = (
        "Store the renewed card with `on_duplicate: use_existing`. It takes the place of this one. Or choose another "
        "payment method."
    )
    sample: ClassVar = {"method_id": EXAMPLE_ID, "expires_on": date(2026, 10, 31)}

    payment_method_id: MethodId
    expires_on: Annotated[date, Field(description="The last day on which the card was good")]

    def __init__(self, method_id: UUID, expires_on: date) -> None:
        super().__init__(
            f"This card was good through {expires_on}. Store the renewed card with `on_duplicate: use_existing`, so "
            "that it takes this one's place, or choose another payment method.",
            payment_method_id=method_id,
            expires_on=expires_on.isoformat(),
        )


_USES = {
    "autopay": "autopay, which is then switched off",
    "payment": "a payment under way, which then goes on",
    "scheduled_payment": "scheduled payments, which are then cancelled",
}


class PaymentMethodInUseError(AppError):
    """A payment under way, a scheduled payment or autopay still needs the method."""

    code, title, kind = "payment_method_in_use", "The payment method is in use", Kind.CONFLICT
    cure = (
        "Show the user what ends with the method, and remove it with `?detach=true` once they agree. Or let the "
        "scheduled payments and autopay pay with another method first, and wait until payments under way are final."
    )
    sample: ClassVar = {
        "method_id": EXAMPLE_ID,
        "used_by": ["autopay", "scheduled_payment"],
        "scheduled_payments": [
            MethodPaymentRead(
                payment_id=UUID(EXAMPLE_ID),
                payment_number="PMT-000042",
                scheduled_on=date(2026, 12, 15),
                currency="USD",
                amount=12_500,
            )
        ],
    }

    payment_method_id: MethodId
    used_by: Annotated[list[MethodUseKind], Field(max_length=3, description="The kinds of its uses")]
    scheduled_payments: Annotated[
        list[MethodPaymentRead],
        Field(max_length=MOST_PAYMENTS, description="The payments that are scheduled with it, by day"),
    ]

    def __init__(self, method_id: UUID, used_by: list[str], scheduled_payments: Sequence[MethodPaymentRead]) -> None:
        super().__init__(
            f"This payment method is needed by {', by '.join(_USES[one] for one in used_by)}. To remove it all the "
            "same, send `?detach=true`.",
            payment_method_id=method_id,
            used_by=used_by,
            scheduled_payments=list(scheduled_payments),
        )


class DuplicateMethodError(AppError):
    """The same card or bank account is stored already."""

    code, title, kind = "payment_method_exists", "The payment method is stored already", Kind.CONFLICT
    cure = "Use the method that `payment_method_id` names, or store again with a new nonce and `on_duplicate`."
    sample: ClassVar = {"method_id": EXAMPLE_ID}

    payment_method_id: Annotated[UUID, Field(description="The method that is stored already")]

    def __init__(self, method_id: UUID) -> None:
        super().__init__(
            "This card or bank account is stored already; no second one was added. Use the one that is there. When "
            "storing, a new nonce with `on_duplicate` says otherwise: `use_existing` brings that one up to date, "
            "`store_again` adds a copy.",
            payment_method_id=method_id,
        )


class NotACardError(AppError):
    """The request is for a card, and the method is a bank account."""

    code, title, kind = "payment_method_not_a_card", "The payment method is not a card", Kind.CONFLICT
    cure = "Name a card. A bank account is replaced by adding the new one and removing the old one."
    sample: ClassVar = {"method_id": EXAMPLE_ID}

    payment_method_id: MethodId

    def __init__(self, method_id: UUID) -> None:
        super().__init__("Only a card can be replaced or have a billing address.", payment_method_id=method_id)


class MethodTypeNotAcceptedError(AppError):
    """The vendor takes no methods of this type."""

    code, title, kind = "payment_method_type_not_accepted", "The payment method's type is not accepted", Kind.CONFLICT
    cure = "Offer only the types that the portal's configuration names."
    sample: ClassVar = {"method_type": "us_bank_account"}

    def __init__(self, method_type: str) -> None:
        super().__init__(f"This vendor does not accept payment methods of type {method_type}.")


class PaymentMethodDeclinedError(AppError):
    """The bank did not confirm the card or account. Source: Braintree processor and AVS/CVV response codes."""

    code, title, kind = "payment_method_declined", "The bank did not confirm the payment method", Kind.DECLINED
    cure = (
        "Check the card's number, its expiry date, its security code and the billing address. If "
        "`retry_may_help` is false, use another card or account."
    )
    sample: ClassVar = {"decline": Decline("2000", "Do Not Honor", soft=True), "checks": CardChecks("N", "M", "M")}

    decline_code: DeclineCode
    decline_text: DeclineText
    retry_may_help: RetryMayHelp
    cvv_result: Check
    avs_street_result: Check
    avs_postal_code_result: Check

    def __init__(self, decline: Decline, checks: CardChecks | None) -> None:
        code, text = shown(decline.code, decline.text)
        super().__init__(
            f"The bank did not confirm the payment method: {text.rstrip('.')}. Nothing was stored.",
            decline_code=code,
            decline_text=text,
            retry_may_help=decline.soft,
            cvv_result=checks.cvv if checks else None,
            avs_street_result=checks.avs_street if checks else None,
            avs_postal_code_result=checks.avs_postal_code if checks else None,
        )
