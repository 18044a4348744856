"""One map from the SDK's results to the port's values and errors."""

import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from braintree.credit_card import CreditCard
from braintree.error_codes import ErrorCodes
from braintree.error_result import ErrorResult
from braintree.payment_method_nonce import PaymentMethodNonce
from braintree.processor_response_types import ProcessorResponseTypes
from braintree.resource_collection import ResourceCollection
from braintree.successful_result import SuccessfulResult
from braintree.transaction import Transaction
from braintree.us_bank_account import UsBankAccount
from braintree.us_bank_account_verification import UsBankAccountVerification

from billing_api.gateway.charges import Charge, ChargeStatus, OrderedSale, RefundOrder
from billing_api.gateway.failures import (
    CardChecks,
    Decline,
    FieldRefusal,
    GatewayDeclinedError,
    GatewayError,
    GatewayInvalidError,
    GatewayMismatchError,
    GatewayNonceUsedError,
    GatewayOutcomeUnknownError,
    GatewayTooEarlyError,
    GatewayUnavailableError,
)
from billing_api.gateway.methods import (
    TOO_MANY_TRIES,
    AmountsResult,
    BankAccountToVault,
    BankVerification,
    BillingAddress,
    CardToVault,
    MethodKind,
    NonceDetails,
    ThreeDSecure,
    VaultedBankAccount,
    VaultedCard,
    VaultedMethod,
    VaultedOther,
    VerificationStatus,
)
from billing_api.gateway.reasons import decline_code
from billing_api.kit.card_numbers import without_card_numbers
from billing_api.kit.money import decimal_text

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
_V = UsBankAccountVerification.Status
# A status that is new to us is no end: a failure would cost the customer the account.
_VERIFICATION = {
    _V.Verified: VerificationStatus.VERIFIED,
    _V.Failed: VerificationStatus.FAILED,
    _V.GatewayRejected: VerificationStatus.FAILED,
    _V.ProcessorDeclined: VerificationStatus.FAILED,
}
# The original request with this key is still under way, or failed in a way that leaves its response unknown.
_KEY_IN_DOUBT = {"915233", "915234"}
_T = ErrorCodes.Transaction
_NOT_SETTLED = {_T.CannotRefundUnlessSettled, _T.CannotRefundSettlingTransaction}
_C = ErrorCodes.UsBankAccountVerification
_TO_AMOUNTS = {
    _C.AmountsDoNotMatch: AmountsResult.WRONG,
    _C.TooManyConfirmationAttempts: AmountsResult.TOO_MANY_TRIES,
    _C.NotConfirmable: AmountsResult.NOT_AWAITED,
    _C.MustBeMicroTransfersVerification: AmountsResult.NOT_AWAITED,
}
_ADDRESS_FIELDS = {
    "recipient": "company",
    "line1": "street_address",
    "line2": "extended_address",
    "city": "locality",
    "region": "region",
    "postal_code": "postal_code",
    "country": "country_code_alpha2",
}
_NONCE_KINDS = {"creditcard": MethodKind.CARD, "usbankaccount": MethodKind.US_BANK_ACCOUNT}
_OUR_FIELDS = {theirs: ours for ours, theirs in _ADDRESS_FIELDS.items()}
_Result = SuccessfulResult | ErrorResult | None


def charge_of(transaction: Transaction, sale: OrderedSale | None = None) -> Charge:
    """Return a transaction as it stands, and its differences from the sale that was ordered.

    A status that no ordered sale has is a difference, too. Without a sale raise GatewayOutcomeUnknownError for it.
    """
    status = status_of(transaction)
    if status is ChargeStatus.SUCCEEDED and return_code_of(transaction) is not None:
        status = ChargeStatus.RETURNED
    if sale is None and status is ChargeStatus.UNKNOWN:
        raise GatewayOutcomeUnknownError(f"status {transaction.status}")
    return Charge(
        transaction_id=str(transaction.id),
        status=status,
        decline=_decline_of(transaction, status),
        differences=_differences(transaction, status, sale) if sale is not None else (),
        three_d_secure=three_d_secure_of(transaction),
        card=_stored_card(transaction, sale.stored_as) if sale is not None and sale.stored_as else None,
    )


def status_of(transaction: Transaction) -> ChargeStatus:
    """Return the state of a transaction in the port's words."""
    return _STATUS.get(transaction.status, ChargeStatus.UNKNOWN)


def return_code_of(transaction: Transaction) -> str | None:
    """Return the code with which a bank took a transfer back, such as R01; one that had settled stays `settled`.

    Source: Braintree, "ACH Direct Debit: Returns".
    """
    responses = getattr(transaction, "ach_return_responses", None) or ()
    codes = [str(one["reason_code"]) for one in responses if isinstance(one, dict) and one.get("reason_code")]
    return _text(transaction, "ach_return_code") or (codes[-1] if codes else None)


def _stored_card(transaction: Transaction, token: str) -> VaultedCard | None:
    """Return the card that a sale has stored under this token, or None."""
    card = getattr(transaction, "credit_card_details", None)
    if card is None or _text(card, "token") != token:
        return None
    return _card_of(card, address=getattr(transaction, "billing_details", None), subject=transaction)


def charged(result: _Result, sale: OrderedSale) -> Charge:
    """Return the charge of a response; a declined one is a Charge too.

    A rejected duplicate means that an earlier request with the same order id got through: that one counts, so the
    outcome is open until it has been looked up.
    """
    try:
        transaction = _transaction_of(result)
    except GatewayInvalidError as error:
        if any(refusal.code == _T.PaymentMethodNonceConsumed for refusal in error.refusals):
            raise GatewayNonceUsedError("the nonce was used before") from error
        raise
    if is_rejected_duplicate(transaction):
        raise GatewayOutcomeUnknownError("rejected as a duplicate")
    return charge_of(transaction, sale)


def voided(result: _Result, transaction_id: str) -> Charge:
    """Return the charge of a response to a void: it holds no money any more.

    A refusal may show the transaction as it stands. Raise GatewayInvalidError, GatewayMismatchError,
    GatewayOutcomeUnknownError.
    """
    transaction = _transaction_of(result)
    require_same(transaction=(transaction.id, transaction_id))
    if isinstance(result, ErrorResult):
        raise refused(result)
    charge = charge_of(transaction)
    if charge.holds_money:
        raise GatewayOutcomeUnknownError(f"status {transaction.status} after a void")
    return charge


def refunded(result: _Result, order: RefundOrder) -> Charge:
    """Return the refund of a response.

    Raise GatewayTooEarlyError, GatewayInvalidError, GatewayMismatchError, GatewayOutcomeUnknownError.
    """
    try:
        refund = _transaction_of(result)
    except GatewayInvalidError as error:
        if any(refusal.code in _NOT_SETTLED for refusal in error.refusals):
            raise GatewayTooEarlyError(error.refusals) from error
        raise
    return refund_of(refund, order)


def refund_of(refund: Transaction, order: RefundOrder) -> Charge:
    """Return a refund as it stands. Raise GatewayMismatchError, GatewayOutcomeUnknownError."""
    require_same(
        type=(refund.type, Transaction.Type.Credit),
        refunded=(refund.refunded_transaction_id, order.transaction_id),
        amount=(refund.amount, Decimal(decimal_text(order.amount, order.currency))),
        currency=(refund.currency_iso_code, order.currency),
    )
    return charge_of(refund)


def whole(found: ResourceCollection) -> tuple[Transaction, ...]:
    """Return all that a search has found. Raise GatewayUnavailableError when a part is not shown."""
    items = tuple(found.items)
    if missing := set(found.ids) - {item.id for item in items}:
        raise GatewayUnavailableError(f"found and not shown: {', '.join(sorted(missing))}")
    return items


def require_same(**facts: tuple[object, object]) -> None:
    """Compare the values of a response with those of the request: (found, wanted). Raise GatewayMismatchError."""
    if different := _different(**facts):
        raise GatewayMismatchError(different)


def _different(**facts: tuple[object, object]) -> tuple[str, ...]:
    return tuple(f"{name} {found} for {wanted}" for name, (found, wanted) in facts.items() if found != wanted)


def _differences(transaction: Transaction, status: ChargeStatus, sale: OrderedSale) -> tuple[str, ...]:
    """Return the differences of a transaction from the ordered sale; a token counts only where both have one."""
    token = _text(getattr(transaction, "us_bank_account", None), "token") or _text(
        getattr(transaction, "credit_card_details", None), "token"
    )
    return _different(
        type=(transaction.type, Transaction.Type.Sale),
        order_id=(transaction.order_id, sale.order_id),
        amount=(transaction.amount, Decimal(decimal_text(sale.amount, sale.currency))),
        currency=(transaction.currency_iso_code, sale.currency),
        token=(token, sale.token) if token and sale.token else (None, None),
        status=(transaction.status, "one of a sale") if status is ChargeStatus.UNKNOWN else (None, None),
    )


def _transaction_of(result: _Result) -> Transaction:
    """Return the transaction that was made or changed, a declined one too; raise why there is none."""
    transaction: Transaction | None = getattr(result, "transaction", None)
    if transaction is None:
        raise refused(None if isinstance(result, SuccessfulResult) else result)
    return transaction


def is_rejected_duplicate(transaction: Transaction) -> bool:
    """Return whether the gateway made this transaction only to point to another one."""
    return bool(getattr(transaction, "gateway_rejection_reason", None) == Transaction.GatewayRejectionReason.Duplicate)


def vaulted(result: _Result, order: CardToVault | BankAccountToVault) -> VaultedMethod:
    """Return the method that was just stored.

    Raise GatewayDeclinedError, GatewayInvalidError, GatewayMismatchError, GatewayOutcomeUnknownError.
    """
    if isinstance(result, SuccessfulResult):
        method = result.payment_method
        require_same(token=(method.token, order.token), customer=(method.customer_id, order.customer_id))
        return method_of(method)
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


def method_of(method: object) -> VaultedMethod:
    """Return a stored method in the port's words."""
    if isinstance(method, CreditCard):
        return _card_of(method)
    if isinstance(method, UsBankAccount):
        return _bank_account_of(method)
    return VaultedOther()


def _card_of(card: CreditCard, *, address: object | None = None, subject: object | None = None) -> VaultedCard:
    """Return a card; one of a sale has its address and its authentication there."""
    return VaultedCard(
        brand=_text(card, "card_type") or "Unknown",
        last4=str(_text(card, "last_4")),
        expiration_month=int(_text(card, "expiration_month") or 0),
        expiration_year=int(_text(card, "expiration_year") or 0),
        cardholder_name=_typed(card, "cardholder_name"),
        billing_address=_billing_address_of(address or getattr(card, "billing_address", None)),
        fingerprint=_text(card, "unique_number_identifier"),
        three_d_secure=three_d_secure_of(subject or getattr(card, "verification", None)),
    )


def three_d_secure_of(subject: object) -> ThreeDSecure | None:
    """Return the result of 3-D Secure that a nonce, verification or transaction has; None without one."""
    info = getattr(subject, "three_d_secure_info", None)
    status = _text(info, "status")
    if status is None:
        return None
    return ThreeDSecure(
        status=status,
        liability_shifted=bool(getattr(info, "liability_shifted", False)),
        authentication_id=_text(info, "three_d_secure_authentication_id"),
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


def _billing_address_of(address: object | None) -> BillingAddress | None:
    if address is None:
        return None
    names = (_typed(address, "first_name"), _typed(address, "last_name"))
    known = {ours: _typed(address, theirs) for ours, theirs in _ADDRESS_FIELDS.items()}
    known["recipient"] = known["recipient"] or " ".join(filter(None, names)) or None
    return BillingAddress(**known) if any(known.values()) else None


def billing_address_params(address: BillingAddress) -> dict[str, str | None]:
    """Return an address as the SDK takes it; `_billing_address_of` is the way back."""
    return {theirs: getattr(address, ours) for ours, theirs in _ADDRESS_FIELDS.items()}


def _bank_account_of(account: UsBankAccount) -> VaultedBankAccount:
    last4, account_type = str(_text(account, "last_4")), _text(account, "account_type")
    return VaultedBankAccount(
        bank_name=_text(account, "bank_name"),
        last4=last4,
        account_type=account_type,
        account_holder_name=_typed(account, "account_holder_name"),
        fingerprint=f"{_text(account, 'routing_number')}-{account_type}-{last4}",
        verified=bool(getattr(account, "verified", False)),
        verification=_newest_verification(account),
    )


def _newest_verification(account: UsBankAccount) -> BankVerification | None:
    verifications: Iterable[Any] = getattr(account, "verifications", None) or ()
    newest = max(verifications, key=lambda verification: verification.created_at, default=None)
    if newest is None:
        return None
    status = _VERIFICATION.get(newest.status, VerificationStatus.PENDING)
    by_amounts = newest.verification_method == UsBankAccountVerification.VerificationMethod.MicroTransfers
    # Its processor response is that of the deposits, whose sending succeeded.
    locked = by_amounts and newest.status == _V.GatewayRejected
    decline = TOO_MANY_TRIES if locked else _processor_decline(newest)
    return BankVerification(
        id=newest.id,
        status=status,
        wants_amounts=by_amounts and newest.status == _V.Pending,
        decline=decline if status is VerificationStatus.FAILED else None,
    )


def amounts_result(result: _Result, verification_id: str) -> AmountsResult:
    """Return the gateway's response to the amounts of micro-deposits.

    Raise GatewayInvalidError, GatewayMismatchError, GatewayOutcomeUnknownError.
    """
    if isinstance(result, SuccessfulResult):
        require_same(verification=(result.us_bank_account_verification.id, verification_id))
        return AmountsResult.CONFIRMED
    error = refused(result)
    for refusal in error.refusals if isinstance(error, GatewayInvalidError) else ():
        if refusal.code in _TO_AMOUNTS:
            return _TO_AMOUNTS[refusal.code]
    raise error


def require_customer(result: _Result) -> None:
    """Require that the customer exists, new or not. Raise GatewayInvalidError, GatewayOutcomeUnknownError."""
    if isinstance(result, SuccessfulResult):
        return
    error = refused(result)
    codes = {refusal.code for refusal in error.refusals} if isinstance(error, GatewayInvalidError) else set()
    if ErrorCodes.Customer.IdIsInUse not in codes:
        raise error


def refused(result: ErrorResult | None) -> GatewayError:
    """Return the error of a refused request; a response that is no result and no refusal leaves the outcome open."""
    if result is None:
        return GatewayOutcomeUnknownError("a response without a result")
    refusals = tuple(
        FieldRefusal(_OUR_FIELDS.get(error.attribute, str(error.attribute)), str(error.code), str(error.message))
        for error in result.errors.deep_errors
    )
    if any(refusal.code in _KEY_IN_DOUBT for refusal in refusals):
        return GatewayOutcomeUnknownError("the request key's first request is in doubt")
    return GatewayInvalidError(refusals or (FieldRefusal("base", "refused", str(result.message)),))


def _decline_of(transaction: Transaction, status: ChargeStatus) -> Decline | None:
    if status is ChargeStatus.RETURNED:
        if (returned := return_code_of(transaction)) is not None:
            known = decline_code(returned)
            return Decline(returned, known.title or "Returned by the bank", known.retry_may_help)
        code = _text(transaction, "processor_settlement_response_code") or "settlement_declined"
        return Decline(code, _text(transaction, "processor_settlement_response_text") or "Settlement declined", False)
    if status is not ChargeStatus.DECLINED:
        return None
    return _processor_decline(transaction)


def _processor_decline(subject: object) -> Decline:
    """Return the decline of a transaction or verification. Source: Braintree, "Processor Responses"."""
    reason = _text(subject, "gateway_rejection_reason")
    if reason == Transaction.GatewayRejectionReason.ThreeDSecure:
        return Decline(reason, "The card was not authenticated by 3-D Secure", False)
    if reason is not None:
        return Decline("gateway_rejected", f"Rejected by the gateway: {reason.replace('_', ' ')}", False)
    code = _text(subject, "processor_response_code") or str(_text(subject, "status"))
    kind, known = _text(subject, "processor_response_type"), decline_code(code)
    return Decline(
        code=code,
        text=_text(subject, "processor_response_text") or known.title or "Declined",
        soft=known.retry_may_help if kind is None else kind == ProcessorResponseTypes.SoftDeclined,
    )


def _text(subject: object, name: str) -> str | None:
    """Return an attribute that the gateway may leave out or send empty."""
    value = getattr(subject, name, None)
    return str(value) if value not in {None, ""} else None


def _typed(subject: object, name: str) -> str | None:
    """Return a text from a form at the gateway, in NFC: a browser may have filled the card's number in."""
    typed = _text(subject, name)
    return typed and without_card_numbers(unicodedata.normalize("NFC", typed))
