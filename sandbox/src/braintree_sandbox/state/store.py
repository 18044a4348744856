"""Tables in memory, changed only through a unit of work that is logged before it is seen."""

from collections.abc import Callable, Iterator
from typing import TypeVar, cast

from braintree_sandbox.state.records import Record, indexes_of

R = TypeVar("R", bound=Record)
TableId = tuple[type, str]
Change = tuple[type, str, str, Record | None]


class Table:
    """The records of one type and one merchant, in the order they were added."""

    def __init__(self, kind: type) -> None:
        self.rows: dict[str, Record] = {}
        self._indexes: dict[str, dict[object, dict[str, None]]] = {name: {} for name in indexes_of(kind)}

    def apply(self, key: str, row: Record | None) -> None:
        """Put a row, or remove it when `row` is None."""
        old = self.rows.get(key)
        for name, index in self._indexes.items():
            before = None if old is None else getattr(old, name)
            after = None if row is None else getattr(row, name)
            # An entry that stays keeps its place, so that lists keep their order.
            if old is not None and (row is None or before != after):
                del index[before][key]
            if row is not None and (old is None or before != after):
                index.setdefault(after, {})[key] = None
        if row is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = row

    def keys_where(self, attribute: str, wanted: object) -> list[str]:
        """Return the keys of the rows whose indexed attribute equals `wanted`."""
        return list(self._indexes[attribute].get(wanted, ()))


class Store:
    """Everything the gateway remembers."""

    def __init__(self) -> None:
        self._tables: dict[TableId, Table] = {}

    def table(self, kind: type, merchant_id: str) -> Table:
        """Return the table of one record type and merchant, created when it is first needed."""
        found = self._tables.get((kind, merchant_id))
        if found is None:
            found = self._tables[kind, merchant_id] = Table(kind)
        return found

    def apply(self, changes: list[Change]) -> None:
        """Make changes visible."""
        for kind, merchant_id, key, row in changes:
            self.table(kind, merchant_id).apply(key, row)

    def clear(self) -> None:
        """Forget everything."""
        self._tables.clear()


class Work:
    """One request's view of one merchant's records: its own changes, and the committed ones of others."""

    def __init__(
        self,
        store: Store,
        merchant_id: str,
        log: Callable[[list[Change]], None],
        before_commit: Callable[["Work"], None] | None = None,
    ) -> None:
        self.merchant_id = merchant_id
        self._store = store
        self._log = log
        self._before_commit = before_commit
        self._pending: dict[type, dict[str, Record | None]] = {}

    def get(self, kind: type[R], key: str | None) -> R | None:
        """Return the record of that key, or None."""
        if key is None:
            return None
        pending = self._pending.get(kind)
        if pending is not None and key in pending:
            return cast("R | None", pending[key])
        return cast("R | None", self._store.table(kind, self.merchant_id).rows.get(key))

    def put(self, record: R) -> R:
        """Add a record, or replace the one of the same key."""
        self._pending.setdefault(type(record), {})[record.key] = record
        return record

    def delete(self, record: Record) -> None:
        """Remove a record."""
        self._pending.setdefault(type(record), {})[record.key] = None

    def all(self, kind: type[R]) -> Iterator[R]:
        """Return every record of a type, oldest first."""
        return self._merged(kind, self._store.table(kind, self.merchant_id).rows)

    def where(self, kind: type[R], attribute: str, wanted: object) -> list[R]:
        """Return the records whose indexed attribute equals `wanted`, oldest first."""
        table = self._store.table(kind, self.merchant_id)
        committed = {key: table.rows[key] for key in table.keys_where(attribute, wanted)}
        return [row for row in self._merged(kind, committed) if getattr(row, attribute) == wanted]

    def is_empty(self, kind: type[R]) -> bool:
        """Return whether there is no record of a type among the committed ones."""
        return not self._store.table(kind, self.merchant_id).rows

    def changes(self, kind: type[R]) -> list[tuple[R | None, R | None]]:
        """Return this unit's changes to the records of a type: each before and after."""
        rows = self._store.table(kind, self.merchant_id).rows
        pending = self._pending.get(kind, {})
        return [(cast("R | None", rows.get(key)), cast("R | None", row)) for key, row in pending.items()]

    def commit(self) -> None:
        """Log the changes, then make them visible; when the log can't be written nothing has changed."""
        if self._before_commit is not None and self._pending:
            self._before_commit(self)
        changes = [
            (kind, self.merchant_id, key, row) for kind, rows in self._pending.items() for key, row in rows.items()
        ]
        if changes:
            self._log(changes)
            self._store.apply(changes)
        self._pending.clear()

    def roll_back(self) -> None:
        """Forget the changes made so far."""
        self._pending.clear()

    def _merged(self, kind: type[R], committed: dict[str, Record]) -> Iterator[R]:
        pending = self._pending.get(kind, {})
        for key, row in list(committed.items()):
            if key not in pending:
                yield cast("R", row)
            elif pending[key] is not None:
                yield cast("R", pending[key])
        for key, fresh in pending.items():
            if key not in committed and fresh is not None:
                yield cast("R", fresh)
