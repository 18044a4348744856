"""Imports: whole files of accounts and documents, repeatable; a bad line does not stop the others."""

from collections import ChainMap, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping, Sequence
from functools import partial
from typing import TypeVar

from billing_api.accounts.service import Accounts
from billing_api.db.database import Database
from billing_api.db.errors import DatabaseUnavailableError
from billing_api.imports.account_import import AccountImport, Key, Known
from billing_api.imports.batches import NumberedLine, UnreadableLine, batches, by_account, numbered, portions, read
from billing_api.imports.lines import ImportedAccount, invoices_named
from billing_api.imports.posting import LinePoster
from billing_api.imports.report import ImportReport, LineResult, number_of, result_of_unavailable, result_of_unreadable
from billing_api.imports.spool import Spool

T = TypeVar("T")
Listener = Callable[[LineResult], None]


class ImportService:
    """Brings lines of the back office into the books; a second run of the same lines changes nothing."""

    def __init__(self, db: Database, accounts: Accounts, poster: LinePoster) -> None:
        self.db = db
        self._accounts = accounts
        self._poster = poster

    async def run(
        self, lines: Iterable[bytes], on_result: Listener | None = None, report: ImportReport | None = None
    ) -> ImportReport:
        """Import NDJSON, and call `on_result` for each line when its transaction is committed.

        A transaction takes some hundred lines of one account, so that one account is locked at a time, and not for
        long. Committed lines stay, and are in `report`, when the import is broken off: the next run goes on from there.
        Raise DatabaseUnavailableError when the database is away; an account that is locked only fails its lines.
        """
        report = report or ImportReport()
        for batch in batches(lines):
            unreadable = [result_of_unreadable(line) for line in batch if isinstance(line, UnreadableLine)]
            results = list(_reported(unreadable, on_result))
            try:
                await self._run_batch([line for line in batch if isinstance(line, NumberedLine)], results, on_result)
            finally:
                report.add_all(sorted(results, key=number_of))
        return report

    async def _run_batch(
        self, lines: Sequence[NumberedLine], results: list[LineResult], on_result: Listener | None
    ) -> None:
        """Import the lines account by account; `results` gets those of each portion once it is committed."""
        known = await self.db.run(lambda: self._look_up(lines))
        for account, own in by_account(lines).items():
            is_free = True
            changes = _changes(own)
            for portion in portions(own):
                # Its next portions would each wait as long, and build on lines that are not there.
                post = partial(self._import_portion, account, portion, known, changes)
                posted = await self._unless_locked(post) if is_free else None
                is_free = posted is not None
                results += _reported(posted if posted is not None else map(result_of_unavailable, portion), on_result)

    async def _unless_locked(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Return the result of `work`, or None when it failed though the database is there.

        Raise DatabaseUnavailableError when the database is away.
        """
        try:
            return await work()
        except DatabaseUnavailableError:
            await self.db.run(lambda: self._accounts.list_references("account", []))
            return None

    async def check(
        self, lines: Iterable[bytes], on_result: Listener | None = None, report: ImportReport | None = None
    ) -> ImportReport:
        """Do everything that `run` does, account by account, and roll it back.

        An account is locked for as long as its own lines take. The lines wait in a temporary file.
        """
        report = report or ImportReport()
        claimed: dict[Key, Known] = {}
        changes: dict[str, list[NumberedLine]] = defaultdict(list)
        with Spool() as spool:
            for number, raw in numbered(lines):
                line = read(number, raw)
                if isinstance(line, NumberedLine):
                    spool.add(line.line.account, number, raw)
                    changes[line.line.account] += _changes([line])
                else:
                    report.add_all(_reported([result_of_unreadable(line)], on_result))
            for account in spool.accounts():
                tried = await self._unless_locked(partial(self._try, account, spool, claimed, changes[account]))
                report.add_all(_reported(tried or map(result_of_unavailable, spool.lines_of(account)), on_result))
        report.sort()
        return report

    async def _import_portion(
        self,
        account: str,
        portion: Sequence[NumberedLine],
        known: MutableMapping[Key, Known],
        changes: Sequence[NumberedLine],
    ) -> list[LineResult]:
        """Import a portion in a transaction of its own; the next one knows its objects."""

        async def post() -> tuple[list[LineResult], dict[Key, Known]]:
            return await self._post(account, portion, known, changes)

        results, learnt = await self.db.run(post)
        known.update(learnt)
        return results

    async def _try(
        self, account: str, spool: Spool, claimed: dict[Key, Known], changes: Sequence[NumberedLine]
    ) -> list[LineResult]:
        """Import all lines of an account in one transaction and roll it back; `claimed` has the keys of other lines."""

        async def try_out() -> None:
            results: list[LineResult] = []
            own: dict[Key, Known] = {}
            for portion in portions(spool.lines_of(account)):
                known = await self._look_up(portion) | claimed | own
                posted, learnt = await self._post(account, portion, known, changes)
                results += posted
                own |= learnt
            raise _Checked(results, own)

        try:
            await self.db.run(try_out)
        except _Checked as done:
            claimed |= done.learnt
            return done.results
        raise AssertionError("a check is never committed")

    async def _post(
        self,
        account: str,
        portion: Sequence[NumberedLine],
        known: MutableMapping[Key, Known],
        changes: Sequence[NumberedLine],
    ) -> tuple[list[LineResult], dict[Key, Known]]:
        learnt: dict[Key, Known] = {}
        part = AccountImport(self.db, self._accounts, self._poster, known=ChainMap(learnt, known), changes=changes)
        return await part.run(account, portion), learnt

    async def _look_up(self, lines: Sequence[NumberedLine]) -> dict[Key, Known]:
        """Return the objects of the lines' external ids, in one query for each kind."""
        wanted: dict[str, set[str]] = {}
        for one in lines:
            wanted.setdefault("account", set()).add(one.line.account)
            wanted.setdefault(one.line.type, set()).add(one.line.external_id)
            if named := invoices_named(one.line):
                wanted.setdefault("invoice", set()).update(named)
        known: dict[Key, Known] = {}
        for kind, external_ids in wanted.items():
            for external_id, found in (await self._accounts.list_references(kind, external_ids)).items():
                known[kind, external_id] = Known(found.account_id, found.object_id, found.digest)
        return known


class _Checked(Exception):  # noqa: N818 - it is no error: it ends a transaction without a commit
    """The results of a check, on their way out of the transaction that must not be committed."""

    def __init__(self, results: list[LineResult], learnt: dict[Key, Known]) -> None:
        super().__init__()
        self.results = results
        self.learnt = learnt


def _changes(lines: Iterable[NumberedLine]) -> list[NumberedLine]:
    return [one for one in lines if isinstance(one.line, ImportedAccount)]


def _reported(results: Iterable[LineResult], on_result: Listener | None) -> Iterator[LineResult]:
    for result in results:
        if on_result is not None:
            on_result(result)
        yield result
