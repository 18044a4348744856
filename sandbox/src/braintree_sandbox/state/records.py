"""Records are frozen dataclasses; this module knows them by name and turns them into JSON and back."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar


class Record(Protocol):
    """Anything a table holds: it knows the key it is found by."""

    @property
    def key(self) -> str: ...


T = TypeVar("T")
_types: dict[str, type] = {}
_names: dict[type, str] = {}
_indexes: dict[type, tuple[str, ...]] = {}


def value(name: str) -> Callable[[type[T]], type[T]]:
    """Decorate a dataclass that may be part of a record, under its name in the log."""

    def register(cls: type[T]) -> type[T]:
        if name in _types:
            raise ValueError(f"two record types are named {name}")
        _types[name] = cls
        _names[cls] = name
        return cls

    return register


def record(name: str, *, indexes: tuple[str, ...] = ()) -> Callable[[type[T]], type[T]]:
    """Decorate a dataclass with a table of its own, indexed by these attributes."""

    def register(cls: type[T]) -> type[T]:
        _indexes[cls] = indexes
        return value(name)(cls)

    return register


def type_named(name: str) -> type:
    """Return the record type of that name."""
    return _types[name]


def name_of(cls: type) -> str:
    """Return the name of a record type in the log."""
    return _names[cls]


def indexes_of(cls: type) -> tuple[str, ...]:
    """Return the indexed attributes of a record type."""
    return _indexes.get(cls, ())


def encode(entry: object) -> str:
    """Return one line of JSON that `decode` turns back into equal values."""
    return json.dumps(entry, default=_tagged, separators=(",", ":"))


def decode(line: str | bytes) -> Any:
    """Return the value that was encoded; lists inside records become tuples, the only ones that records hold."""
    return json.loads(line, object_hook=_untagged)


def _tagged(thing: object) -> object:
    if is_dataclass(thing) and not isinstance(thing, type):
        body = {field.name: getattr(thing, field.name) for field in fields(thing)}
        return {"$": _names[type(thing)], **body}
    if isinstance(thing, datetime):
        return {"$": "datetime", "at": thing.isoformat()}
    if isinstance(thing, date):
        return {"$": "date", "on": thing.isoformat()}
    if isinstance(thing, Decimal):
        return {"$": "decimal", "is": str(thing)}
    raise TypeError(f"{type(thing).__name__} can't be kept in the state file")


def _untagged(body: dict[str, Any]) -> object:
    tag = body.pop("$", None)
    if tag is None:
        return body
    if tag == "datetime":
        return datetime.fromisoformat(body["at"])
    if tag == "date":
        return date.fromisoformat(body["on"])
    if tag == "decimal":
        return Decimal(body["is"])
    return _types[tag](**{name: tuple(item) if isinstance(item, list) else item for name, item in body.items()})
