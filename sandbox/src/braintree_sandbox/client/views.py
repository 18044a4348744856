"""Payment methods as the client API shows them: names in camel case, and a nonce in place of a token."""

from collections.abc import Mapping

from braintree_sandbox.records.nonces import Nonce
from braintree_sandbox.vault.brands import indicators
from braintree_sandbox.vault.kinds import kind_of_facts
from braintree_sandbox.wire.json_in import camel_case
from braintree_sandbox.wire.values import Fields


def method_view(nonce: Nonce, facts: object, *, default: bool = False) -> dict[str, object]:
    """Return the details that a nonce stands for."""
    kind = kind_of_facts(facts)
    details = kind.nonce_details(facts)
    shown: dict[str, object] = {
        "type": kind.nonce_type,
        "nonce": nonce.nonce,
        "description": description(details),
        "default": default,
        "hasSubscription": False,
        "isLocked": False,
        "consumed": nonce.consumed,
        "details": camel_cased(details),
        "threeDSecureInfo": None,
    }
    number = getattr(facts, "number", None)
    return shown if number is None else shown | {"binData": camel_cased(indicators(number))}


def description(details: Fields) -> str:
    """Return a text such as `ending in 11`."""
    last = details.get("last_two")
    return f"ending in {last}" if last else ""


def camel_cased(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the same fields under the names of browsers."""
    return {camel_case(name): value for name, value in fields.items()}
