"""Search for verifications of cards."""

from braintree_sandbox import search
from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call
from braintree_sandbox.records.cards import CardVerification
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.resources import card_verifications
from braintree_sandbox.search import one_of, range_of, text_of
from braintree_sandbox.vault.brands import brand

routes = BraintreeRoutes()


def _email(call: Call, verification: CardVerification) -> str | None:
    customer = call.work.get(Customer, verification.customer_id)
    return customer.email if customer else None


def _searchable(call: Call) -> search.Searchable[CardVerification]:
    return search.Searchable(
        record=CardVerification,
        collection="credit_card_verifications",
        item="verification",
        view=card_verifications.view,
        fields={
            "id": text_of(lambda v: v.id),
            "ids": one_of(lambda v: v.id),
            "status": one_of(lambda v: v.status),
            "created_at": range_of(lambda v: v.created_at),
            "customer_id": text_of(lambda v: v.customer_id),
            "customer_email": text_of(lambda v: _email(call, v)),
            "payment_method_token": text_of(lambda v: v.token),
            "credit_card_card_type": one_of(lambda v: brand(v.facts.number)),
            "credit_card_cardholder_name": text_of(lambda v: v.facts.cardholder_name),
            "credit_card_expiration_date": text_of(lambda v: f"{v.facts.expiration_month}/{v.facts.expiration_year}"),
            "credit_card_number": text_of(lambda v: v.facts.number),
            "billing_address_details_postal_code": text_of(lambda v: v.facts.billing.get("postal_code")),
            "verification_type": one_of(lambda _: "credit_card"),
        },
    )


@routes.post("/verifications/advanced_search_ids")
def search_ids(call: Call) -> ApiResponse:
    """Return the ids of the verifications that match."""
    return _searchable(call).ids(call)


@routes.post("/verifications/advanced_search")
def search_page(call: Call) -> ApiResponse:
    """Return the verifications of one page."""
    return _searchable(call).page(call)
