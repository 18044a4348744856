"""Deposits: posted, and applied to invoices."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.unapplied import Move
from billing_api.deposits.errors import DepositExceededError, DepositNotFoundError, DepositNumberTakenError
from billing_api.deposits.locked import LockedDeposit
from billing_api.deposits.model import Deposit
from billing_api.deposits.repository import DepositRepository
from billing_api.deposits.schemas import DepositCreate
from billing_api.invoices.applying import ApplicationKind
from billing_api.invoices.source_documents import SourceDocuments
from billing_api.invoices.sources import SourceKind
from billing_api.invoices.using import UseSources
from billing_api.kit.ids import new_id
from billing_api.ledger import postings
from billing_api.ledger.documents import DocumentKind, post_documents
from billing_api.ledger.postings import Document, Posting
from billing_api.ledger.service import Ledger


def _deposit(account: LockedAccount, new: DepositCreate, now: datetime) -> Deposit:
    return Deposit(
        account_id=account.id,
        id=new_id(),
        number=new.number,
        external_id=new.external_id,
        currency=new.currency,
        received_on=new.received_on,
        reference=new.reference,
        amount=new.amount,
        unapplied=new.amount,
        reserved=0,
        created_at=now,
        version=1,
    )


def _document(deposit: Deposit) -> Document:
    return Document(deposit.id, deposit.number, deposit.currency, deposit.received_on)


def _posting(deposit: Deposit) -> Posting:
    return postings.deposit(_document(deposit), amount=deposit.amount)


def _event_payload(deposit: Deposit) -> dict[str, Any]:
    """Return a deposit as the events show it: without its reference, which is free text."""
    return {
        "number": deposit.number,
        "external_id": deposit.external_id,
        "currency": deposit.currency,
        "amount": deposit.amount,
        "received_on": deposit.received_on.isoformat(),
    }


_KIND = DocumentKind(
    name="deposit",
    audited_as="deposit.posted",
    event="deposit.posted",
    posting=_posting,
    event_payload=_event_payload,
    number_taken=DepositNumberTakenError,
)
_SOURCE = SourceKind(
    name=ApplicationKind.DEPOSIT,
    event="deposit.applied",
    posting=postings.deposit_application,
    not_found=DepositNotFoundError,
    exceeded=DepositExceededError,
)


class Deposits(SourceDocuments[Deposit]):
    """The deposits of one account at a time."""

    def __init__(self, core: Core, deposits: DepositRepository, ledger: Ledger, using: UseSources) -> None:
        super().__init__(deposits, using, _SOURCE, _document)
        self._core = core
        self._deposits = deposits
        self._ledger = ledger

    async def post(
        self, account: LockedAccount, news: Sequence[DepositCreate], digests: Mapping[str, str] | None = None
    ) -> list[UUID]:
        """Post deposits in this order, not applied yet, and return their ids.

        `digests` are kept with the external ids.
        Raise DepositNumberTakenError, ExternalIdTakenError, DateInFutureError, BooksClosedError.
        """
        for new in news:
            self._ledger.require_arrived("received_on", new.received_on)
        now = self._core.clock.now()
        deposits = [_deposit(account, new, now) for new in news]
        await post_documents(self._ledger, account, _KIND, deposits, write=self._deposits.add, digests=digests)
        return [deposit.id for deposit in deposits]

    async def post_overpayment(
        self,
        account: LockedAccount,
        deposit_id: UUID,
        *,
        payment_number: str,
        currency: str,
        amount: int,
        reserved: int = 0,
        received_on: date,
        after: Sequence[Posting] = (),
        pending_change: int = 0,
    ) -> None:
        """Post the money that a payment brought beyond its invoices. Raise BooksClosedError.

        `reserved` of it is for refunds of the payment that are under way. The money has come, so a number that the back
        office has taken refuses nothing: the deposit gets a longer one. `after` are the payment's own journals, which
        the same statement posts first, with the `pending_change` of `Ledger.post`.
        """
        deposit = Deposit(
            account_id=account.id,
            id=deposit_id,
            number=f"DEP-{payment_number}",
            external_id=None,
            currency=currency,
            received_on=received_on,
            reference=payment_number,
            amount=amount,
            unapplied=amount,
            reserved=reserved,
            created_at=self._core.clock.now(),
            version=1,
        )
        if not await self._deposits.add([deposit]):
            deposit = replace(deposit, number=f"{deposit.number}-{deposit_id.hex}")
            await self._deposits.add([deposit])

        async def is_written(_: Sequence[Deposit]) -> set[UUID]:
            return {deposit.id}

        await post_documents(
            self._ledger,
            account,
            _KIND,
            [deposit],
            write=is_written,
            after=after,
            pending_change=pending_change,
        )

    def take_back(self, account: LockedAccount, deposit: LockedDeposit) -> None:
        """Set a deposit to zero at the transaction's end, because its money is gone.

        The caller has undone its use, and posts to the ledger.
        """
        self._deposits.update_at_end(account.id, {deposit.id: Move(-deposit.unapplied, -deposit.reserved)})
        self._core.audit.record(account.id, "deposit.taken_back", deposit.id, number=deposit.number)
        self._core.events.record(
            account.id, "deposit.taken_back", deposit.id, number=deposit.number, amount=deposit.amount
        )

    async def lock(self, account: LockedAccount, deposit_id: UUID) -> LockedDeposit:
        """Return one deposit under its lock. Raise DepositNotFoundError."""
        return LockedDeposit(await self._lock_one(account, deposit_id))
