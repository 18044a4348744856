"""Billing addresses of the SDK in the port's words, and back."""

from billing_api.gateway.braintree.texts import typed_text_of
from billing_api.gateway.methods import BillingAddress

_ADDRESS_FIELDS = {
    "recipient": "company",
    "line1": "street_address",
    "line2": "extended_address",
    "city": "locality",
    "region": "region",
    "postal_code": "postal_code",
    "country": "country_code_alpha2",
}
OUR_FIELDS = {theirs: ours for ours, theirs in _ADDRESS_FIELDS.items()}


def billing_address_of(address: object | None) -> BillingAddress | None:
    """Return an address in the port's words, or None for one without a field."""
    if address is None:
        return None
    names = (typed_text_of(address, "first_name"), typed_text_of(address, "last_name"))
    known = {ours: typed_text_of(address, theirs) for ours, theirs in _ADDRESS_FIELDS.items()}
    known["recipient"] = known["recipient"] or " ".join(filter(None, names)) or None
    return BillingAddress(**known) if any(known.values()) else None


def billing_address_params(address: BillingAddress) -> dict[str, str | None]:
    """Return an address as the SDK takes it; `billing_address_of` is the way back."""
    return {theirs: getattr(address, ours) for ours, theirs in _ADDRESS_FIELDS.items()}
