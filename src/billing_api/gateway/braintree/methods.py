"""Nonces, cards and bank accounts of the SDK in the port's words."""

from collections.abc import Iterable
from typing import Any

from braintree.credit_card import CreditCard
from braintree.error_codes import ErrorCodes
from braintree.payment_method_nonce import PaymentMethodNonce
from braintree.successful_result import SuccessfulResult
from braintree.us_bank_account import UsBankAccount
from braintree.us_bank_account_verification import UsBankAccountVerification

from billing_api.gateway.braintree.addresses import billing_address_of
from billing_api.gateway.braintree.results import SdkResult, error_of, processor_decline, require_same
from billing_api.gateway.braintree.texts import text_of, typed_text_of
from billing_api.gateway.failures import CardChecks, GatewayDeclinedError, GatewayInvalidError
from billing_api.gateway.methods import (
    TOO_MANY_TRIES,
    AmountsResult,
    BankAccountToVault,
    BankVerification,
    BankVerificationStatus,
    CardToVault,
    MethodKind,
    NonceDetails,
    ThreeDSecure,
    VaultedBankAccount,
    VaultedCard,
    VaultedMethod,
    VaultedOther,
)

_V = UsBankAccountVerification.Status
# A status that is new to us is no end: a failure would cost the customer the account.
_VERIFICATION = {
    _V.Verified: BankVerificationStatus.VERIFIED,
    _V.Failed: BankVerificationStatus.FAILED,
    _V.GatewayRejected: BankVerificationStatus.FAILED,
    _V.ProcessorDeclined: BankVerificationStatus.FAILED,
}
_C = ErrorCodes.UsBankAccountVerification
_TO_AMOUNTS = {
    _C.AmountsDoNotMatch: AmountsResult.WRONG,
    _C.TooManyConfirmationAttempts: AmountsResult.TOO_MANY_TRIES,
    _C.NotConfirmable: AmountsResult.NOT_AWAITED,
    _C.MustBeMicroTransfersVerification: AmountsResult.NOT_AWAITED,
}
_NONCE_KINDS = {"creditcard": MethodKind.CARD, "usbankaccount": MethodKind.US_BANK_ACCOUNT}


def vaulted(result: SdkResult, order: CardToVault | BankAccountToVault) -> VaultedMethod:
    """Return the method that was just stored.

    Raise GatewayDeclinedError, GatewayInvalidError, GatewayMismatchError, GatewayOutcomeUnknownError.
    """
    if isinstance(result, SuccessfulResult):
        method = result.payment_method
        require_same(token=(method.token, order.token), customer=(method.customer_id, order.customer_id))
        return method_of(method)
    verification = result.credit_card_verification if result is not None else None
    if verification is None:
        raise error_of(result)
    raise GatewayDeclinedError(
        processor_decline(verification),
        CardChecks(
            cvv=text_of(verification, "cvv_response_code"),
            avs_street=text_of(verification, "avs_street_address_response_code"),
            avs_postal_code=text_of(verification, "avs_postal_code_response_code"),
        ),
    )


def method_of(method: object) -> VaultedMethod:
    """Return a stored method in the port's words."""
    if isinstance(method, CreditCard):
        return card_of(method)
    if isinstance(method, UsBankAccount):
        return _bank_account_of(method)
    return VaultedOther()


def card_of(card: CreditCard, *, address: object | None = None, subject: object | None = None) -> VaultedCard:
    """Return a card; one of a sale has its address and its authentication there."""
    return VaultedCard(
        brand=text_of(card, "card_type") or "Unknown",
        last4=str(text_of(card, "last_4")),
        expiration_month=int(text_of(card, "expiration_month") or 0),
        expiration_year=int(text_of(card, "expiration_year") or 0),
        cardholder_name=typed_text_of(card, "cardholder_name"),
        billing_address=billing_address_of(address or getattr(card, "billing_address", None)),
        fingerprint=text_of(card, "unique_number_identifier"),
        three_d_secure=three_d_secure_of(subject or getattr(card, "verification", None)),
    )


def three_d_secure_of(subject: object) -> ThreeDSecure | None:
    """Return the result of 3-D Secure that a nonce, verification or transaction has; None without one."""
    info = getattr(subject, "three_d_secure_info", None)
    status = text_of(info, "status")
    if status is None:
        return None
    return ThreeDSecure(
        status=status,
        liability_shifted=bool(getattr(info, "liability_shifted", False)),
        authentication_id=text_of(info, "three_d_secure_authentication_id"),
    )


def nonce_of(nonce: PaymentMethodNonce) -> NonceDetails | None:
    """Return the details of a nonce; None for one that was used."""
    if getattr(nonce, "consumed", False):
        return None
    details = getattr(nonce, "details", None) or {}
    return NonceDetails(
        kind=_NONCE_KINDS.get(str(nonce.type).lower()),
        brand=details.get("card_type"),
        last4=details.get("last_four") or details.get("last4"),
        three_d_secure=three_d_secure_of(nonce),
    )


def _bank_account_of(account: UsBankAccount) -> VaultedBankAccount:
    last4, account_type = str(text_of(account, "last_4")), text_of(account, "account_type")
    return VaultedBankAccount(
        bank_name=text_of(account, "bank_name"),
        last4=last4,
        account_type=account_type,
        account_holder_name=typed_text_of(account, "account_holder_name"),
        fingerprint=f"{text_of(account, 'routing_number')}-{account_type}-{last4}",
        verified=bool(getattr(account, "verified", False)),
        verification=_newest_verification(account),
    )


def _newest_verification(account: UsBankAccount) -> BankVerification | None:
    verifications: Iterable[Any] = getattr(account, "verifications", None) or ()
    newest = max(verifications, key=lambda verification: verification.created_at, default=None)
    if newest is None:
        return None
    status = _VERIFICATION.get(newest.status, BankVerificationStatus.PENDING)
    by_amounts = newest.verification_method == UsBankAccountVerification.VerificationMethod.MicroTransfers
    # Its processor response is that of the deposits, whose sending succeeded.
    locked = by_amounts and newest.status == _V.GatewayRejected
    decline = TOO_MANY_TRIES if locked else processor_decline(newest)
    return BankVerification(
        id=newest.id,
        status=status,
        wants_amounts=by_amounts and newest.status == _V.Pending,
        decline=decline if status is BankVerificationStatus.FAILED else None,
    )


def amounts_result(result: SdkResult, verification_id: str) -> AmountsResult:
    """Return the gateway's response to the amounts of micro-deposits.

    Raise GatewayInvalidError, GatewayMismatchError, GatewayOutcomeUnknownError.
    """
    if isinstance(result, SuccessfulResult):
        require_same(verification=(result.us_bank_account_verification.id, verification_id))
        return AmountsResult.CONFIRMED
    error = error_of(result)
    for refusal in error.refusals if isinstance(error, GatewayInvalidError) else ():
        if refusal.code in _TO_AMOUNTS:
            return _TO_AMOUNTS[refusal.code]
    raise error
