"""The SDK's results in general: a refusal or decline as the port's error, and the check of their subject."""

from braintree.error_codes import ErrorCodes
from braintree.error_result import ErrorResult
from braintree.processor_response_types import ProcessorResponseTypes
from braintree.resource_collection import ResourceCollection
from braintree.successful_result import SuccessfulResult
from braintree.transaction import Transaction

from billing_api.gateway.braintree.addresses import OUR_FIELDS
from billing_api.gateway.braintree.texts import text_of
from billing_api.gateway.failures import (
    Decline,
    FieldRefusal,
    GatewayError,
    GatewayInvalidError,
    GatewayMismatchError,
    GatewayOutcomeUnknownError,
    GatewayUnavailableError,
)
from billing_api.gateway.reasons import decline_code

# A search for more is cut off. Source: Braintree, "Search Results".
MOST_RESULTS = 10_000
# The original request with this key is still under way, or failed in a way that leaves its response unknown.
_KEY_IN_DOUBT = {"915233", "915234"}
# The vendor's own account can't sell now, whatever the customer pays with.
_VENDORS_FAULTS = {ErrorCodes.Transaction.MerchantAccountIdIsInvalid, ErrorCodes.Transaction.MerchantAccountIsSuspended}
SdkResult = SuccessfulResult | ErrorResult | None


def is_cut_off(found: ResourceCollection) -> bool:
    """Return whether a search may have found more than it returns."""
    return len(found.ids) >= MOST_RESULTS


def require_complete(found: ResourceCollection) -> tuple[Transaction, ...]:
    """Return all that a search has found. Raise GatewayUnavailableError when a part is cut off, or is not shown."""
    if is_cut_off(found):
        raise GatewayUnavailableError(f"a search that is cut off at {MOST_RESULTS} results")
    items = tuple(found.items)
    if missing := set(found.ids) - {item.id for item in items}:
        raise GatewayUnavailableError(f"found and not shown: {', '.join(sorted(missing))}")
    return items


def require_same(**facts: tuple[object, object]) -> None:
    """Compare the values of a response with those of the request: (found, wanted). Raise GatewayMismatchError."""
    if found := differences(**facts):
        raise GatewayMismatchError(found)


def differences(**facts: tuple[object, object]) -> tuple[str, ...]:
    """Return those of the values, (found, wanted), that differ, in words."""
    return tuple(f"{name} {found} for {wanted}" for name, (found, wanted) in facts.items() if found != wanted)


def require_customer(result: SdkResult) -> None:
    """Require that the customer exists, new or not. Raise GatewayInvalidError, GatewayOutcomeUnknownError."""
    if isinstance(result, SuccessfulResult):
        return
    error = error_of(result)
    codes = {refusal.code for refusal in error.refusals} if isinstance(error, GatewayInvalidError) else set()
    if ErrorCodes.Customer.IdIsInUse not in codes:
        raise error


def error_of(result: ErrorResult | None) -> GatewayError:
    """Return the error of a refused request; a response that is no result and no refusal leaves the outcome open."""
    if result is None:
        return GatewayOutcomeUnknownError("a response without a result")
    refusals = tuple(
        FieldRefusal(OUR_FIELDS.get(error.attribute, str(error.attribute)), str(error.code), str(error.message))
        for error in result.errors.deep_errors
    )
    if any(refusal.code in _KEY_IN_DOUBT for refusal in refusals):
        return GatewayOutcomeUnknownError("the request key's first request is in doubt")
    if faults := [refusal.text for refusal in refusals if refusal.code in _VENDORS_FAULTS]:
        return GatewayUnavailableError("; ".join(faults))
    return GatewayInvalidError(refusals or (FieldRefusal("base", "refused", str(result.message)),))


def processor_decline(subject: object) -> Decline:
    """Return the decline of a transaction or verification. Source: Braintree, "Processor Responses"."""
    reason = text_of(subject, "gateway_rejection_reason")
    if reason == Transaction.GatewayRejectionReason.ThreeDSecure:
        return Decline(reason, "The card was not authenticated by 3-D Secure", False)
    if reason is not None:
        return Decline("gateway_rejected", f"Rejected by the gateway: {reason.replace('_', ' ')}", False)
    code = text_of(subject, "processor_response_code") or str(text_of(subject, "status"))
    kind, known = text_of(subject, "processor_response_type"), decline_code(code)
    return Decline(
        code=code,
        text=text_of(subject, "processor_response_text") or known.title or "Declined",
        soft=known.retry_may_help if kind is None else kind == ProcessorResponseTypes.SoftDeclined,
    )
