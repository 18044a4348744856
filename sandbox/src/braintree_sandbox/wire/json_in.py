"""JSON and forms, which browsers and the client library for Node send, into the dicts that XML requests become."""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from braintree_sandbox.wire.limits import MAX_DEPTH, MAX_VALUES
from braintree_sandbox.wire.refusals import MalformedError
from braintree_sandbox.wire.values import Params, Value

_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|-")
_FORM_NAME = re.compile(r"[^\[\]]+")
# A character that XML can't hold could not be in a response.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,254}\Z")
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_json(content_type: bytes) -> bool:
    """Return whether a body of this type is JSON."""
    return content_type.lower().startswith(b"application/json")


def snake_case(name: str) -> str:
    """Return the one name of `expirationMonth`, `expiration-month` and `expiration_month`."""
    return _NEW_WORD.sub("_", name).lower()


def camel_case(name: str) -> str:
    """Return `expirationMonth` for `expiration_month`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def parse_json(body: bytes) -> dict[str, Any]:
    """Return the object in the body, names as they were sent; empty for an empty body. Raise MalformedError."""
    if not body.strip():
        return {}
    try:
        content = json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedError("The request is not JSON.") from error
    if not isinstance(content, dict):
        raise MalformedError("The request is not a JSON object.")
    _check(content)
    return content


def params_of(content: dict[str, Any]) -> Params:
    """Return JSON as parameters: names in snake case, blank texts None, fractions as they were written.

    Raise MalformedError for names that no element of XML could have.
    """
    return {_name(name): _value(inner) for name, inner in content.items()}


def params_of_form(pairs: Iterable[tuple[str, str]]) -> Params:
    """Return form fields as parameters: `credit_card[number]` is `number` inside of `credit_card`."""
    form: dict[str, Any] = {}
    for name, text in pairs:
        *path, last = _FORM_NAME.findall(name)[:MAX_DEPTH] or [name]
        place = form
        for step in path:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                raise MalformedError("A field of the form is both a value and an object.")
            place = inner
        place[last] = text
    return params_of(form)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _check(content: dict[str, Any]) -> None:
    """Raise MalformedError for more values, or deeper ones, than any request has, and for invalid characters."""
    level: list[Any] = [content]
    count = 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_VALUES:
            raise MalformedError(f"The request has more than {MAX_VALUES} values.")
        if any(isinstance(one, str) and _NO_CHARACTER.search(one) for one in level):
            raise MalformedError("A text has characters that XML does not have.")
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise MalformedError("The request is nested too deep.")


def _inside(container: Any) -> Iterable[Any]:
    if isinstance(container, dict):
        return container.values()
    return container if isinstance(container, list) else ()


def _value(content: Any) -> Value:
    if isinstance(content, dict):
        return {_name(name): _value(inner) for name, inner in content.items()}
    if isinstance(content, list):
        return [_value(item) for item in content]
    if isinstance(content, Decimal):
        return str(content)
    if isinstance(content, str) and not content.strip():
        return None
    scalar: Value = content
    return scalar


def _name(sent: str) -> str:
    name = snake_case(sent)
    if not _NAME.match(name):
        raise MalformedError("A name has more than 255 characters, or is one that no element of XML could have.")
    return name
