"""Line items: level 3 data, checked one by one, and listed by a request of their own."""

import re
from decimal import Decimal
from typing import NamedTuple

from braintree_sandbox.resources.transactions.amounts import MoneyCodes, read_money
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import text
from braintree_sandbox.wire.values import Params

LineItem = dict[str, str | None]

MAX_ITEMS = 249
_TOO_MANY = Code("915157", f"Too many line items; the most are {MAX_ITEMS}.")
_EXPECTED = Code("915158", "Line items were expected.")

_KIND_REQUIRED = Code("95808", "Kind is required.")
_KIND_INVALID = Code("95807", "Kind is invalid.")
_NAME_REQUIRED = Code("95822", "Name is required.")
_UPC_CODE_MISSING = Code("95830", "UPC code is missing.")
_UPC_TYPE_MISSING = Code("95832", "UPC type is missing.")
_UPC_TYPE_INVALID = Code("95833", "UPC type is invalid.")

_KINDS = frozenset({"debit", "credit"})
_UPC_TYPES = frozenset({"UPC-A", "UPC-B", "UPC-C", "UPC-D", "UPC-E", "UPC-2", "UPC-5"})
_TOO_LONG: dict[str, tuple[int, Code]] = {
    "name": (35, Code("95823", "Name is too long.")),
    "description": (127, Code("95803", "Description is too long.")),
    "product_code": (35, Code("95809", "Product code is too long.")),
    "commodity_code": (12, Code("95801", "Commodity code is too long.")),
    "unit_of_measure": (12, Code("95821", "Unit of measure is too long.")),
    "upc_code": (17, Code("95831", "UPC code is too long.")),
}
_MAX_NUMBER = Decimal(2147483647)
_TAX = {
    "tax_amount": MoneyCodes(
        Code("95827", "Tax amount is an invalid format."),
        Code("95829", "Tax amount cannot be negative."),
        Code("95828", "Tax amount is too large."),
    ),
    "unit_tax_amount": MoneyCodes(
        Code("95824", "Unit tax amount is an invalid format."),
        Code("95826", "Unit tax amount cannot be negative."),
        Code("95825", "Unit tax amount is too large."),
    ),
    "discount_amount": MoneyCodes(
        Code("95804", "Discount amount is an invalid format."),
        Code("95806", "Discount amount cannot be negative."),
        Code("95805", "Discount amount is too large."),
    ),
}


class _Number(NamedTuple):
    """A number that every item must have, with its errors."""

    decimals: int
    required: Code
    format: Code
    low: Code
    too_large: Code


_NUMBERS = {
    "quantity": _Number(
        4,
        Code("95811", "Quantity is required."),
        Code("95810", "Quantity is an invalid format."),
        Code("95810", "Quantity is an invalid format."),
        Code("95812", "Quantity is too large."),
    ),
    "unit_amount": _Number(
        4,
        Code("95818", "Unit amount is required."),
        Code("95817", "Unit amount is an invalid format."),
        Code("95820", "Unit amount must be greater than zero."),
        Code("95819", "Unit amount is too large."),
    ),
    "total_amount": _Number(
        2,
        Code("95814", "Total amount is required."),
        Code("95813", "Total amount is an invalid format."),
        Code("95816", "Total amount must be greater than zero."),
        Code("95815", "Total amount is too large."),
    ),
}
_FIELDS = (
    "quantity", "name", "description", "kind", "unit_amount", "unit_tax_amount", "unit_of_measure", "discount_amount",
    "tax_amount", "total_amount", "product_code", "commodity_code", "url", "image_url", "upc_code", "upc_type",
)  # fmt: skip


def read_line_items(params: Params, errors: ErrorTree) -> tuple[LineItem, ...]:
    """Return the items; note the errors of each under `line_items.index_N`."""
    sent = params.get("line_items")
    if sent is None:
        return ()
    if not isinstance(sent, list) or not all(isinstance(item, dict) for item in sent):
        errors.on("line_items", _EXPECTED)
        return ()
    if len(sent) > MAX_ITEMS:
        errors.on("line_items", _TOO_MANY)
        return ()
    here = errors.under("line_items")
    return tuple(_item(item, here.under(f"index_{index}")) for index, item in enumerate(sent) if isinstance(item, dict))


def _item(params: Params, errors: ErrorTree) -> LineItem:
    item: LineItem = {name: text(params, name) for name in _FIELDS}
    for name, (most, code) in _TOO_LONG.items():
        if len(item[name] or "") > most:
            errors.on(name, code)
    if item["name"] is None:
        errors.on("name", _NAME_REQUIRED)
    if item["kind"] not in _KINDS:
        errors.on("kind", _KIND_REQUIRED if item["kind"] is None else _KIND_INVALID)
    for name, number in _NUMBERS.items():
        _check_number(item[name], name, number, errors)
    for name, codes in _TAX.items():
        parsed = read_money(params, name, codes, errors, maximum=_MAX_NUMBER)
        item[name] = None if parsed is None else str(parsed)
    _check_upc(item, errors)
    return item


def _check_number(raw: str | None, name: str, number: _Number, errors: ErrorTree) -> None:
    if raw is None:
        errors.on(name, number.required)
    elif len(raw) > 20 or not re.fullmatch(rf"-?\d+(\.\d{{1,{number.decimals}}})?", raw, re.ASCII):
        errors.on(name, number.format)
    elif Decimal(raw) <= 0:
        errors.on(name, number.low)
    elif Decimal(raw) > _MAX_NUMBER:
        errors.on(name, number.too_large)


def _check_upc(item: LineItem, errors: ErrorTree) -> None:
    code, kind = item["upc_code"], item["upc_type"]
    if code is None and kind is not None:
        errors.on("upc_code", _UPC_CODE_MISSING)
    if kind is None and code is not None:
        errors.on("upc_type", _UPC_TYPE_MISSING)
    elif kind is not None and kind not in _UPC_TYPES:
        errors.on("upc_type", _UPC_TYPE_INVALID)
