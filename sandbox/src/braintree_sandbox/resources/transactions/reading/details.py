"""Parameters that are checked, kept and shown under their own name, one reader each."""

import re
from collections.abc import Callable

from braintree_sandbox.resources.transactions.amounts import MoneyCodes, read_money
from braintree_sandbox.resources.transactions.codes import (
    AMOUNT_FORMAT,
    AMOUNT_NEGATIVE,
    AMOUNT_TOO_LARGE,
)
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.wire.values import Fields, Params

Reader = Callable[[Params, ErrorTree], Fields]

_CHANNEL_TOO_LONG = Code("91550", "Channel is too long.")
_ORDER_TOO_LONG = Code("91537", "Purchase order number is too long.")
_ORDER_INVALID = Code("91548", "Purchase order number is invalid.")
_POSTAL_CODE_TOO_LONG = Code("915165", "Ships from postal code is too long.")
_POSTAL_CODE_CHARACTERS = Code("915167", "Ships from postal code may only hold letters, numbers, spaces and hyphens.")
_POSTAL_CODE_INVALID = Code("915166", "Ships from postal code is invalid.")
_SKU_INVALID = Code("915202", "Product SKU is invalid.")
_QUOTE_TOO_LONG = Code("915229", "Exchange rate quote ID is too long.")
_CATEGORY_INVALID = Code("915265", "Processing merchant category code must be four digits.")
_EXEMPTION_INVALID = Code("915213", "SCA exemption is invalid.")
_SOURCE_INVALID = Code("915133", "Transaction source is invalid.")

_SHIPPING = MoneyCodes(
    Code("915162", "Shipping amount is an invalid format."),
    Code("915163", "Shipping amount cannot be negative."),
    Code("915164", "Shipping amount is too large."),
)
_MONEY = {
    "tax_amount": MoneyCodes(
        Code("81535", "Tax amount is an invalid format."),
        Code("81534", "Tax amount cannot be negative."),
        Code("81536", "Tax amount is too large."),
    ),
    "discount_amount": MoneyCodes(
        Code("915159", "Discount amount is an invalid format."),
        Code("915160", "Discount amount cannot be negative."),
        Code("915161", "Discount amount is too large."),
    ),
    "shipping_amount": _SHIPPING,
    # Braintree publishes no codes for the next two.
    "shipping_tax_amount": _SHIPPING,
    "surcharge_amount": MoneyCodes(AMOUNT_FORMAT, AMOUNT_NEGATIVE, AMOUNT_TOO_LARGE),
}
_RECURRING = frozenset({"recurring", "recurring_first"})
_SOURCES = _RECURRING | {"installment", "installment_first", "merchant", "moto", "unscheduled", "estimated"}
_EXEMPTIONS = frozenset({"low_value", "secure_corporate", "trusted_beneficiary", "transaction_risk_analysis"})
_POSTAL_CODE = re.compile(r"[A-Za-z0-9 -]*\Z")
_SKU = re.compile(r"[A-Za-z0-9_.-]{1,255}\Z")
_CATEGORY = re.compile(r"[0-9]{4}\Z")


def read_details(params: Params, errors: ErrorTree) -> Fields:
    """Return the parameters that are only checked and shown again."""
    shown: Fields = {}
    for name in params:
        reader = READERS.get(name)
        if reader is not None:
            shown.update(reader(params, errors))
    return shown


def _money(name: str) -> Reader:
    def read(params: Params, errors: ErrorTree) -> Fields:
        return {name: read_money(params, name, _MONEY[name], errors)}

    return read


def _matching(name: str, pattern: re.Pattern[str], code: Code) -> Reader:
    def read(params: Params, errors: ErrorTree) -> Fields:
        value = text(params, name)
        if value is not None and not pattern.match(value):
            errors.on(name, code)
        return {name: value}

    return read


def _at_most(name: str, length: int, code: Code) -> Reader:
    return _matching(name, re.compile(rf"(?s).{{0,{length}}}\Z"), code)


def _purchase_order(params: Params, errors: ErrorTree) -> Fields:
    order = text(params, "purchase_order_number")
    if order is not None and not order.isascii():
        errors.on("purchase_order_number", _ORDER_INVALID)
    elif order is not None and len(order) > 17:
        errors.on("purchase_order_number", _ORDER_TOO_LONG)
    return {"purchase_order_number": order}


def _postal_code(params: Params, errors: ErrorTree) -> Fields:
    postal_code = text(params, "ships_from_postal_code") or ""
    if not _POSTAL_CODE.match(postal_code):
        errors.on("ships_from_postal_code", _POSTAL_CODE_CHARACTERS)
    elif len(postal_code) > 9:
        errors.on("ships_from_postal_code", _POSTAL_CODE_TOO_LONG)
    elif postal_code and not postal_code.strip(" -"):
        errors.on("ships_from_postal_code", _POSTAL_CODE_INVALID)
    return {"ships_from_postal_code": postal_code or None}


def _exemption(params: Params, errors: ErrorTree) -> Fields:
    exemption = text(params, "sca_exemption")
    if exemption is not None and exemption not in _EXEMPTIONS:
        errors.on("sca_exemption", _EXEMPTION_INVALID)
    return {"sca_exemption_requested": exemption}


def _source(params: Params, errors: ErrorTree) -> Fields:
    source = text(params, "transaction_source")
    if source is not None and source not in _SOURCES:
        errors.on("transaction_source", _SOURCE_INVALID)
    return {"recurring": True} if source in _RECURRING else {}


def _recurring(params: Params, _errors: ErrorTree) -> Fields:
    return {"recurring": True} if flag(params, "recurring") else {}


def _tax_exempt(params: Params, _errors: ErrorTree) -> Fields:
    return {"tax_exempt": flag(params, "tax_exempt")}


def _foreign_retailer(params: Params, _errors: ErrorTree) -> Fields:
    # Shown only where it is true.
    return {"foreign_retailer": True} if flag(params, "foreign_retailer") else {}


def _bank_options(params: Params, _errors: ErrorTree) -> Fields:
    asked = text(section(section(params, "options"), "us_bank_account"), "ach_type")
    return {"ach_type": asked, "requested_ach_type": asked} if asked is not None else {}


READERS: dict[str, Reader] = {
    **{name: _money(name) for name in _MONEY},
    "channel": _at_most("channel", 255, _CHANNEL_TOO_LONG),
    "exchange_rate_quote_id": _at_most("exchange_rate_quote_id", 4000, _QUOTE_TOO_LONG),
    "foreign_retailer": _foreign_retailer,
    "options": _bank_options,
    "processing_merchant_category_code": _matching("processing_merchant_category_code", _CATEGORY, _CATEGORY_INVALID),
    "product_sku": _matching("product_sku", _SKU, _SKU_INVALID),
    "purchase_order_number": _purchase_order,
    "recurring": _recurring,
    "sca_exemption": _exemption,
    "ships_from_postal_code": _postal_code,
    "tax_exempt": _tax_exempt,
    "transaction_source": _source,
}
"""By parameter; a new one that is checked and shown is one line here."""
