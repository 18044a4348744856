"""The rules of every query string: a parameter is given once, and an empty one counts as absent."""

from collections import Counter
from collections.abc import Callable, Collection
from urllib.parse import parse_qsl

from billing_api.errors import FieldError, InvalidInputError
from billing_api.kit.card_numbers import without_card_numbers

_NAME_LENGTH = 100  # of a name that a refusal repeats


def without_empty(query: bytes) -> bytes:
    """Return the query string without empty parameters; forms send them for fields that are not filled in."""
    return query and b"&".join([part for part in query.split(b"&") if part.partition(b"=")[2]])


def require_each_once(query: bytes, scalars: Callable[[], Collection[str]]) -> None:
    """Raise InvalidInputError for a repeated parameter of `scalars`: FastAPI would take the last value."""
    times = Counter(name for name, _ in parse_qsl(query.decode("latin-1")))
    repeated = [name for name, count in times.items() if count > 1]
    if repeated and (wrong := [name for name in repeated if name in scalars()]):
        raise InvalidInputError(*(FieldError(_pointer(name), "repeated", "Give it once") for name in wrong))


def _pointer(name: str) -> str:
    return f"?{without_card_numbers(name[: 2 * _NAME_LENGTH])[:_NAME_LENGTH]}"
