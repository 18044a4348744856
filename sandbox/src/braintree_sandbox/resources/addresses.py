"""Addresses of a customer."""

import re
from collections.abc import Mapping
from dataclasses import replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created, deleted, found
from braintree_sandbox.records.cards import Card
from braintree_sandbox.records.customer import Address, Customer
from braintree_sandbox.state import ids
from braintree_sandbox.validation import countries
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import takes, texts
from braintree_sandbox.validation.phones import INTERNATIONAL_PHONE, phone_fields, read_phone
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Fields, Params

routes = BraintreeRoutes()

_TEXTS = (
    "first_name", "last_name", "company", "street_address", "extended_address", "locality", "region", "postal_code",
    "phone_number",
)  # fmt: skip
ACCEPTED = takes("customer_id", *_TEXTS, *countries.FIELDS, international_phone=INTERNATIONAL_PHONE)
"""The parameters of an address, wherever it stands: by itself, on a card, on a transaction.

Whose it is says the path; clients may say so again.
"""

MAX_ADDRESSES = 50
_MAX_LENGTH = 255
_TOO_LONG = {
    "company": Code("81802", "Company is too long."),
    "extended_address": Code("81804", "Extended address is too long."),
    "first_name": Code("81805", "First name is too long."),
    "last_name": Code("81806", "Last name is too long."),
    "locality": Code("81807", "Locality is too long."),
    "region": Code("81810", "State/Region is too long."),
    "street_address": Code("81812", "Street address is too long."),
}
_TOO_MANY = Code("91818", f"A customer may have at most {MAX_ADDRESSES} addresses.")
_BLANK = Code("81801", "Addresses must have at least one field filled in.")
_POSTAL_CODE_TOO_LONG = Code("81809", "Postal code may contain no more than 9 letter or number characters.")
_POSTAL_CODE_CHARACTERS = Code("81813", "Postal code may only contain letters, numbers, spaces and hyphens.")
_POSTAL_CODE = re.compile(r"[A-Za-z0-9 -]*\Z")


def view(address: Address) -> Fields:
    """Return the address with all its fields, also the empty ones."""
    return {
        "id": address.id,
        "customer_id": address.customer_id,
        **shown(address.fields),
        "created_at": address.created_at,
        "updated_at": address.updated_at,
    }


def shown(fields: Mapping[str, str | None]) -> Fields:
    """Return the fields of an address that is not in the vault, or no longer."""
    return {name: fields.get(name) for name in (*_TEXTS, *countries.FIELDS)} | phone_fields(fields)


def read(params: Params, errors: ErrorTree) -> dict[str, str | None]:
    """Return the fields that were sent; note errors."""
    fields = texts(params, _TEXTS)
    for name, code in _TOO_LONG.items():
        if len(fields.get(name) or "") > _MAX_LENGTH:
            errors.on(name, code)
    postal_code = fields.get("postal_code") or ""
    if not _POSTAL_CODE.match(postal_code):
        errors.on("postal_code", _POSTAL_CODE_CHARACTERS)
    elif len(re.sub(r"[ -]", "", postal_code)) > 9:
        errors.on("postal_code", _POSTAL_CODE_TOO_LONG)
    return fields | countries.read_country(params, errors) | read_phone(params, errors)


def check_room(call: Call, customer_id: str, errors: ErrorTree) -> None:
    """Note that a customer has as many addresses as one may have; `errors` are those of the address."""
    if len(call.work.where(Address, "customer_id", customer_id)) >= MAX_ADDRESSES:
        errors.on("base", _TOO_MANY)


def add(call: Call, customer_id: str, fields: dict[str, str | None]) -> Address:
    """Put an address into a customer's vault."""
    taken = {address.id for address in call.work.where(Address, "customer_id", customer_id)}
    address_id = next(fresh for fresh in iter(ids.address_id, None) if fresh not in taken)
    return call.work.put(
        Address(id=address_id, customer_id=customer_id, fields=fields, created_at=call.now, updated_at=call.now)
    )


def change(call: Call, address: Address, fields: dict[str, str | None]) -> Address:
    """Change some fields of an address."""
    return call.work.put(replace(address, fields=address.fields | fields, updated_at=call.now))


@routes.post("/customers/{customer_id}/addresses")
def create(call: Call) -> ApiResponse:
    """Add an address."""
    customer = call.work.get(Customer, call.path["customer_id"])
    if customer is None:
        raise NotFoundError
    errors = ErrorTree()
    here = errors.under("address")
    fields = read(call.params("address", ACCEPTED), here)
    if not any(fields.values()) and not errors:
        here.on("base", _BLANK)
    check_room(call, customer.id, here)
    if errors:
        raise InvalidError(errors)
    return created("address", view(add(call, customer.id, fields)))


@routes.get("/customers/{customer_id}/addresses/{address_id}")
def find(call: Call) -> ApiResponse:
    """Return one address."""
    return found("address", view(_address(call)))


@routes.put("/customers/{customer_id}/addresses/{address_id}")
def update(call: Call) -> ApiResponse:
    """Change the fields that are sent."""
    address = _address(call)
    errors = ErrorTree()
    fields = read(call.params("address", ACCEPTED), errors.under("address"))
    if errors:
        raise InvalidError(errors)
    return found("address", view(change(call, address, fields)))


@routes.delete("/customers/{customer_id}/addresses/{address_id}")
def delete(call: Call) -> ApiResponse:
    """Remove an address; its cards have no billing address afterwards."""
    address = _address(call)
    for card in call.work.where(Card, "customer_id", address.customer_id):
        if card.billing_address_id == address.id:
            call.work.put(replace(card, billing_address_id=None))
    call.work.delete(address)
    return deleted()


def _address(call: Call) -> Address:
    address = call.work.get(Address, f"{call.path['customer_id']}/{call.path['address_id']}")
    if address is None:
        raise NotFoundError
    return address
