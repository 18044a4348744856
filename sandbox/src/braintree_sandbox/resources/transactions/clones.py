"""A new sale with the card of an earlier one, for merchants that store no cards."""

from dataclasses import replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call
from braintree_sandbox.processor import authorisation
from braintree_sandbox.records.transactions import StatusEvent, Transaction
from braintree_sandbox.resources.transactions import accepted, codes
from braintree_sandbox.resources.transactions.amounts import read_amount
from braintree_sandbox.resources.transactions.authorise import AUTHORIZATION_LASTS, with_result
from braintree_sandbox.resources.transactions.reading.details import read_details
from braintree_sandbox.resources.transactions.steps import new_transaction, transaction_of
from braintree_sandbox.resources.transactions.view import transaction_response
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.vault.kinds import kind_named

routes = BraintreeRoutes()


@routes.post("/transactions/{transaction_id}/clone")
def clone(call: Call) -> ApiResponse:
    """Make the same sale again, with another amount."""
    original = transaction_of(call)
    params = call.params("transaction_clone", accepted.CLONE)
    options = section(params, "options")
    errors = ErrorTree()
    own_errors = errors.under("transaction")
    _check_cloneable(original, own_errors)
    if text(options, "submit_for_settlement") is None:
        own_errors.under("options").on("submit_for_settlement", codes.SUBMISSION_REQUIRED)
    amount = read_amount(params, own_errors)
    details = read_details(params, own_errors)
    if errors:
        raise InvalidError(errors)
    kind = kind_named(original.instrument.kind)
    result = authorisation.by_amount(amount)
    steps: tuple[str, ...] = (result.status,)
    if result.status == "authorized" and flag(options, "submit_for_settlement"):
        steps = (*steps, kind.submitted)
    history = tuple(StatusEvent(status=step, amount=amount, at=call.now) for step in steps)
    transaction = replace(
        with_result(new_transaction(original, history), result),
        details=original.details | details,
        authorization_expires_at=call.now + AUTHORIZATION_LASTS if steps[-1] == "authorized" else None,
    )
    return transaction_response(call, call.work.put(transaction), new=True)


def _check_cloneable(original: Transaction, errors: ErrorTree) -> None:
    if original.type == "credit":
        errors.on("base", codes.CANNOT_CLONE_CREDIT)
    elif original.refused:
        errors.on("base", codes.CANNOT_CLONE_UNSUCCESSFUL)
    elif original.instrument.kind == "paypal_account":
        errors.on("base", codes.CANNOT_CLONE_PAYPAL)
    elif original.instrument.token is not None:
        errors.on("base", codes.CANNOT_CLONE_VAULTED)
