"""A portion of an account's lines, in one transaction: all at once, and in smaller parts around a line that fails."""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.accounts.service import Accounts
from billing_api.db.database import Database
from billing_api.errors import AppError
from billing_api.imports import findings
from billing_api.imports.batches import NumberedLine
from billing_api.imports.digests import (
    differing,
    is_comparable,
    is_repeat,
    is_repeated_change,
    shortfalls_of,
    with_shortfalls,
)
from billing_api.imports.findings import Finding
from billing_api.imports.lines import ImportedAccount, invoices_named, warnings_about
from billing_api.imports.posting import LinePoster, Posted
from billing_api.imports.report import LineOutcome, LineResult, result_of
from billing_api.invoices.applying import Shortfall


@dataclass(frozen=True, slots=True)
class Known:
    """The object of an external id; the record is that of its line, None when it did not come by an import."""

    account_id: UUID
    object_id: UUID
    record: str | None


Key = tuple[str, str]  # the type of a line and an external id


@dataclass(slots=True)
class AccountImport:
    """A portion of one account's lines; made anew when the transaction is repeated, with the known objects."""

    db: Database
    accounts: Accounts
    poster: LinePoster
    known: MutableMapping[Key, Known]
    changes: Sequence[NumberedLine]  # every line about the account itself, of other portions as well
    customer: LockedAccount | None = None

    async def run(self, external_id: str, lines: Sequence[NumberedLine]) -> list[LineResult]:
        """Post the account's lines in their order, neighbours of one type together."""
        if (account := self.known.get(("account", external_id))) is not None:
            self.customer = await self.poster.lock_account(account.account_id)
        results: list[LineResult] = []
        for _, neighbours in groupby(lines, key=lambda numbered: numbered.line.type):
            results += await self._import(list(neighbours))
        return results

    async def _import(self, lines: Sequence[NumberedLine]) -> list[LineResult]:
        if isinstance(lines[0].line, ImportedAccount):
            return [await self._import_account(numbered) for numbered in lines]
        results = {numbered.number: result for numbered in lines if (result := self._settled(numbered))}
        fresh = [numbered for numbered in lines if numbered.number not in results]
        if fresh:
            results |= {result.number: result for result in await self._post_fresh(fresh)}
        return [results[numbered.number] for numbered in lines]

    async def _import_account(self, numbered: NumberedLine) -> LineResult:
        """Create the account, or change it as the line says."""
        known = self.known.get(_key(numbered))
        digests = [one.digest for one in self.changes]
        record = " ".join(digests[: self.changes.index(numbered) + 1])
        if known is None:
            try:
                self.customer = await self.db.savepoint(lambda: self.poster.create_account(numbered, record))
            except AppError as error:
                return await self._refused(numbered, error)
            self._learn(numbered, self.customer.id, record)
            return result_of(numbered, LineOutcome.CREATED)
        if known.record is not None and is_repeated_change(known.record, record, digests):
            return result_of(numbered, LineOutcome.UNCHANGED)
        account = self.customer
        assert account is not None  # it is known, so its lock was taken
        try:
            is_changed = await self.db.savepoint(lambda: self.poster.update_account(account, numbered, record))
        except AppError as error:
            return _failed(numbered, findings.of_refusal(error, numbered.line.type))
        self.customer = await self.poster.lock_account(account.id)  # its terms count for the invoices that follow
        self._learn(numbered, known.object_id, record)
        return result_of(numbered, LineOutcome.UPDATED if is_changed else LineOutcome.UNCHANGED)

    async def _post_fresh(self, lines: Sequence[NumberedLine]) -> list[LineResult]:
        """Post all lines at once, or, when one of them is refused, each half by itself."""
        if len({numbered.line.external_id for numbered in lines}) == len(lines):
            try:
                posted = await self.db.savepoint(lambda: self._post(lines))
            except AppError as error:
                if len(lines) == 1:
                    return [await self._refused(lines[0], error)]
            else:
                return [self._created(numbered, one) for numbered, one in zip(lines, posted, strict=True)]
        middle = len(lines) // 2
        return [*await self._import(lines[:middle]), *await self._import(lines[middle:])]

    async def _post(self, lines: Sequence[NumberedLine]) -> Sequence[Posted]:
        assert self.customer is not None  # `_settled` refuses documents of an unknown account
        posted = await self.poster.post(self.customer, lines, self._invoice_ids(lines))
        for numbered, one in zip(lines, posted, strict=True):
            if one.shortfalls:
                record = with_shortfalls(numbered.record, one.shortfalls)
                await self.accounts.replace_digest(*_key(numbered), record)
        return posted

    def _created(self, numbered: NumberedLine, posted: Posted) -> LineResult:
        self._learn(numbered, posted.id, with_shortfalls(numbered.record, posted.shortfalls))
        return _in_the_books(numbered, LineOutcome.CREATED, posted.shortfalls)

    def _learn(self, numbered: NumberedLine, object_id: UUID, record: str) -> None:
        assert self.customer is not None  # the object is of the account that was entered
        self.known[_key(numbered)] = Known(self.customer.id, object_id, record)

    def _settled(self, numbered: NumberedLine) -> LineResult | None:
        """Return the result of a document that can be known without posting it, if it can."""
        line = numbered.line
        if self.customer is None:
            return _failed(numbered, Finding("account_not_found", f"there is no account {line.account}", "/account"))
        if (known := self.known.get(_key(numbered))) is not None:
            return self._compared(numbered, known)
        parts = "allocations" if line.type == "payment" else "applications"
        missing = tuple(
            Finding(
                "invoice_not_found",
                f"the account has no invoice {name}: bring it in, or leave this out to keep the amount unapplied",
                f"/{parts}/{place}/invoice",
            )
            for place, name in enumerate(invoices_named(line))
            if not self._is_own(self.known.get(("invoice", name)))
        )
        return _failed(numbered, *missing) if missing else None

    def _compared(self, numbered: NumberedLine, known: Known) -> LineResult:
        """Return the result of a document whose external id is taken: it is a repeat, or it can't be imported."""
        if not self._is_own(known):
            return _failed(
                numbered, Finding("external_id_taken", "another account has this external id", "/external_id")
            )
        # A document that came by another way has no record to compare with.
        if known.record is None or not is_comparable(known.record):
            return _in_the_books(numbered, LineOutcome.UNCHANGED, ())
        if is_repeat(known.record, numbered.digest):
            return _in_the_books(numbered, LineOutcome.UNCHANGED, shortfalls_of(known.record))
        words = "the document is in the books with something else here; posted documents are never edited"
        fields = differing(known.record, numbered.line)
        return _failed(numbered, *(Finding("differs", words, name and f"/{name}") for name in fields or [""]))

    def _is_own(self, known: Known | None) -> bool:
        return known is not None and self.customer is not None and known.account_id == self.customer.id

    async def _refused(self, numbered: NumberedLine, error: AppError) -> LineResult:
        """Return the result of a refused line; another import may have posted the very same line since the look-up."""
        kind, external_id = _key(numbered)
        found = (await self.accounts.list_references(kind, [external_id])).get(external_id)
        if found is None:
            return _failed(numbered, findings.of_refusal(error, kind))
        self.known[kind, external_id] = Known(found.account_id, found.object_id, found.digest)
        if isinstance(numbered.line, ImportedAccount):
            self.customer = await self.poster.lock_account(found.account_id)
            return await self._import_account(numbered)
        return self._compared(numbered, self.known[kind, external_id])

    def _invoice_ids(self, lines: Iterable[NumberedLine]) -> Mapping[str, UUID]:
        return {
            name: self.known["invoice", name].object_id for numbered in lines for name in invoices_named(numbered.line)
        }


def _key(numbered: NumberedLine) -> Key:
    return numbered.line.type, numbered.line.external_id


def _in_the_books(numbered: NumberedLine, outcome: LineOutcome, shortfalls: Sequence[Shortfall]) -> LineResult:
    """Return the result of a document with its warnings: the same ones when it is repeated."""
    parts = "allocations" if numbered.line.type == "payment" else "applications"
    warnings = [findings.of_shortfall(shortfall, parts) for shortfall in shortfalls]
    unapplied = sum(shortfall.wanted - shortfall.applied for shortfall in shortfalls)
    return result_of(numbered, outcome, (*warnings_about(numbered.line), *warnings), unapplied)


def _failed(numbered: NumberedLine, *errors: Finding) -> LineResult:
    return result_of(numbered, LineOutcome.FAILED, errors)
