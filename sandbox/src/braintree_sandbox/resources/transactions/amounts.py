"""Amounts, order ids and descriptors, which several steps of a transaction accept."""

import re
from decimal import Decimal
from typing import NamedTuple

from braintree_sandbox.resources.transactions import codes
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import amount, section, text
from braintree_sandbox.wire.values import Params

MAX_AMOUNT = Decimal("99999999.99")
_MAX_ORDER_ID = 255
_NAME = re.compile(r"(?=.{1,22}\Z)([\w .+-]{3}|[\w .+-]{7}|[\w .+-]{12})\*[\w .+-]+\Z", re.ASCII)


class MoneyCodes(NamedTuple):
    """The errors of one amount; `low` is for one below zero, or at zero where that is too little."""

    format: Code
    low: Code
    too_large: Code


def read_money(
    params: Params,
    name: str,
    codes_: MoneyCodes,
    errors: ErrorTree,
    *,
    maximum: Decimal = MAX_AMOUNT,
    zero: bool = True,
) -> Decimal | None:
    """Return an optional amount; None when it was not sent, or after noting errors."""
    raw = text(params, name)
    if raw is None:
        return None
    parsed = amount(raw.strip())
    if parsed is None:
        errors.on(name, codes_.format)
    elif parsed < 0 or (parsed == 0 and not zero):
        errors.on(name, codes_.low)
    elif parsed > maximum:
        errors.on(name, codes_.too_large)
    else:
        return parsed
    return None


def read_amount(params: Params, errors: ErrorTree, *, default: Decimal | None = None) -> Decimal:
    """Return the amount in the request, or the default; zero after noting errors."""
    raw = text(params, "amount")
    if raw is None:
        if default is not None:
            return default
        errors.on("amount", codes.AMOUNT_REQUIRED)
        return Decimal(0)
    parsed = amount(raw.strip())
    if parsed is None:
        errors.on("amount", codes.AMOUNT_FORMAT)
    elif parsed < 0:
        errors.on("amount", codes.AMOUNT_NEGATIVE)
    elif parsed == 0:
        errors.on("amount", codes.AMOUNT_NOT_POSITIVE)
    elif parsed > MAX_AMOUNT:
        errors.on("amount", codes.AMOUNT_TOO_LARGE)
    return parsed or Decimal(0)


def read_order_id(params: Params, errors: ErrorTree) -> str | None:
    """Return the merchant's own number of the order."""
    order_id = text(params, "order_id")
    if order_id is not None and len(order_id) > _MAX_ORDER_ID:
        errors.on("order_id", codes.ORDER_ID_TOO_LONG)
    return order_id


def read_descriptor(params: Params, errors: ErrorTree) -> dict[str, str | None]:
    """Return the text for the card's statement."""
    sent = section(params, "descriptor")
    name, phone, url = text(sent, "name"), text(sent, "phone"), text(sent, "url")
    here = errors.under("descriptor")
    if name is not None and not _NAME.match(name):
        here.on("name", codes.DESCRIPTOR_NAME)
    if phone is not None and not _is_phone(phone):
        here.on("phone", codes.DESCRIPTOR_PHONE)
    if url is not None and len(url) > 13:
        here.on("url", codes.DESCRIPTOR_URL)
    return {"name": name, "phone": phone, "url": url} if sent else {}


def _is_phone(phone: str) -> bool:
    allowed = re.fullmatch(r"[0-9.()-]{10,14}", phone)
    return allowed is not None and sum(character.isdigit() for character in phone) == 10
