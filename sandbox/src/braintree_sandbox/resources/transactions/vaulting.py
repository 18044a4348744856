"""Vaulting the payment method, the customer and the addresses of a sale, by its options."""

from dataclasses import replace

from braintree_sandbox.call import Call
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources import addresses, customers
from braintree_sandbox.resources.transactions.order import Order, payer
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.wire.values import Params


def vault(call: Call, order: Order, transaction: Transaction) -> Transaction:
    """Return the transaction with the customer, method and addresses that it stored in the vault."""
    source = order.source
    wanted = order.wants("store_in_vault") or (order.wants("store_in_vault_on_success") and not transaction.refused)
    if wanted and source.method is None and source.kind.storable(source.facts):
        errors = ErrorTree()
        transaction = _store(call, order, transaction, errors.under("transaction"))
        if errors:
            raise InvalidError(errors)
    if order.wants("store_shipping_address_in_vault") and transaction.customer_id is not None:
        transaction = _store_shipping(call, order, transaction, transaction.customer_id)
    return transaction


def _store(call: Call, order: Order, transaction: Transaction, errors: ErrorTree) -> Transaction:
    source = order.source
    customer = source.customer or _customer(call, order.params, errors)
    method_params: Params = {"token": text(section(order.params, "credit_card"), "token")}
    if order.wants("add_billing_address_to_payment_method"):
        method_params |= _billing(transaction)
    method = source.kind.store(call, customer, source.facts, method_params, errors.under(source.kind.errors_name))
    billed_to = getattr(method, "billing_address_id", None)
    stored = source.kind.instrument(source.facts, method)
    return replace(
        transaction,
        customer_id=customer.id,
        customer=payer(customer, order.customer),
        billing=transaction.billing | ({"id": billed_to} if billed_to else {}),
        instrument=replace(
            transaction.instrument, token=stored.token, fields={**transaction.instrument.fields, "token": stored.token}
        ),
    )


def _customer(call: Call, params: Params, errors: ErrorTree) -> Customer:
    return customers.add(call, section(params, "customer"), errors.under("customer"))


def _billing(transaction: Transaction) -> Params:
    """Return the card's address: the vault's if the sale named it, else the sale's own."""
    address_id = transaction.billing.get("id")
    if address_id is not None:
        return {"billing_address_id": address_id}
    return {"billing_address": dict(transaction.billing)} if transaction.billing else {}


def _store_shipping(call: Call, order: Order, transaction: Transaction, customer_id: str) -> Transaction:
    if not order.shipping or "id" in order.shipping:
        return transaction
    address = addresses.add(call, customer_id, order.shipping)
    return replace(transaction, shipping=transaction.shipping | {"id": address.id})
