"""The differences that a PATCH makes."""

from collections.abc import Mapping
from typing import Any


def differences(row: object, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values, by attribute, that the row does not have yet: without any there is no new version."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}
