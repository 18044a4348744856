"""Short access to the errors of a refused request."""

from typing import Any


def codes(result: Any, path: str, attribute: str) -> list[str]:
    """Return the codes at a dotted path of objects: `codes(result, "transaction.credit_card", "number")`."""
    assert not result.is_success
    errors = result.errors
    for name in path.split("."):
        errors = errors.for_object(name)
    return [error.code for error in errors.on(attribute)]
