"""The rules of every query string: a parameter is given once, and an empty one counts as absent."""

from collections import Counter
from collections.abc import Callable, Collection
from urllib.parse import parse_qsl

from billing_api.errors import FieldError, InvalidInputError
from billing_api.http.pointers import parameter_pointer


def without_empty(query: bytes) -> bytes:
    """Return the query string without empty parameters; forms send them for fields that are not filled in."""
    return query and b"&".join([part for part in query.split(b"&") if part.partition(b"=")[2]])


def require_each_once(query: bytes, scalars: Callable[[], Collection[str]]) -> None:
    """Raise InvalidInputError for a repeated parameter of `scalars`: FastAPI would take the last value."""
    times = Counter(name for name, _ in parse_qsl(query.decode("latin-1")))
    repeated = [name for name, count in times.items() if count > 1]
    if repeated and (wrong := [name for name in repeated if name in scalars()]):
        raise InvalidInputError(*(FieldError(parameter_pointer(name), "repeated", "Give it once") for name in wrong))
