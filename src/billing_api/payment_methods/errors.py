"""The errors of cards and bank accounts."""

from datetime import date
from uuid import UUID

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.errors import AppError, FieldError, InvalidInputError, Kind
from billing_api.gateway.port import CardChecks, Decline
from billing_api.payment_methods.fields import NextStep

_ADVICE: dict[NextStep | None, str] = {
    "wait": "Its bank has yet to confirm it, or its deposits are on their way, which takes up to some days: read the "
    "account until its status is `active`.",
    "confirm_amounts": "Two small deposits were sent to it: send their amounts to /verification of this account.",
    "add_again": "Its verification has failed: remove it, and add it again or use another method.",
    None: "Nothing is left to verify.",
}


class TooManyDeclinesError(TooManyRequestsError):
    """Too many cards of this account, or from this network, were declined: that is how stolen cards are tested."""

    code, title = "too_many_declines", "Too many cards were declined"


class PaymentMethodNotFoundError(AppError):
    """No such payment method, or not the caller's."""

    code, title, kind = "payment_method_not_found", "There is no such payment method", Kind.NOT_FOUND

    def __init__(self, method_id: UUID) -> None:
        super().__init__(f"There is no payment method {method_id} on this account.")


class PaymentMethodNotVerifiedError(AppError):
    """A bank account that its bank has not confirmed, or not yet."""

    code, title, kind = "payment_method_not_verified", "The bank account is not verified", Kind.CONFLICT

    def __init__(self, method_id: UUID, next_step: NextStep | None) -> None:
        super().__init__(
            f"This bank account is not verified, so it can't pay. {_ADVICE[next_step]}",
            payment_method_id=method_id,
            next_step=next_step,
        )


class VerificationNotAwaitedError(AppError):
    """Amounts were sent for a method that awaits none."""

    code, title, kind = "verification_not_awaited", "No amounts are awaited", Kind.CONFLICT

    def __init__(self, method_id: UUID, next_step: NextStep | None) -> None:
        super().__init__(
            f"This payment method waits for no amounts, or not for these. {_ADVICE[next_step]}",
            payment_method_id=method_id,
            next_step=next_step,
        )


class VerificationLockedError(AppError):
    """Wrong amounts were sent so often that no more are taken. Source: Braintree, micro-transfers: five tries."""

    code, title, kind = "verification_locked", "No more amounts are taken for this account", Kind.CONFLICT

    def __init__(self, method_id: UUID) -> None:
        super().__init__(
            "Amounts were sent for this account as often as its verification allows, so no more are taken. Remove the "
            "account and add it again: new deposits are sent then. Or ask the vendor.",
            payment_method_id=method_id,
            next_step="add_again",
        )


class AmountsDoNotMatchError(InvalidInputError):
    """The amounts are not those of the deposits."""

    code, title = "amounts_do_not_match", "The amounts are not those of the deposits"

    def __init__(self, tries_left: int) -> None:
        super().__init__(
            FieldError(
                "/amounts",
                "do_not_match",
                f"Look the two deposits up on the bank's statement. Tries left: {tries_left}.",
            )
        )
        self.extensions = {"tries_left": tries_left}


class PaymentMethodRemovedError(AppError):
    """The method is removed, or its removal has begun."""

    code, title, kind = "payment_method_removed", "The payment method is removed", Kind.CONFLICT

    def __init__(self, method_id: UUID) -> None:
        super().__init__("This payment method is removed: choose another.", payment_method_id=method_id)


class CurrencyNotPayableError(AppError):
    """The vendor can't take this currency from this kind of method."""

    code, title, kind = "currency_not_payable", "This currency can't be paid so", Kind.CONFLICT

    def __init__(self, currency: str, method_type: str) -> None:
        super().__init__(
            f"{currency} can't be paid with a method of type {method_type}.",
            currency=currency,
            payment_method_type=method_type,
        )


class PaymentMethodExpiredError(AppError):
    """The card expired, so it can't become the default."""

    code, title, kind = "payment_method_expired", "The card has expired", Kind.CONFLICT

    def __init__(self, method_id: UUID, expires_on: date) -> None:
        super().__init__(
            f"This card was good through {expires_on}, so it can't become the default. Store the renewed card with "
            "`on_duplicate: use_existing`: it takes this one's place.",
            payment_method_id=method_id,
            expires_on=expires_on.isoformat(),
        )


class PaymentMethodInUseError(AppError):
    """A payment that is under way still needs the method."""

    code, title, kind = "payment_method_in_use", "The payment method is in use", Kind.CONFLICT

    def __init__(self, method_id: UUID, holders: list[str]) -> None:
        super().__init__(
            f"This payment method is needed by: {', '.join(holders)}. Remove it when that is over, or "
            "with `?detach=true`: then they go on without it.",
            payment_method_id=method_id,
            used_by=holders,
        )


class DuplicateMethodError(AppError):
    """The same card or bank account is stored already."""

    code, title, kind = "payment_method_exists", "The payment method is stored already", Kind.CONFLICT

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

    def __init__(self, method_id: UUID) -> None:
        super().__init__("Only a card can be replaced or have a billing address.", payment_method_id=method_id)


class MethodTypeNotAcceptedError(AppError):
    """The vendor takes no methods of this type."""

    code, title, kind = "payment_method_type_not_accepted", "The payment method's type is not accepted", Kind.CONFLICT

    def __init__(self, method_type: str) -> None:
        super().__init__(f"This vendor does not accept payment methods of type {method_type}.")


class PaymentMethodDeclinedError(AppError):
    """The bank did not confirm the card or account. Source: Braintree processor and AVS/CVV response codes."""

    code, title, kind = "payment_method_declined", "The bank did not confirm the payment method", Kind.DECLINED

    def __init__(self, decline: Decline, checks: CardChecks | None) -> None:
        super().__init__(
            f"The bank did not confirm the payment method: {decline.text.rstrip('.')}. Nothing was stored.",
            decline_code=decline.code,
            decline_text=decline.text,
            retry_may_help=decline.soft,
            cvv_result=checks.cvv if checks else None,
            avs_street_result=checks.avs_street if checks else None,
            avs_postal_code_result=checks.avs_postal_code if checks else None,
        )
