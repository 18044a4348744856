"""A card's billing address: from the address book or from the body, in its country's normal form."""

from dataclasses import fields, replace
from uuid import UUID

from billing_api.addresses.postal import normalized
from billing_api.addresses.service import AddressBook
from billing_api.errors import AppError, FieldError, InvalidInputError
from billing_api.gateway.errors import GatewayUnreachableError
from billing_api.gateway.failures import GatewayDeclinedError, GatewayError, GatewayInvalidError
from billing_api.gateway.methods import BillingAddress
from billing_api.payment_methods.create_schemas import BillingAddressChoice
from billing_api.payment_methods.errors import PaymentMethodDeclinedError

_NAMES = tuple(field.name for field in fields(BillingAddress))


async def chosen_address(
    addresses: AddressBook, account_id: UUID, choice: BillingAddressChoice
) -> BillingAddress | None:
    """Return the address that a body names or holds, or None. Raise AddressNotFoundError, InvalidInputError."""
    if choice.billing_address_id is not None:
        known = await addresses.get(account_id, choice.billing_address_id)
        return BillingAddress(**{name: getattr(known, name) for name in _NAMES})
    if choice.billing_address is None:
        return None
    try:
        clean = normalized(choice.billing_address.model_dump())
    except InvalidInputError as error:
        raise InvalidInputError(
            *(replace(item, pointer=f"/billing_address{item.pointer}") for item in error.errors)
        ) from error
    return BillingAddress(**{name: clean[name] for name in _NAMES})


def error_of_call(error: GatewayError) -> AppError:
    """Return the error of a request to store a method that the gateway did not carry out."""
    match error:
        case GatewayDeclinedError():
            return PaymentMethodDeclinedError(error.decline, error.checks)
        case GatewayInvalidError():
            return invalid_input(error, otherwise="/nonce")
    return GatewayUnreachableError()


def invalid_input(error: GatewayInvalidError, *, otherwise: str) -> InvalidInputError:
    """Return the gateway's refusals as invalid fields of the body; `otherwise` is the pointer of an unknown field."""
    return InvalidInputError(
        *(FieldError(_pointer(refusal.field) or otherwise, refusal.code, refusal.text) for refusal in error.refusals)
    )


def _pointer(field: str) -> str | None:
    if "mandate" in field:
        return "/mandate"
    return f"/billing_address/{field}" if field in _NAMES else None
