"""Advanced search of transactions: every field of Braintree's, over all kinds of payment."""

from collections.abc import Callable
from datetime import date, datetime

from braintree_sandbox import search
from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.transactions.steps import known_from_the_start, with_id
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.search import Field, flag_of, one_of, range_of, text_of
from braintree_sandbox.wire.refusals import TookTooLongError
from braintree_sandbox.wire.values import Value

routes = BraintreeRoutes()

ANY_REASON = "any_reason_code"
_API_USER = "integration_user_public_id"
"""Whose keys every transaction here was made with."""
_ADDRESS = (
    "first_name", "last_name", "company", "street_address", "extended_address", "locality", "region", "postal_code",
    "country_name",
)  # fmt: skip


def _card(name: str) -> Callable[[Transaction], str | None]:
    """Return a field of the card, or of another payment method."""

    def value(transaction: Transaction) -> str | None:
        found = transaction.instrument.fields.get(name)
        return found if isinstance(found, str) else None

    return value


def _paid_by(kind: str, name: str) -> Field[Transaction]:
    """Return a field of one kind of payment method only."""
    of_any = _card(name)
    return text_of(lambda transaction: of_any(transaction) if transaction.instrument.kind == kind else None)


def _detail(name: str) -> Callable[[Transaction], str | None]:
    def value(transaction: Transaction) -> str | None:
        found = transaction.details.get(name)
        return found if isinstance(found, str) else None

    return value


def _of(part: str, name: str) -> Field[Transaction]:
    def value(transaction: Transaction) -> str | None:
        fields: dict[str, str | None] = getattr(transaction, part)
        return fields.get(name)

    return text_of(value)


def _reached(status: str) -> Field[Transaction]:
    """Return the time when a transaction got into a status."""

    def moments(transaction: Transaction) -> list[datetime]:
        return [event.at for event in transaction.status_history if event.status == status]

    return range_of(moments)


def _expiry(transaction: Transaction) -> str:
    fields = transaction.instrument.fields
    return f"{fields.get('expiration_month')}/{fields.get('expiration_year')}"


def _disbursed_on(transaction: Transaction) -> date | None:
    return transaction.disbursed_at.date() if transaction.disbursed_at else None


def _source(transaction: Transaction) -> str:
    return "recurring" if transaction.details.get("subscription_id") else "api"


def _return_codes(transaction: Transaction) -> list[str]:
    return [transaction.ach_return_code, ANY_REASON] if transaction.ach_return_code else []


# Searches have other names for some kinds of payment than transactions.
_SEARCHED_AS = {
    "apple_pay_card": "ApplePayDetail",
    "credit_card": "CreditCardDetail",
    "local_payment": "LocalPaymentDetail",
    "meta_checkout_card": "MetaCheckout",
    "meta_checkout_token": "MetaCheckout",
    "paypal_account": "PayPalDetail",
    "sepa_debit_account": "SEPADebitAccount",
}


def _instrument_names(transaction: Transaction) -> list[str]:
    kind = transaction.instrument.kind
    return [kind, *filter(None, [_SEARCHED_AS.get(kind)])]


_FIELDS: dict[str, Field[Transaction]] = {
    "id": text_of(lambda t: t.id),
    "ids": one_of(lambda t: t.id),
    "order_id": text_of(lambda t: t.order_id),
    "customer_id": text_of(lambda t: t.customer_id),
    "status": one_of(lambda t: t.status),
    "type": one_of(lambda t: t.type),
    "merchant_account_id": one_of(lambda t: t.merchant_account_id),
    "payment_instrument_type": one_of(_instrument_names),
    "payment_method_token": text_of(lambda t: t.instrument.token),
    "created_using": one_of(lambda t: t.created_using),
    "source": one_of(_source),
    "user": one_of(lambda _: _API_USER),
    "currency": text_of(lambda t: t.currency),
    "processor_authorization_code": text_of(lambda t: t.processor_authorization_code),
    "settlement_batch_id": text_of(lambda t: t.settlement_batch_id),
    "refund": flag_of(lambda t: t.refunded_transaction_id is not None),
    "amount": range_of(lambda t: t.amount),
    "created_at": range_of(lambda t: t.created_at),
    "credit_card_number": text_of(lambda t: t.instrument.number if t.instrument.kind == "credit_card" else None),
    "credit_card_expiration_date": text_of(_expiry),
    "credit_card_cardholder_name": text_of(_card("cardholder_name")),
    "credit_card_card_type": one_of(_card("card_type")),
    "credit_card_customer_location": one_of(lambda t: (_card("customer_location")(t) or "").lower()),
    "credit_card_unique_identifier": text_of(lambda t: t.instrument.identifier),
    "ach_return_responses_created_at": range_of(lambda t: t.ach_returned_at),
    "reason_code": one_of(_return_codes),
    "authorized_at": _reached("authorized"),
    "authorization_expired_at": _reached("authorization_expired"),
    "failed_at": _reached("failed"),
    "gateway_rejected_at": _reached("gateway_rejected"),
    "processor_declined_at": _reached("processor_declined"),
    "settled_at": _reached("settled"),
    "submitted_for_settlement_at": _reached("submitted_for_settlement"),
    "voided_at": _reached("voided"),
    "disbursement_date": range_of(_disbursed_on),
    "dispute_date": range_of(lambda t: [dispute.received_date for dispute in t.disputes]),
    "debit_network": one_of(_detail("debit_network")),
    "ach_type": one_of(_detail("ach_type")),
    "store_id": text_of(_detail("store_id")),
    "store_ids": one_of(_detail("store_id")),
    "acquirer_reference_number": text_of(lambda t: t.acquirer_reference_number),
    "europe_bank_account_iban": _paid_by("europe_bank_account", "iban"),
    "paypal_payer_email": _paid_by("paypal_account", "payer_email"),
    "paypal_payment_id": _paid_by("paypal_account", "payment_id"),
    "paypal_authorization_id": _paid_by("paypal_account", "authorization_id"),
    "sepa_debit_paypal_v2_order_id": _paid_by("sepa_debit_account", "paypal_v2_order_id"),
    **{f"customer_{name}": _of("customer", name) for name in
       ("company", "email", "fax", "first_name", "last_name", "phone", "website")},
    **{f"billing_{name}": _of("billing", name) for name in _ADDRESS},
    **{f"shipping_{name}": _of("shipping", name) for name in _ADDRESS},
}  # fmt: skip


def _is_endless(amount: Value) -> bool:
    """Return whether the search is for amounts below zero, by which clients test a search that times out."""
    return isinstance(amount, dict) and str(amount.get("min") or "").startswith("-")


_TRANSACTIONS = search.Searchable(
    record=Transaction,
    collection="credit_card_transactions",
    item="transaction",
    view=lambda _, transaction: view(transaction),
    fields=_FIELDS,
    find=with_id,
    known=known_from_the_start,
    shortcuts={"ids": None, "id": None, "order_id": "order_id", "customer_id": "customer_id"},
)


@routes.post("/transactions/advanced_search_ids")
def search_ids(call: Call) -> ApiResponse:
    """Return the ids of the transactions that match. Raise TookTooLongError for the search that tests it."""
    if _is_endless(call.params("search").get("amount")):
        raise TookTooLongError
    return _TRANSACTIONS.ids(call)


@routes.post("/transactions/advanced_search")
def search_page(call: Call) -> ApiResponse:
    """Return the transactions of one page."""
    return _TRANSACTIONS.page(call)
