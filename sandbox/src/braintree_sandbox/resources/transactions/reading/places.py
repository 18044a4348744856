"""Billing and shipping addresses of a sale: sent along, named in the customer's vault, or the card's own."""

import re

from braintree_sandbox.call import Call
from braintree_sandbox.records.customer import Address
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.transactions.source import Source
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.wire.values import Params

_BILLING_CONFLICT = Code("91530", "Cannot provide both a billing address and a billing address ID.")
_UNKNOWN = {
    "billing": Code("91702", "Billing address ID is invalid."),
    "shipping": Code("91581", "Shipping address doesn't belong to the customer."),
}
_PHONE_INVALID = {
    "billing": Code("915206", "Billing phone number is invalid."),
    "shipping": Code("915204", "Shipping phone number is invalid."),
}
_METHOD_INVALID = Code("915203", "Shipping method is invalid.")

_PHONE = re.compile(r"[\d\s().+x-]{0,255}\Z", re.ASCII)
_METHODS = frozenset(
    ("same_day", "next_day", "priority", "ground", "electronic", "ship_to_store", "pickup_in_store")
)  # fmt: skip


def read_billing(call: Call, params: Params, source: Source | None, errors: ErrorTree) -> dict[str, str | None]:
    """Return the address that is sent or named, else the card's billing address."""
    if section(params, "billing") and text(params, "billing_address_id") is not None:
        errors.on("base", _BILLING_CONFLICT)
    wanted = text(params, "billing_address_id") or getattr(source and source.method, "billing_address_id", None)
    if wanted is None and not section(params, "billing"):
        return dict(getattr(source and source.facts, "billing", {}))
    return _read(call, params, "billing", wanted, source, errors)


def read_shipping(call: Call, params: Params, source: Source | None, errors: ErrorTree) -> dict[str, str | None]:
    """Return the address that is sent or named; none otherwise."""
    return _read(call, params, "shipping", text(params, "shipping_address_id"), source, errors)


def _read(
    call: Call, params: Params, name: str, wanted: str | None, source: Source | None, errors: ErrorTree
) -> dict[str, str | None]:
    typed = section(params, name)
    if typed:
        return _typed(typed, name, errors.under(name))
    if wanted is None:
        return {}
    customer = source.customer if source else None
    address = call.work.get(Address, f"{customer.id}/{wanted}") if customer else None
    if address is None:
        errors.on(f"{name}_address_id", _UNKNOWN[name])
        return {}
    return address.fields | {"id": address.id}


def _typed(typed: Params, name: str, errors: ErrorTree) -> dict[str, str | None]:
    if not _PHONE.match(text(typed, "phone_number") or ""):
        errors.on("phone_number", _PHONE_INVALID[name])
    method = text(typed, "shipping_method")
    if method is not None and method not in _METHODS:
        errors.on("shipping_method", _METHOD_INVALID)
    return addresses.read(typed, errors)
