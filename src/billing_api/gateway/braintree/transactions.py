"""Sales and refunds of the SDK in the port's words."""

from decimal import Decimal

from braintree.error_codes import ErrorCodes
from braintree.error_result import ErrorResult
from braintree.successful_result import SuccessfulResult
from braintree.transaction import Transaction

from billing_api.gateway.braintree.methods import card_of, three_d_secure_of
from billing_api.gateway.braintree.results import SdkResult, differences, error_of, processor_decline, require_same
from billing_api.gateway.braintree.texts import text_of
from billing_api.gateway.charges import Charge, ChargeStatus, OrderedSale, RefundOrder
from billing_api.gateway.failures import (
    Decline,
    GatewayInvalidError,
    GatewayNonceUsedError,
    GatewayOrderRepeatedError,
    GatewayOutcomeUnknownError,
    GatewayTooEarlyError,
)
from billing_api.gateway.methods import VaultedCard
from billing_api.gateway.reasons import decline_code
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
_T = ErrorCodes.Transaction
_NOT_SETTLED = {_T.CannotRefundUnlessSettled, _T.CannotRefundSettlingTransaction}


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
    return text_of(transaction, "ach_return_code") or (codes[-1] if codes else None)


def _stored_card(transaction: Transaction, token: str) -> VaultedCard | None:
    """Return the card that a sale has stored under this token, or None."""
    card = getattr(transaction, "credit_card_details", None)
    if card is None or text_of(card, "token") != token:
        return None
    return card_of(card, address=getattr(transaction, "billing_details", None), subject=transaction)


def charged(result: SdkResult, sale: OrderedSale) -> Charge:
    """Return the charge of a response; a declined one is a Charge too.

    A rejected duplicate means that an earlier request with the same order id got through: that one counts, so the
    outcome is open until it has been looked up.
    """
    try:
        transaction = _transaction_of(result)
    except GatewayInvalidError as error:
        for refusal in error.refusals:
            if refusal.code == _T.PaymentMethodNonceConsumed:
                raise GatewayNonceUsedError(refusal) from error
        raise
    if is_rejected_duplicate(transaction):
        raise GatewayOrderRepeatedError("rejected as a duplicate")
    return charge_of(transaction, sale)


def voided(result: SdkResult, transaction_id: str) -> Charge:
    """Return the charge of a response to a void: it holds no money any more.

    A refusal may show the transaction as it stands. Raise GatewayInvalidError, GatewayMismatchError,
    GatewayOutcomeUnknownError.
    """
    transaction = _transaction_of(result)
    require_same(transaction=(transaction.id, transaction_id))
    if isinstance(result, ErrorResult):
        raise error_of(result)
    charge = charge_of(transaction)
    if charge.holds_money:
        raise GatewayOutcomeUnknownError(f"status {transaction.status} after a void")
    return charge


def refunded(result: SdkResult, order: RefundOrder) -> Charge:
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


def _differences(transaction: Transaction, status: ChargeStatus, sale: OrderedSale) -> tuple[str, ...]:
    """Return the differences of a transaction from the ordered sale; a token counts only where both have one."""
    token = text_of(getattr(transaction, "us_bank_account", None), "token") or text_of(
        getattr(transaction, "credit_card_details", None), "token"
    )
    return differences(
        type=(transaction.type, Transaction.Type.Sale),
        order_id=(transaction.order_id, sale.order_id),
        amount=(transaction.amount, Decimal(decimal_text(sale.amount, sale.currency))),
        currency=(transaction.currency_iso_code, sale.currency),
        token=(token, sale.token) if token and sale.token else (None, None),
        status=(transaction.status, "one of a sale") if status is ChargeStatus.UNKNOWN else (None, None),
    )


def _transaction_of(result: SdkResult) -> Transaction:
    """Return the transaction that was made or changed, a declined one too; raise why there is none."""
    transaction: Transaction | None = getattr(result, "transaction", None)
    if transaction is None:
        raise error_of(None if isinstance(result, SuccessfulResult) else result)
    return transaction


def is_rejected_duplicate(transaction: Transaction) -> bool:
    """Return whether the gateway made this transaction only to point to another one."""
    return bool(getattr(transaction, "gateway_rejection_reason", None) == Transaction.GatewayRejectionReason.Duplicate)


def _decline_of(transaction: Transaction, status: ChargeStatus) -> Decline | None:
    if status is ChargeStatus.RETURNED:
        if (returned := return_code_of(transaction)) is not None:
            known = decline_code(returned)
            return Decline(returned, known.title or "Returned by the bank", known.retry_may_help)
        code = text_of(transaction, "processor_settlement_response_code") or "settlement_declined"
        return Decline(code, text_of(transaction, "processor_settlement_response_text") or "Settlement declined", False)
    if status is not ChargeStatus.DECLINED:
        return None
    return processor_decline(transaction)
