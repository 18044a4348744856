"""What browsers send, JSON or forms, into the dicts that XML requests become."""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from braintree_sandbox.wire.refusals import MalformedError
from braintree_sandbox.wire.values import Params, Value

MAX_DEPTH = 32
_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|-")
_FORM_NAME = re.compile(r"[^\[\]]+")


def snake_case(name: str) -> str:
    """`expirationMonth`, `expiration-month` and `expiration_month` are one name."""
    return _NEW_WORD.sub("_", name).lower()


def camel_case(name: str) -> str:
    """`expiration_month` as browsers know it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def parse_json(body: bytes) -> dict[str, Any]:
    """The object that the body is, names as they were sent; an empty body is an empty one. Raises MalformedError."""
    if not body.strip():
        return {}
    try:
        content = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise MalformedError("The request is not JSON.") from error
    if not isinstance(content, dict):
        raise MalformedError("The request is not a JSON object.")
    return content


def params_of(content: dict[str, Any]) -> Params:
    """JSON as parameters: names in snake case, all the way down. Raises MalformedError when that is too far."""
    return {snake_case(name): _value(inner, 1) for name, inner in content.items()}


def _value(content: Any, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise MalformedError("The request is nested too deep.")
    if isinstance(content, dict):
        return {snake_case(name): _value(inner, depth + 1) for name, inner in content.items()}
    if isinstance(content, list):
        return [_value(item, depth + 1) for item in content]
    scalar: Value = content
    return scalar


def params_of_form(pairs: Iterable[tuple[str, str]]) -> Params:
    """Form fields and query parameters as parameters: `credit_card[number]` is `number` inside of `credit_card`."""
    form: dict[str, Any] = {}
    for name, text in pairs:
        *path, last = _FORM_NAME.findall(name)[:MAX_DEPTH] or [name]
        place = form
        for step in path:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                raise MalformedError(f"{name} is both a value and an object.")
            place = inner
        place[last] = text
    return params_of(form)
