"""The place of a wrong field or parameter, as a problem names it."""

from collections.abc import Iterable

from billing_api.kit.card_numbers import without_card_numbers

_NAME_CHARACTERS = 100


def pointer_of(path: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a body's field: `("lines", 0, "amount")` is `/lines/0/amount`."""
    names = (_shown(str(part)).replace("~", "~0").replace("/", "~1") for part in path)
    return "".join("/" + name for name in names)


def parameter_pointer(name: str) -> str:
    """Return the place of a query's parameter."""
    return f"?{_shown(name)}"


def _shown(name: str) -> str:
    """Return a name as a problem repeats it: short, since its sender may have chosen it."""
    return without_card_numbers(name[: 2 * _NAME_CHARACTERS])[:_NAME_CHARACTERS]
