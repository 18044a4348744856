"""Members of JSON objects that have one name: a reader may take the first, the last or none (RFC 8259, 4)."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

Path = tuple[str | int, ...]


def repeated_members(text: str | bytes) -> Iterator[Path]:
    """Yield the path of each member whose name its object has more than once. Raise ValueError for no JSON."""
    return _repeated(json.loads(text, object_pairs_hook=tuple), ())


def _repeated(value: Any, place: Path) -> Iterator[Path]:
    """Yield the paths below a value; an object is a tuple of pairs here."""
    if isinstance(value, tuple):
        names = Counter(name for name, _ in value)
        yield from ((*place, name) for name, times in names.items() if times > 1)
        parts: Iterable[tuple[str | int, Any]] = value
    else:
        parts = enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from _repeated(part, (*place, name))
