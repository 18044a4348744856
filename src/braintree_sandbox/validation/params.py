"""Typed access to a request's parameters; a shape that can't be meant is a 400."""

import re
from decimal import Decimal

from braintree_sandbox.wire.refusals import MalformedError
from braintree_sandbox.wire.values import Params

_AMOUNT = re.compile(r"-?\d+(\.\d{1,2})?\Z")
CENT = Decimal("0.01")


def section(params: Params, name: str) -> Params:
    """The nested object of that name; missing and blank are an empty one."""
    value = params.get(name)
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise MalformedError(f"{name} must be an object.")


def text(params: Params, name: str) -> str | None:
    """The text of that name, whatever scalar type it was sent as; None when missing or blank."""
    value = params.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise MalformedError(f"{name} must be a single value.")
    return str(value)


def texts(params: Params, names: tuple[str, ...]) -> dict[str, str | None]:
    """The named texts that were sent, also those sent blank."""
    return {name: text(params, name) for name in names if name in params}


def flag(params: Params, name: str) -> bool:
    """Whether that option was sent as true."""
    return text(params, name) in {"true", "1"}


def amount(raw: str) -> Decimal | None:
    """An amount of at most two decimals, normalised to two; None when the text is no such thing."""
    return Decimal(raw).quantize(CENT) if len(raw) <= 20 and _AMOUNT.match(raw) else None
