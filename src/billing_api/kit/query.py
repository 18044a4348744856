"""What every query string means: a parameter is given once, and an empty one is as good as none."""

from collections import Counter
from typing import Any

from fastapi import Request
from fastapi._compat import field_annotation_is_sequence
from fastapi.dependencies.utils import get_flat_params

from billing_api.errors import FieldError, InvalidInputError
from billing_api.kit.card_numbers import without_card_numbers

_NAME_LENGTH = 100  # of a name that a refusal repeats


def without_empty(query: bytes) -> bytes:
    """Return the query string without the parameters that have no value, which forms send for what is not filled in."""
    return b"&".join(part for part in query.split(b"&") if part.partition(b"=")[2])


async def each_once(request: Request) -> None:
    """Raise InvalidInputError for a parameter that is repeated and is no list: FastAPI would take the last value."""
    if not request.scope["query_string"]:
        return
    times = Counter(name for name, _ in request.query_params.multi_items())
    repeated = [name for name, count in times.items() if count > 1]
    if repeated and (wrong := [name for name in repeated if name not in _lists_of(request.scope["route"])]):
        raise InvalidInputError(*(FieldError(_pointer(name), "repeated", "Give it once") for name in wrong))


def _pointer(name: str) -> str:
    return f"?{without_card_numbers(name[: 2 * _NAME_LENGTH])[:_NAME_LENGTH]}"


def _lists_of(route: Any) -> set[str]:
    """Return the names of the parameters that may be repeated."""
    parameters = get_flat_params(route.dependant)
    return {one.alias for one in parameters if field_annotation_is_sequence(one.field_info.annotation)}
