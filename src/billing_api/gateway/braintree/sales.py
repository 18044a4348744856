"""The parameters of a sale."""

from typing import Any

from braintree.transaction_line_item import TransactionLineItem

from billing_api.gateway.braintree.addresses import billing_address_params
from billing_api.gateway.charges import ChargeOrder, LineItem, NonceToCharge, PurchaseData
from billing_api.gateway.methods import MethodKind
from billing_api.kit.money import decimal_text

Params = dict[str, Any]
# Of a merchant's charge, whose day and amount follow no fixed plan. Source: Braintree, "PaymentInitiator".
_UNSCHEDULED = "unscheduled"


def sale_params(order: ChargeOrder) -> Params:
    """Return an order as the SDK takes it, without the merchant account and the request's key."""
    options: Params = {"submit_for_settlement": True}
    if order.requires_liability_shift and order.method_kind is MethodKind.CARD:
        options["three_d_secure"] = {"required": True}
    params: Params = {
        "amount": decimal_text(order.amount, order.currency),
        "order_id": order.order_id,
        "options": options,
    }
    if order.is_merchant_initiated and order.method_kind is MethodKind.CARD:
        params["transaction_source"] = _UNSCHEDULED
    if order.device_data is not None:
        params["device_data"] = order.device_data
    if order.authentication_id is not None:
        params["three_d_secure_authentication_id"] = order.authentication_id
    if order.purchase is not None:
        params |= _purchase_params(order.purchase, order.currency)
    if order.nonce is None:
        return params | {"payment_method_token": order.token}
    return params | _by_nonce(order.nonce, order, options)


def _by_nonce(paid: NonceToCharge, order: ChargeOrder, options: Params) -> Params:
    params: Params = {"payment_method_nonce": paid.nonce}
    if paid.customer_id is not None:
        params["customer_id"] = paid.customer_id
    if paid.billing_address is not None:
        params["billing"] = billing_address_params(paid.billing_address)
    if paid.mandate_text is not None:
        params["us_bank_account"] = {
            "ach_mandate_text": paid.mandate_text,
            "ach_mandate_accepted_at": paid.mandate_accepted_at,
        }
    if order.stored_as is not None:
        params["credit_card"] = {"token": order.stored_as}
        options["store_in_vault_on_success"] = True
        if paid.billing_address is not None:
            options["add_billing_address_to_payment_method"] = True
    return params


def _purchase_params(purchase: PurchaseData, currency: str) -> Params:
    params: Params = {}
    if purchase.purchase_order_number is not None:
        params["purchase_order_number"] = purchase.purchase_order_number
    if purchase.tax_amount is not None:
        params["tax_amount"] = decimal_text(purchase.tax_amount, currency)
    if not purchase.line_items:
        return params
    params["line_items"] = [_item_params(item, currency) for item in purchase.line_items]
    params["shipping_amount"] = decimal_text(0, currency)
    params["discount_amount"] = decimal_text(purchase.discount_amount or 0, currency)
    if purchase.ships_from_postal_code is not None:
        params["ships_from_postal_code"] = purchase.ships_from_postal_code
    if purchase.ships_to_postal_code is not None:
        params["shipping"] = {
            "postal_code": purchase.ships_to_postal_code,
            "country_code_alpha2": purchase.ships_to_country,
        }
    return params


def _item_params(item: LineItem, currency: str) -> Params:
    return {
        "name": item.name,
        "description": item.description,
        "kind": TransactionLineItem.Kind.Credit if item.is_credit else TransactionLineItem.Kind.Debit,
        "quantity": f"{item.quantity.normalize():f}",
        "unit_amount": decimal_text(item.unit_amount, currency),
        "total_amount": decimal_text(item.total_amount, currency),
        "unit_of_measure": item.unit_of_measure,
    }
