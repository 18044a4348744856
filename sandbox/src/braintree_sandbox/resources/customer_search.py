"""Search for customers."""

from braintree_sandbox import search
from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call
from braintree_sandbox.records.cards import Card
from braintree_sandbox.records.customer import Address, Customer
from braintree_sandbox.resources import customers
from braintree_sandbox.search import range_of, text_of
from braintree_sandbox.vault import methods
from braintree_sandbox.vault.kinds import kind_of

routes = BraintreeRoutes()


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
        view=customers.view,
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
            "payment_method_token_with_duplicates": text_of(lambda c: _tokens_of_duplicates(call, c)),
            "paypal_account_email": text_of(lambda c: _paypal_emails(call, c)),
            **{f"address_{name}": address_field(name) for name in address_names},
        },
    )


@routes.post("/customers/advanced_search_ids")
def search_ids(call: Call) -> ApiResponse:
    """Return the ids of the customers that match."""
    return _searchable(call).ids(call)


@routes.post("/customers/advanced_search")
def search_page(call: Call) -> ApiResponse:
    """Return the customers of one page."""
    return _searchable(call).page(call)


def _tokens_of_duplicates(call: Call, customer: Customer) -> list[str]:
    """Return the tokens of all cards of any customer that have the number of one of this customer's cards."""
    own = call.work.where(Card, "customer_id", customer.id)
    return [other.token for card in own for other in call.work.where(Card, "identifier", card.identifier)]


def _paypal_emails(call: Call, customer: Customer) -> list[str]:
    accounts = [one for one in methods.of_customer(call.work, customer.id) if kind_of(one).name == "paypal_account"]
    emails = [getattr(one.facts, "email", None) for one in accounts]
    return [email for email in emails if email]
