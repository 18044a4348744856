"""Customers."""

import re
from dataclasses import replace
from typing import Any, cast

from braintree_sandbox import search
from braintree_sandbox.call import Answer, BraintreeRoutes, Call, created, deleted, found
from braintree_sandbox.records.cards import Card
from braintree_sandbox.records.customer import Address, Customer
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.credit_cards import CARDS, facts_from
from braintree_sandbox.search import range_of, text_of
from braintree_sandbox.state import ids
from braintree_sandbox.state.store import Work
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import section, text, texts
from braintree_sandbox.vault import methods, nonces
from braintree_sandbox.vault.kinds import KINDS, kind_of_facts
from braintree_sandbox.vault.nonces import NonceCodes
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Array, Fields, Params

routes = BraintreeRoutes()

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
ID_IN_USE = Code("91609", "Customer ID has already been taken.")
ID_INVALID = Code("91610", "Customer ID is invalid (use only letters, numbers, '-', and '_').")
ID_NOT_ALLOWED = Code("91611", "Customer ID is not an allowed ID.")
ID_TOO_LONG = Code("91612", "Customer ID is too long (maximum is 36 characters).")
TOKEN_INVALID = Code("91903", "Default payment method token is invalid.")
NONCE_CODES = NonceCodes(
    unknown=Code("93108", "Unknown or expired payment_method_nonce."),
    consumed=Code("93107", "Cannot use a payment_method_nonce more than once."),
    locked=Code("93109", "Payment method nonce is locked."),
)
_ID = re.compile(r"[A-Za-z0-9_-]+\Z")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_WEBSITE = re.compile(r"(https?://)?[^\s/.]+\.\S+\Z")


def view(call: Call, customer: Customer) -> Fields:
    """The customer with addresses and payment methods."""
    work = call.work
    return {
        "id": customer.id,
        "merchant_id": call.merchant.id,
        **{name: getattr(customer, name) for name in NAMES},
        "custom_fields": dict(customer.custom_fields),
        "addresses": Array("address", [addresses.view(one) for one in work.where(Address, "customer_id", customer.id)]),
        **{
            kind.plural: Array(
                kind.name, [kind.view(call, one) for one in work.where(kind.record, "customer_id", customer.id)]
            )
            for kind in KINDS
        },
        "global_id": f"customer_{customer.id}",
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
    }


def read(params: Params, errors: ErrorTree) -> dict[str, str | None]:
    """The customer's own fields that were sent; what is wrong with them is noted in `errors`."""
    fields = texts(params, NAMES)
    for name, code in _TOO_LONG.items():
        if len(fields.get(name) or "") > _MAX_LENGTH:
            errors.on(name, code)
    email, website = fields.get("email"), fields.get("website")
    if email and not _EMAIL.match(email):
        errors.on("email", EMAIL_INVALID)
    if website and not _WEBSITE.match(website):
        errors.on("website", WEBSITE_INVALID)
    return fields


def read_custom_fields(call: Call, params: Params, errors: ErrorTree, invalid: Code, too_long: Code) -> dict[str, str]:
    """The custom fields that were sent; only those that the merchant has defined are accepted."""
    sent = section(params, "custom_fields")
    fields = {name: text(sent, name) or "" for name in sent}
    if any(name not in call.merchant.custom_fields for name in fields):
        errors.on("custom_fields", invalid)
    if any(len(value) > _MAX_LENGTH for value in fields.values()):
        errors.on("custom_fields", too_long)
    return fields


def read_id(work: Work, params: Params, errors: ErrorTree, *, current: str | None = None) -> str:
    """The id asked for, else the current or a new one."""
    wanted = text(params, "id")
    if wanted is None:
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
    """Put a customer into the vault; for the caller to refuse when `errors` has grown."""
    customer = Customer(
        id=read_id(call.work, params, errors),
        created_at=call.now,
        updated_at=call.now,
        custom_fields=read_custom_fields(call, params, errors, CUSTOM_FIELD_INVALID, CUSTOM_FIELD_TOO_LONG),
        **read(params, errors),
    )
    return call.work.put(customer)


@routes.post("/customers")
def create(call: Call) -> Answer:
    """Add a customer, with a card or a nonce's method if one is sent."""
    params = call.params("customer")
    errors = ErrorTree()
    here = errors.under("customer")
    customer = add(call, params, here)
    _add_method(call, customer, params, here)
    if errors:
        raise InvalidError(errors)
    return created("customer", view(call, _customer(call, customer.id)))


@routes.get("/customers/{customer_id}")
def find(call: Call) -> Answer:
    """One customer."""
    return found("customer", view(call, _customer(call, call.path["customer_id"])))


@routes.put("/customers/{customer_id}")
def update(call: Call) -> Answer:
    """Change the fields that are sent; a new id renames the customer everywhere."""
    customer = _customer(call, call.path["customer_id"])
    params = call.params("customer")
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
    _add_method(call, changed, params, here)
    if errors:
        raise InvalidError(errors)
    return found("customer", view(call, _customer(call, changed.id)))


@routes.delete("/customers/{customer_id}")
def delete(call: Call) -> Answer:
    """Remove a customer with everything in its vault; its transactions stay."""
    customer = _customer(call, call.path["customer_id"])
    for method in methods.of_customer(call.work, customer.id):
        call.work.delete(method)
    for address in call.work.where(Address, "customer_id", customer.id):
        call.work.delete(address)
    call.work.delete(customer)
    return deleted()


def _searchable(call: Call) -> search.Searchable[Customer]:
    def cards(customer: Customer) -> list[Card]:
        return call.work.where(Card, "customer_id", customer.id)

    def address_field(name: str) -> search.Field[Customer]:
        return text_of(lambda c: [one.fields.get(name) or "" for one in call.work.where(Address, "customer_id", c.id)])

    address_names = ("first_name", "last_name", "street_address", "extended_address", "locality", "region",
                     "postal_code", "country_name")  # fmt: skip
    return search.Searchable(
        record=Customer,
        collection="customers",
        item="customer",
        view=view,
        fields={
            "ids": search.one_of(lambda c: c.id),
            "id": text_of(lambda c: c.id),
            "created_at": range_of(lambda c: c.created_at),
            "company": text_of(lambda c: c.company),
            "email": text_of(lambda c: c.email),
            "fax": text_of(lambda c: c.fax),
            "first_name": text_of(lambda c: c.first_name),
            "last_name": text_of(lambda c: c.last_name),
            "phone": text_of(lambda c: c.phone),
            "website": text_of(lambda c: c.website),
            "payment_method_token": text_of(lambda c: [one.token for one in methods.of_customer(call.work, c.id)]),
            "cardholder_name": text_of(lambda c: [one.facts.cardholder_name or "" for one in cards(c)]),
            "credit_card_number": text_of(lambda c: [one.facts.number for one in cards(c)]),
            "credit_card_expiration_date": text_of(
                lambda c: [f"{one.facts.expiration_month}/{one.facts.expiration_year}" for one in cards(c)]
            ),
            "payment_method_token_with_duplicates": text_of(lambda c: _tokens_of_twins(call, c)),
            **{f"address_{name}": address_field(name) for name in address_names},
        },
    )


@routes.post("/customers/advanced_search_ids")
def search_ids(call: Call) -> Answer:
    """The ids of the customers that match."""
    return _searchable(call).ids(call)


@routes.post("/customers/advanced_search")
def search_page(call: Call) -> Answer:
    """The customers of one page."""
    return _searchable(call).page(call)


def _customer(call: Call, customer_id: str) -> Customer:
    customer = call.work.get(Customer, customer_id)
    if customer is None:
        raise NotFoundError
    return customer


def _add_method(call: Call, customer: Customer, params: Params, errors: ErrorTree) -> None:
    """The card or the nonce that may come with a customer."""
    card_params, nonce = section(params, "credit_card"), text(params, "payment_method_nonce")
    if card_params:
        here = errors.under("credit_card")
        facts = facts_from(call, card_params, here)
        if facts is not None:
            CARDS.store(call, customer, facts, card_params, here)
    elif nonce is not None:
        resolved = nonces.resolve(call, nonce, NONCE_CODES, errors, card_errors=errors.under("credit_card"))
        if resolved is not None and resolved.method is None:
            kind = kind_of_facts(resolved.facts)
            kind.store(call, customer, resolved.facts, {}, errors.under(kind.name))


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
    call.work.delete(customer)


def _tokens_of_twins(call: Call, customer: Customer) -> list[str]:
    """The tokens of all cards, anyone's, that have the number of one of this customer's."""
    own = call.work.where(Card, "customer_id", customer.id)
    return [twin.token for card in own for twin in call.work.where(Card, "identifier", card.identifier)]
