"""Customers."""

import re
from dataclasses import replace
from typing import Any, cast

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created, deleted, found
from braintree_sandbox.records.banks import BankVerification
from braintree_sandbox.records.cards import CardVerification
from braintree_sandbox.records.customer import Address, Customer
from braintree_sandbox.resources import addresses, customer_methods
from braintree_sandbox.state import ids
from braintree_sandbox.state.store import Work
from braintree_sandbox.validation.emails import is_email
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import ANYTHING, section, takes, text, texts
from braintree_sandbox.validation.phones import INTERNATIONAL_PHONE, phone_fields, read_phone
from braintree_sandbox.validation.risk_data import RISK_DATA, check_risk_data
from braintree_sandbox.vault import methods
from braintree_sandbox.vault.kinds import KINDS
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Array, Fields, Params

routes = BraintreeRoutes()

ACCEPTED = customer_methods.ACCEPTED.plus(
    "company",
    "default_payment_method_token",
    "email",
    "fax",
    "first_name",
    "id",
    "last_name",
    "phone",
    "website",
    custom_fields=ANYTHING,
    international_phone=INTERNATIONAL_PHONE,
    risk_data=RISK_DATA,
    tax_identifiers=takes("country_code", "identifier"),
)
NO_ASSOCIATIONS = "customernoassociations"
TOP_LEVEL_ASSOCIATIONS = "customertoplevelassociations"
NAMES = ("first_name", "last_name", "company", "email", "phone", "fax", "website")
_MAX_LENGTH = 255
_TOO_LONG = {
    "company": Code("81601", "Company is too long."),
    "email": Code("81605", "Email is too long."),
    "fax": Code("81607", "Fax is too long."),
    "first_name": Code("81608", "First name is too long."),
    "last_name": Code("81613", "Last name is too long."),
    "phone": Code("81614", "Phone is too long."),
    "website": Code("81615", "Website is too long."),
}
EMAIL_INVALID = Code("81604", "Email is an invalid format.")
WEBSITE_INVALID = Code("81616", "Website is an invalid format.")
CUSTOM_FIELD_INVALID = Code("91602", "Custom field is invalid")
CUSTOM_FIELD_TOO_LONG = Code("81603", "Custom field is too long.")
ID_REQUIRED = Code("91613", "Customer ID is required.")
ID_IN_USE = Code("91609", "Customer ID has already been taken.")
ID_INVALID = Code("91610", "Customer ID is invalid (use only letters, numbers, '-', and '_').")
ID_NOT_ALLOWED = Code("91611", "Customer ID is not an allowed ID.")
ID_TOO_LONG = Code("91612", "Customer ID is too long (maximum is 36 characters).")
TOKEN_INVALID = Code("91903", "Default payment method token is invalid.")
_ID = re.compile(r"[A-Za-z0-9_-]+\Z")
_WEBSITE = re.compile(r"(https?://)?[^\s/.]+\.\S+\Z")


def view(call: Call, customer: Customer) -> Fields:
    """Return the customer with addresses and payment methods."""
    work = call.work
    return _own(call, customer) | {
        "custom_fields": dict(customer.custom_fields),
        "addresses": Array("address", [addresses.view(one) for one in work.where(Address, "customer_id", customer.id)]),
        **{
            kind.plural: Array(
                kind.name, [kind.view(call, one) for one in work.where(kind.record, "customer_id", customer.id)]
            )
            for kind in KINDS
        },
    }


def _alone(call: Call, customer: Customer) -> Fields:
    """Return the customer without anything that belongs to it."""
    belongings: Fields = {kind.plural: Array(kind.name, ()) for kind in KINDS}
    return _own(call, customer) | {"custom_fields": {}, "addresses": Array("address", ())} | belongings


def _top_level(shown: Fields) -> Fields:
    """Return the customer whose payment methods are shown without their subscriptions."""
    plurals = {kind.plural for kind in KINDS}
    without: Fields = {"subscriptions": Array("subscription", ())}
    return {
        name: Array(value.item, [{**one, **without} for one in value.items if isinstance(one, dict)])
        if name in plurals and isinstance(value, Array)
        else value
        for name, value in shown.items()
    }


def _own(call: Call, customer: Customer) -> Fields:
    names = ("country_code", "national_number")
    phone = {f"international_phone_{name}": getattr(customer, f"international_phone_{name}") for name in names}
    return {
        "id": customer.id,
        "merchant_id": call.merchant.id,
        **{name: getattr(customer, name) for name in NAMES},
        **phone_fields(phone),
        "global_id": f"customer_{customer.id}",
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
    }


def read(params: Params, errors: ErrorTree) -> dict[str, str | None]:
    """Return the customer's own fields that were sent; note errors."""
    fields = texts(params, NAMES)
    for name, code in _TOO_LONG.items():
        if len(fields.get(name) or "") > _MAX_LENGTH:
            errors.on(name, code)
    email, website = fields.get("email"), fields.get("website")
    if email and not is_email(email):
        errors.on("email", EMAIL_INVALID)
    if website and not _WEBSITE.match(website):
        errors.on("website", WEBSITE_INVALID)
    return fields | read_phone(params, errors)


def read_custom_fields(call: Call, params: Params, errors: ErrorTree, invalid: Code, too_long: Code) -> dict[str, str]:
    """Return the custom fields that were sent; only those of the merchant are accepted."""
    sent = section(params, "custom_fields")
    fields = {name: text(sent, name) or "" for name in sent}
    if any(name not in call.merchant.custom_fields for name in fields):
        errors.on("custom_fields", invalid)
    if any(len(value) > _MAX_LENGTH for value in fields.values()):
        errors.on("custom_fields", too_long)
    return fields


def read_id(work: Work, params: Params, errors: ErrorTree, *, current: str | None = None) -> str:
    """Return the id in the request, else the current or a new one."""
    wanted = text(params, "id")
    if wanted is None:
        if current is not None and "id" in params:
            errors.on("id", ID_REQUIRED)
        return current or next(fresh for fresh in iter(ids.customer_id, None) if work.get(Customer, fresh) is None)
    if len(wanted) > methods.MAX_TOKEN:
        errors.on("id", ID_TOO_LONG)
    elif not _ID.match(wanted):
        errors.on("id", ID_INVALID)
    elif wanted in methods.RESERVED:
        errors.on("id", ID_NOT_ALLOWED)
    elif wanted != current and work.get(Customer, wanted) is not None:
        errors.on("id", ID_IN_USE)
    return wanted


def add(call: Call, params: Params, errors: ErrorTree) -> Customer:
    """Put a customer into the vault; the caller refuses when there are errors."""
    customer = Customer(
        id=read_id(call.work, params, errors),
        created_at=call.now,
        updated_at=call.now,
        custom_fields=read_custom_fields(call, params, errors, CUSTOM_FIELD_INVALID, CUSTOM_FIELD_TOO_LONG),
        **read(params, errors),
    )
    return call.work.put(customer)


@routes.post("/customers")
def create(call: Call) -> ApiResponse:
    """Add a customer, with a card or a nonce's method if one is sent."""
    params = call.params("customer", ACCEPTED)
    errors = ErrorTree()
    here = errors.under("customer")
    customer = add(call, params, here)
    check_risk_data(params, here)
    customer_methods.store_method(call, customer, params, errors, new=True)
    if errors:
        raise InvalidError(errors)
    return created("customer", view(call, _existing(call, customer.id)))


@routes.get("/customers/{customer_id}")
def find(call: Call) -> ApiResponse:
    """Return one customer; filters leave out its belongings, or theirs."""
    customer = _existing(call, call.path["customer_id"])
    wanted = call.query.get("association_filter_id")
    if wanted == NO_ASSOCIATIONS:
        return found("customer", _alone(call, customer))
    shown = view(call, customer)
    return found("customer", _top_level(shown) if wanted == TOP_LEVEL_ASSOCIATIONS else shown)


@routes.put("/customers/{customer_id}")
def update(call: Call) -> ApiResponse:
    """Change the fields that are sent; a new id renames the customer everywhere."""
    customer = _existing(call, call.path["customer_id"])
    params = call.params("customer", ACCEPTED)
    errors = ErrorTree()
    here = errors.under("customer")
    custom = read_custom_fields(call, params, here, CUSTOM_FIELD_INVALID, CUSTOM_FIELD_TOO_LONG)
    changed = replace(
        customer,
        id=read_id(call.work, params, here, current=customer.id),
        custom_fields=customer.custom_fields | custom,
        default_token=_default_token(call, customer, params, here),
        updated_at=call.now,
        **cast("dict[str, Any]", read(params, here)),
    )
    if not errors and changed.id != customer.id:
        _move(call, customer, changed.id)
    call.work.put(changed)
    customer_methods.store_method(call, changed, params, errors, new=False)
    if errors:
        raise InvalidError(errors)
    return found("customer", view(call, _existing(call, changed.id)))


@routes.delete("/customers/{customer_id}")
def delete(call: Call) -> ApiResponse:
    """Remove a customer with everything in its vault; its transactions stay, and its subscriptions end."""
    customer = _existing(call, call.path["customer_id"])
    for method in methods.of_customer(call.work, customer.id):
        methods.remove(call, method)
    for address in call.work.where(Address, "customer_id", customer.id):
        call.work.delete(address)
    call.work.delete(customer)
    return deleted()


def _existing(call: Call, customer_id: str) -> Customer:
    customer = call.work.get(Customer, customer_id)
    if customer is None:
        raise NotFoundError
    return customer


def _default_token(call: Call, customer: Customer, params: Params, errors: ErrorTree) -> str | None:
    wanted = text(params, "default_payment_method_token")
    if wanted is None:
        return customer.default_token
    method = methods.find(call.work, wanted)
    if method is None or method.customer_id != customer.id:
        errors.on("default_payment_method_token", TOKEN_INVALID)
    return wanted


def _move(call: Call, customer: Customer, new_id: str) -> None:
    """Give everything of a customer to its new id."""
    for method in methods.of_customer(call.work, customer.id):
        methods.give_to(call.work, method, new_id)
    for address in call.work.where(Address, "customer_id", customer.id):
        call.work.delete(address)
        call.work.put(replace(address, customer_id=new_id))
    for verification in call.work.where(CardVerification, "customer_id", customer.id):
        call.work.put(replace(verification, customer_id=new_id))
    for bank_verification in call.work.where(BankVerification, "customer_id", customer.id):
        call.work.put(replace(bank_verification, customer_id=new_id))
    call.work.delete(customer)
