"""Typed access to a request's parameters, and the refusal of unknown ones.

A resource declares the parameters of an object, and reads the object by that declaration:

    _CREATE = takes("amount", "order_id", billing=ADDRESS, custom_fields=ANYTHING)

    params = call.params("transaction", _CREATE)

Plain names are values, keywords are nested objects or lists of them; `_CREATE.plus("token")` takes more. Any other
name is a 403, as at Braintree. A shape that can't be meant, such as an object for a name, is a 400.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from braintree_sandbox.wire.refusals import AuthorisationRefusedError, MalformedError
from braintree_sandbox.wire.values import Params, Value

_AMOUNT = re.compile(r"-?\d+(\.\d{1,2})?\Z", re.ASCII)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Takes:
    """The parameters that one object of a request may have."""

    names: frozenset[str]
    objects: Mapping[str, "Takes"]
    open: bool = False

    def plus(self, *names: str, **objects: "Takes") -> "Takes":
        """Return the same and these; an object of the same name is replaced."""
        return Takes(self.names | set(names), {**self.objects, **objects})

    def without(self, *names: str) -> "Takes":
        """Return the same without these."""
        return Takes(self.names - set(names), {name: one for name, one in self.objects.items() if name not in names})

    def check(self, params: Params) -> None:
        """Raise AuthorisationRefusedError when there is any other parameter."""
        unknown = set(self._unknown(params, ""))
        if unknown:
            raise not_accepted(unknown)

    def _unknown(self, value: Value, prefix: str) -> Iterator[str]:
        if isinstance(value, list):
            for item in value:
                yield from self._unknown(item, prefix)
        elif isinstance(value, dict) and not self.open:
            for name, inner in value.items():
                if name in self.objects:
                    yield from self.objects[name]._unknown(inner, f"{prefix}{name}.")
                elif name not in self.names:
                    yield prefix + name


def not_accepted(names: Iterable[str]) -> AuthorisationRefusedError:
    """Return the refusal of parameters that a resource does not know."""
    return AuthorisationRefusedError(f"These parameters are not accepted: {', '.join(sorted(names))}.")


def takes(*names: str, **objects: Takes) -> Takes:
    """Return a declaration: names of values, and of nested objects with their own declarations."""
    return Takes(frozenset(names), objects)


ANYTHING = Takes(frozenset(), {}, open=True)
"""An object whose names the merchant chooses."""


def section(params: Params, name: str) -> Params:
    """Return the nested object of that name; a missing or blank one is empty."""
    value = params.get(name)
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise MalformedError(f"{name} must be an object.")


def text(params: Params, name: str) -> str | None:
    """Return the text of that name, whatever scalar type it was sent as; None when missing or blank."""
    value = params.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise MalformedError(f"{name} must be a single value.")
    return str(value)


def texts(params: Params, names: tuple[str, ...]) -> dict[str, str | None]:
    """Return the named texts that were sent, also the blank ones."""
    return {name: text(params, name) for name in names if name in params}


def flag(params: Params, name: str) -> bool:
    """Return whether that option was sent as true."""
    return text(params, name) in {"true", "1"}


def amount(raw: str) -> Decimal | None:
    """Return an amount, normalised to two decimals; None when the text is not one."""
    return Decimal(raw).quantize(CENT) if len(raw) <= 20 and _AMOUNT.match(raw) else None
