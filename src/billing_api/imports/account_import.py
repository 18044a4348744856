"""What a batch says of one account, in one transaction: in bulk, and ever smaller parts around a line that fails."""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.db.session import Database
from billing_api.errors import AppError
from billing_api.imports.batches import NumberedLine
from billing_api.imports.lines import AccountLine, invoices_named
from billing_api.imports.posting import Customer, LinePoster
from billing_api.imports.report import Outcome


@dataclass(frozen=True, slots=True)
class Known:
    """What an external id stands for; the digest is that of the line it came with, if it came with one."""

    account_id: UUID
    object_id: UUID
    digest: str | None


Key = tuple[str, str]  # the type of a line and an external id


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a line; the reason, when it failed."""

    numbered: NumberedLine
    outcome: Outcome
    reason: str = ""


@dataclass(slots=True)
class AccountImport:
    """One account's part of a batch; made anew when the transaction is repeated, with what is known before it."""

    db: Database
    accounts: Accounts
    poster: LinePoster
    known: MutableMapping[Key, Known]
    customer: Customer | None = None

    async def run_in(self, external_id: str, lines: Sequence[NumberedLine]) -> list[Result]:
        """Post the account's lines in their order, neighbours of one type together."""
        if (account := self.known.get(("account", external_id))) is not None:
            self.customer = await self.poster.enter_in(account.account_id)
        results: list[Result] = []
        for _, neighbours in groupby(lines, key=lambda numbered: numbered.line.type):
            results += await self._import_in(list(neighbours))
        return results

    async def _import_in(self, lines: Sequence[NumberedLine]) -> list[Result]:
        results = {numbered.number: result for numbered in lines if (result := self._settled(numbered))}
        fresh = [numbered for numbered in lines if numbered.number not in results]
        if fresh:
            results |= {result.numbered.number: result for result in await self._post_fresh_in(fresh)}
        return [results[numbered.number] for numbered in lines]

    async def _post_fresh_in(self, lines: Sequence[NumberedLine]) -> list[Result]:
        """All at once, or, when one of them is refused, each half by itself."""
        if len({numbered.line.external_id for numbered in lines}) == len(lines):
            try:
                customer, ids = await self.db.savepoint(lambda: self._post_in(lines))
            except AppError as error:
                if len(lines) == 1:
                    return [await self._refused_in(lines[0], error)]
            else:
                self.customer = customer
                for numbered, object_id in zip(lines, ids, strict=True):
                    self.known[_key(numbered)] = Known(customer.id, object_id, numbered.digest)
                return [Result(numbered, Outcome.CREATED) for numbered in lines]
        middle = len(lines) // 2
        return [*await self._import_in(lines[:middle]), *await self._import_in(lines[middle:])]

    async def _post_in(self, lines: Sequence[NumberedLine]) -> tuple[Customer, Sequence[UUID]]:
        """Post them, and answer whose they are and their ids."""
        if isinstance(lines[0].line, AccountLine):
            created = await self.poster.create_account_in(lines[0])
            return created, [created.id]
        assert self.customer is not None  # `_settled` refuses documents of an unknown account
        return self.customer, await self.poster.post_in(self.customer, lines, self._invoice_ids(lines))

    def _settled(self, numbered: NumberedLine) -> Result | None:
        """What is to be said of a line without posting it, if anything."""
        if self.customer is None and not isinstance(numbered.line, AccountLine):
            return _failed(numbered, f"there is no account {numbered.line.account!r}")
        if (known := self.known.get(_key(numbered))) is not None:
            return self._compared(numbered, known)
        for name in invoices_named(numbered.line):
            invoice = self.known.get(("invoice", name))
            if invoice is None or not self._is_own(invoice):
                return _failed(numbered, f"the account has no invoice {name!r}")
        return None

    def _compared(self, numbered: NumberedLine, known: Known) -> Result:
        if not self._is_own(known):
            return _failed(numbered, f"{_named(numbered)} belongs to another account")
        if known.digest in {numbered.digest, None}:  # what came by another way has none to compare
            return Result(numbered, Outcome.UNCHANGED)
        return _failed(numbered, f"{_named(numbered)} is there already and says something else")

    def _is_own(self, known: Known) -> bool:
        return self.customer is not None and known.account_id == self.customer.id

    async def _refused_in(self, numbered: NumberedLine, error: AppError) -> Result:
        """Another import may have brought the very same line since the batch was looked up: then all is well."""
        kind, external_id = _key(numbered)
        found = (await self.accounts.find_references_in(kind, [external_id])).get(external_id)
        if found is None:
            return _failed(numbered, error.detail)
        if self.customer is None:
            self.customer = await self.poster.enter_in(found.account_id)
        self.known[kind, external_id] = Known(found.account_id, found.object_id, found.digest)
        return self._compared(numbered, self.known[kind, external_id])

    def _invoice_ids(self, lines: Iterable[NumberedLine]) -> Mapping[str, UUID]:
        return {
            name: self.known["invoice", name].object_id for numbered in lines for name in invoices_named(numbered.line)
        }


def _key(numbered: NumberedLine) -> Key:
    return numbered.line.type, numbered.line.external_id


def _named(numbered: NumberedLine) -> str:
    return f"{numbered.line.type.replace('_', ' ')} {numbered.line.external_id!r}"


def _failed(numbered: NumberedLine, reason: str) -> Result:
    return Result(numbered, Outcome.FAILED, reason)
