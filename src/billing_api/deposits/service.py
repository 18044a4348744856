"""Deposits: posted, and applied to invoices."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database
from billing_api.deposits.errors import DepositExceededError, DepositNotFoundError, DepositNumberTakenError
from billing_api.deposits.model import Deposit
from billing_api.deposits.repository import DepositRepository
from billing_api.deposits.schemas import DepositCreate
from billing_api.events.service import Outbox
from billing_api.invoices.applying import Application, ApplicationKind, Shortfall, Source, Use
from billing_api.invoices.service import Invoices
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.ledger import postings
from billing_api.ledger.postings import Document
from billing_api.ledger.service import Ledger


class Deposits:
    """The deposits of one account at a time; whoever changes them holds the account's lock."""

    def __init__(
        self,
        db: Database,
        deposits: DepositRepository,
        accounts: Accounts,
        ledger: Ledger,
        invoices: Invoices,
        *,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.db = db
        self._deposits = deposits
        self._accounts = accounts
        self._ledger = ledger
        self._invoices = invoices
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def post_in(self, account_id: UUID, new: DepositCreate) -> UUID:
        """Post one deposit and answer its id; see `post_all_in`."""
        return (await self.post_all_in(account_id, [new]))[0]

    async def post_all_in(
        self, account_id: UUID, news: Sequence[DepositCreate], digests: Mapping[str, str] | None = None
    ) -> Sequence[UUID]:
        """Post deposits in this order, into the books too, and answer their ids; none of it is applied yet.

        `digests` are kept with the external ids.
        Raises DepositNumberTakenError, ExternalIdTakenError, DateInFutureError, BooksClosedError.
        """
        for new in news:
            self._ledger.require_arrived("received_on", new.received_on)
        ids = [new_id() for _ in news]
        pairs = list(zip(ids, news, strict=True))
        now = self._clock.now()
        written = await self._deposits.add(
            [_row(account_id, deposit_id, new) | {"created_at": now, "version": 1} for deposit_id, new in pairs]
        )
        for deposit_id, new in pairs:
            if deposit_id not in written:
                raise DepositNumberTakenError(new.number)
        await self._ledger.post_in(
            account_id,
            *(
                postings.deposit(
                    Document(id=deposit_id, number=new.number, currency=new.currency, effective_on=new.received_on),
                    amount=new.amount,
                )
                for deposit_id, new in pairs
            ),
        )
        await self._accounts.claim_references_in(
            "deposit",
            account_id,
            {
                new.external_id: (deposit_id, (digests or {}).get(new.external_id))
                for deposit_id, new in pairs
                if new.external_id is not None
            },
        )
        numbers = {deposit_id: {"number": new.number} for deposit_id, new in pairs}
        await self._audit.record_all_in(account_id, "deposit.posted", numbers)
        facts = {deposit_id: _told(new) for deposit_id, new in pairs}
        await self._outbox.record_all_in(account_id, "deposit.posted", facts)
        return ids

    async def apply_in(self, account_id: UUID, deposit_id: UUID, uses: Sequence[Use]) -> list[Shortfall]:
        """Use parts of a deposit for invoices, each as far as its invoice has room; return the parts that got less.

        Raise DepositNotFoundError, DepositExceededError, InvoiceNotFoundError, OtherCurrencyError,
        DateInFutureError, BooksClosedError.
        """
        deposit = await self._deposits.find_for_update(account_id, deposit_id)
        if deposit is None:
            raise DepositNotFoundError(deposit_id)
        wanted = sum(use.amount for use in uses)
        if wanted > deposit.unapplied:
            raise DepositExceededError(
                deposit_id=deposit_id, number=deposit.number, amount=wanted, unapplied=deposit.unapplied
            )
        for use in uses:
            if use.on is not None:
                self._ledger.require_arrived("applied_on", use.on)
        source = Source(
            kind=ApplicationKind.DEPOSIT,
            id=deposit.id,
            number=deposit.number,
            currency=deposit.currency,
            dated_on=deposit.received_on,
        )
        used = await self._invoices.use_in(account_id, source, uses)
        if used.applications:
            await self._ledger.post_in(
                account_id, *(_posting(deposit, application) for application in used.applications)
            )
            deposit.unapplied -= sum(application.amount for application in used.applications)
            deposit.version += 1
            await self._tell_applied_in(deposit, used.applications)
        return used.shortfalls

    async def _tell_applied_in(self, deposit: Deposit, applications: Sequence[Application]) -> None:
        told: Counter[str] = Counter()
        for application in applications:
            told[str(application.invoice_id)] += application.amount
        await self._audit.record_in(deposit.account_id, "deposit.applied", deposit.id, invoices=told)
        await self._outbox.record_in(
            deposit.account_id, "deposit.applied", deposit.id, number=deposit.number, invoices=told
        )


def _posting(deposit: Deposit, application: Application) -> postings.Posting:
    document = Document(deposit.id, deposit.number, deposit.currency, application.effective_on)
    return postings.deposit_application(document, invoice_id=application.invoice_id, amount=application.amount)


def _row(account_id: UUID, deposit_id: UUID, new: DepositCreate) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "id": deposit_id,
        "number": new.number,
        "external_id": new.external_id,
        "currency": new.currency,
        "received_on": new.received_on,
        "reference": new.reference,
        "amount": new.amount,
        "unapplied": new.amount,
    }


def _told(new: DepositCreate) -> dict[str, Any]:
    """A deposit as the change feed tells of it: no free text."""
    return {
        "number": new.number,
        "external_id": new.external_id,
        "currency": new.currency,
        "amount": new.amount,
        "received_on": new.received_on.isoformat(),
    }
