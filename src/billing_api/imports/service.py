"""Imports: whole files of accounts and documents, repeatable, and no line is lost to another's fault."""

from collections import ChainMap
from collections.abc import Callable, Iterable, Sequence

from billing_api.accounts.service import Accounts
from billing_api.db.session import Database
from billing_api.imports.account_import import AccountImport, Key, Known, Result
from billing_api.imports.batches import NumberedLine, UnreadableLine, batches
from billing_api.imports.lines import invoices_named
from billing_api.imports.posting import LinePoster
from billing_api.imports.report import ImportReport, LineFailure, Outcome


class ImportService:
    """Brings lines of the back office into the books; a second run of the same lines changes nothing."""

    def __init__(self, db: Database, accounts: Accounts, poster: LinePoster) -> None:
        self.db = db
        self._accounts = accounts
        self._poster = poster

    async def run(self, lines: Iterable[bytes], on_progress: Callable[[int], None] | None = None) -> ImportReport:
        """Import NDJSON and answer what came of each line; `on_progress` hears how many more lines are done.

        One transaction takes what one batch says of one account, so only one account is locked at a time. What is
        committed stays when the import is broken off: running it again goes on from there.
        """
        report = ImportReport()
        for batch in batches(lines):
            unreadable = [line for line in batch if isinstance(line, UnreadableLine)]
            readable = [line for line in batch if isinstance(line, NumberedLine)]
            failures = [LineFailure(line.number, "unreadable", None, line.reason) for line in unreadable]
            _tell(on_progress, len(unreadable))
            known = await self.db.run(lambda now=readable: self._look_up_in(now))  # type: ignore[misc] # bound at once
            for account, own in _by_account(readable).items():
                for result in await self._import_account(account, own, known):
                    if result.outcome is Outcome.FAILED:
                        failures.append(_failure(result))
                    else:
                        report.add(result.numbered.line.type, result.outcome)
                _tell(on_progress, len(own))
            for failure in sorted(failures, key=lambda failure: failure.number):
                report.add_failure(failure)
        return report

    async def _import_account(
        self, external_id: str, lines: Sequence[NumberedLine], known: dict[Key, Known]
    ) -> list[Result]:
        async def post() -> list[Result]:
            part = AccountImport(self.db, self._accounts, self._poster, known=ChainMap({}, known))
            return await part.run_in(external_id, lines)

        return await self.db.run(post)

    async def _look_up_in(self, lines: Sequence[NumberedLine]) -> dict[Key, Known]:
        """What the external ids of the lines stand for, in one query for each kind."""
        wanted: dict[str, set[str]] = {}
        for numbered in lines:
            wanted.setdefault("account", set()).add(numbered.line.account)
            wanted.setdefault(numbered.line.type, set()).add(numbered.line.external_id)
            if named := invoices_named(numbered.line):
                wanted.setdefault("invoice", set()).update(named)
        known: dict[Key, Known] = {}
        for kind, external_ids in wanted.items():
            for external_id, found in (await self._accounts.find_references_in(kind, external_ids)).items():
                known[kind, external_id] = Known(found.account_id, found.object_id, found.digest)
        return known


def _by_account(lines: Iterable[NumberedLine]) -> dict[str, list[NumberedLine]]:
    by_account: dict[str, list[NumberedLine]] = {}
    for numbered in lines:
        by_account.setdefault(numbered.line.account, []).append(numbered)
    return by_account


def _failure(result: Result) -> LineFailure:
    line = result.numbered.line
    return LineFailure(result.numbered.number, line.type, line.external_id, result.reason)


def _tell(on_progress: Callable[[int], None] | None, lines: int) -> None:
    if on_progress is not None and lines:
        on_progress(lines)
