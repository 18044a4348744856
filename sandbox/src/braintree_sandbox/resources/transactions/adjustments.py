"""Asking the bank to authorise more, or less, than it did."""

from dataclasses import replace
from decimal import Decimal

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found, unprocessable
from braintree_sandbox.merchant_accounts import Trait
from braintree_sandbox.processor import authorisation
from braintree_sandbox.processor.authorisation import Authorisation
from braintree_sandbox.processor.responses import HARD, response
from braintree_sandbox.records.transactions import Adjustment, Transaction
from braintree_sandbox.resources.transactions import accepted, codes
from braintree_sandbox.resources.transactions.amounts import read_amount
from braintree_sandbox.resources.transactions.steps import transaction_of
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.validation.errors import ErrorTree, InvalidError

routes = BraintreeRoutes()


@routes.put("/transactions/{transaction_id}/adjust_authorization")
def adjust(call: Call) -> ApiResponse:
    """Change the total of the authorisation; a refusal has the unchanged transaction."""
    transaction = transaction_of(call)
    errors = ErrorTree()
    amount = read_amount(call.params("transaction", accepted.ADJUSTMENT), errors.under("transaction"))
    _check_adjustable(call, transaction, amount, errors)
    if errors:
        return _refused(call, errors, transaction)
    result = authorisation.by_amount(amount)
    adjusted = _tried(call, transaction, amount, result)
    if result.status == "authorized":
        return found("transaction", view(call.work.put(replace(adjusted, amount=amount, authorized_amount=amount))))
    hard = result.response is not None and result.response.type == HARD
    errors.under("authorization_adjustment").on("base", codes.ADJUSTMENT_HARD if hard else codes.ADJUSTMENT_SOFT)
    return _refused(call, errors, call.work.put(adjusted))


def _check_adjustable(call: Call, transaction: Transaction, amount: Decimal, errors: ErrorTree) -> None:
    here = errors.under("transaction")
    account = call.merchant.account(transaction.merchant_account_id)
    if account is None or not account.has(Trait.ADJUSTS_AUTHORIZATIONS):
        here.on("base", codes.NO_ADJUSTMENT)
    elif transaction.status != "authorized":
        here.on("base", codes.MUST_BE_AUTHORIZED)
    elif transaction.details.get("recurring"):
        here.on("base", codes.NOT_ELIGIBLE)
    elif amount == transaction.authorized_amount:
        errors.under("authorization_adjustment").on("base", codes.NOTHING_TO_ADJUST)


def _tried(call: Call, transaction: Transaction, amount: Decimal, result: Authorisation) -> Transaction:
    # The bank does not see an amount that the gateway itself rejects.
    outcome = result.response or response(3000)
    adjustment = Adjustment(
        amount=amount - transaction.authorized_amount,
        at=call.now,
        success=result.status == "authorized",
        processor_response_code=outcome.code,
        processor_response_text=outcome.text,
        processor_response_type=outcome.type,
    )
    return replace(transaction, adjustments=(*transaction.adjustments, adjustment), updated_at=call.now)


def _refused(call: Call, errors: ErrorTree, transaction: Transaction) -> ApiResponse:
    return unprocessable(call, InvalidError(errors), transaction=view(transaction))
