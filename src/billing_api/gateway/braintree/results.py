"""One map from the SDK's results to the port's values and errors."""

from collections.abc import Iterable
from typing import Any

from braintree.credit_card import CreditCard
from braintree.error_codes import ErrorCodes
from braintree.error_result import ErrorResult
from braintree.processor_response_types import ProcessorResponseTypes
from braintree.successful_result import SuccessfulResult
from braintree.transaction import Transaction
from braintree.us_bank_account import UsBankAccount
from braintree.us_bank_account_verification import UsBankAccountVerification

from billing_api.gateway.port import (
    CardChecks,
    Charge,
    ChargeStatus,
    Decline,
    FieldRefusal,
    GatewayDeclinedError,
    GatewayError,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    MethodKind,
    VaultedBankAccount,
    VaultedCard,
    VaultedMethod,
)

_S = Transaction.Status
_STATUS = {
    _S.SubmittedForSettlement: ChargeStatus.SUCCEEDED,
    _S.Settling: ChargeStatus.SUCCEEDED,
    _S.SettlementConfirmed: ChargeStatus.SUCCEEDED,
    _S.Settled: ChargeStatus.SUCCEEDED,
    _S.SettlementPending: ChargeStatus.PROCESSING,
    _S.Authorizing: ChargeStatus.PROCESSING,
    _S.ProcessorDeclined: ChargeStatus.DECLINED,
    _S.GatewayRejected: ChargeStatus.DECLINED,
    _S.Failed: ChargeStatus.DECLINED,
    _S.AuthorizationExpired: ChargeStatus.CANCELLED,
    _S.Voided: ChargeStatus.CANCELLED,
    _S.SettlementDeclined: ChargeStatus.RETURNED,
    _S.SettlementFailed: ChargeStatus.RETURNED,
}
# The original request with this key is still under way, or failed in a way that its answer is not known.
_KEY_IN_DOUBT = {"915233", "915234"}
_Result = SuccessfulResult | ErrorResult | None


def charge_of(transaction: Transaction) -> Charge:
    """A transaction as it stands. Raises GatewayOutcomeUnknownError for a status that nobody has heard of."""
    status = _STATUS.get(transaction.status)
    if status is None:
        raise GatewayOutcomeUnknownError(f"status {transaction.status}")
    return Charge(transaction_id=transaction.id, status=status, decline=_decline_of(transaction, status))


def charged(result: _Result) -> Charge:
    """The answer to a charge, void or refund; a declined charge is a Charge.

    A rejected duplicate means that an earlier request with the same order id got through: that one counts, so the
    outcome is open until it has been looked up.
    """
    if isinstance(result, SuccessfulResult):
        return charge_of(result.transaction)
    transaction = getattr(result, "transaction", None)
    if transaction is None:
        raise refused(result)
    if getattr(transaction, "gateway_rejection_reason", None) == Transaction.GatewayRejectionReason.Duplicate:
        raise GatewayOutcomeUnknownError("rejected as a duplicate")
    return charge_of(transaction)


def is_rejected_duplicate(transaction: Transaction) -> bool:
    """Whether the gateway made this transaction only to say that there is another one."""
    return getattr(transaction, "gateway_rejection_reason", None) == Transaction.GatewayRejectionReason.Duplicate


def vaulted_card(result: _Result) -> VaultedCard:
    """The card just stored. Raises GatewayDeclinedError, GatewayInvalidError, GatewayOutcomeUnknownError."""
    return card_of(_method(result))


def vaulted_bank_account(result: _Result) -> VaultedBankAccount:
    """The bank account just stored. Raises GatewayDeclinedError, GatewayInvalidError, GatewayOutcomeUnknownError."""
    return bank_account_of(_method(result))


def method_of(method: object, kind: MethodKind) -> VaultedMethod:
    """A stored method that should be of this kind. Raises GatewayDeclinedError, GatewayInvalidError."""
    return card_of(method) if kind is MethodKind.CARD else bank_account_of(method)


def card_of(method: object) -> VaultedCard:
    """A stored card. Raises GatewayInvalidError when it is something else."""
    if not isinstance(method, CreditCard):
        raise GatewayInvalidError((FieldRefusal("payment_method_nonce", "not_a_card", "The nonce is not a card's."),))
    return VaultedCard(
        brand=_text(method, "card_type") or "Unknown",
        last4=str(_text(method, "last_4")),
        expiration_month=int(_text(method, "expiration_month") or 0),
        expiration_year=int(_text(method, "expiration_year") or 0),
        cardholder_name=_text(method, "cardholder_name"),
    )


def bank_account_of(method: object) -> VaultedBankAccount:
    """A stored bank account. Raises GatewayInvalidError for something else, GatewayDeclinedError for a failed one."""
    if not isinstance(method, UsBankAccount):
        raise GatewayInvalidError(
            (FieldRefusal("payment_method_nonce", "not_a_bank_account", "The nonce is not a US bank account's."),)
        )
    if (failed := _failed_verification(method)) is not None:
        raise GatewayDeclinedError(failed)
    return VaultedBankAccount(
        bank_name=_text(method, "bank_name"),
        last4=str(_text(method, "last_4")),
        account_type=_text(method, "account_type"),
        account_holder_name=_text(method, "account_holder_name"),
        verified=bool(getattr(method, "verified", False)),
    )


def require_customer(result: _Result) -> None:
    """The customer was made, or had been made before. Raises GatewayInvalidError, GatewayOutcomeUnknownError."""
    if isinstance(result, SuccessfulResult):
        return
    error = refused(result)
    codes = {refusal.code for refusal in error.refusals} if isinstance(error, GatewayInvalidError) else set()
    if ErrorCodes.Customer.IdIsInUse not in codes:
        raise error


def refused(result: ErrorResult | None) -> GatewayError:
    """Why a request was refused; an answer that is neither a result nor a refusal leaves the outcome open."""
    if result is None:
        return GatewayOutcomeUnknownError("an answer without a result")
    refusals = tuple(
        FieldRefusal(str(error.attribute), str(error.code), str(error.message)) for error in result.errors.deep_errors
    )
    if any(refusal.code in _KEY_IN_DOUBT for refusal in refusals):
        return GatewayOutcomeUnknownError("the request key's first request is in doubt")
    return GatewayInvalidError(refusals or (FieldRefusal("base", "refused", str(result.message)),))


def _method(result: _Result) -> object:
    if isinstance(result, SuccessfulResult):
        return result.payment_method
    verification = result.credit_card_verification if result is not None else None
    if verification is None:
        raise refused(result)
    raise GatewayDeclinedError(
        _processor_decline(verification),
        CardChecks(
            cvv=_text(verification, "cvv_response_code"),
            avs_street=_text(verification, "avs_street_address_response_code"),
            avs_postal_code=_text(verification, "avs_postal_code_response_code"),
        ),
    )


def _failed_verification(account: object) -> Decline | None:
    """A bank account that is not verified, and whose last verification has come to an end, failed it."""
    verifications: Iterable[Any] = getattr(account, "verifications", None) or ()
    latest = max(verifications, key=lambda verification: verification.created_at, default=None)
    status = UsBankAccountVerification.Status
    if latest is None or latest.status in {status.Verified, status.Pending}:
        return None
    return _processor_decline(latest)


def _decline_of(transaction: Transaction, status: ChargeStatus) -> Decline | None:
    if status is ChargeStatus.RETURNED:
        code = _text(transaction, "processor_settlement_response_code") or "settlement_declined"
        return Decline(code, _text(transaction, "processor_settlement_response_text") or "Settlement declined", False)
    if status is not ChargeStatus.DECLINED:
        return None
    return _processor_decline(transaction)


def _processor_decline(subject: object) -> Decline:
    """The decline of a transaction or verification. Source: Braintree, "Processor Responses"."""
    reason = _text(subject, "gateway_rejection_reason")
    if reason is not None:
        return Decline("gateway_rejected", f"Rejected by the gateway: {reason.replace('_', ' ')}", False)
    return Decline(
        code=_text(subject, "processor_response_code") or str(_text(subject, "status")),
        text=_text(subject, "processor_response_text") or "Declined",
        soft=_text(subject, "processor_response_type") == ProcessorResponseTypes.SoftDeclined,
    )


def _text(subject: object, name: str) -> str | None:
    """An attribute that the gateway may leave out or send empty."""
    value = getattr(subject, name, None)
    return str(value) if value not in {None, ""} else None
