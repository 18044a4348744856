"""Credit memos: posted, and applied to invoices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.credits.errors import CreditExceededError, CreditMemoNotFoundError, CreditMemoNumberTakenError
from billing_api.credits.locked import LockedCreditMemo
from billing_api.credits.model import CreditMemo, CreditMemoDraft, CreditMemoTax
from billing_api.credits.repository import CreditMemoRepository
from billing_api.credits.schemas import CreditMemoCreate
from billing_api.invoices.applying import ApplicationKind
from billing_api.invoices.source_documents import SourceDocuments
from billing_api.invoices.sources import SourceKind
from billing_api.invoices.using import UseSources
from billing_api.kit.ids import new_id
from billing_api.ledger import postings
from billing_api.ledger.documents import DocumentKind, post_documents
from billing_api.ledger.postings import Document, Posting
from billing_api.ledger.service import Ledger


def _draft(account: LockedAccount, new: CreditMemoCreate, now: datetime) -> CreditMemoDraft:
    net, tax = new.net, new.tax
    memo = CreditMemo(
        account_id=account.id,
        id=new_id(),
        number=new.number,
        external_id=new.external_id,
        currency=new.currency,
        issued_on=new.issued_on,
        reason=new.reason,
        net=net,
        tax=tax,
        total=net + tax,
        unapplied=net + tax,
        reserved=0,
        created_at=now,
        version=1,
    )
    taxes = [
        CreditMemoTax(account.id, new_id(), memo.id, place, tax.name, tax.rate, tax.amount)
        for place, tax in enumerate(new.taxes, 1)
    ]
    return CreditMemoDraft(memo, taxes)


def _document(memo: CreditMemo) -> Document:
    return Document(memo.id, memo.number, memo.currency, memo.issued_on)


def _posting(draft: CreditMemoDraft) -> Posting:
    memo = draft.memo
    return postings.credit_memo(_document(memo), net=memo.net, tax=memo.tax)


def _event_payload(draft: CreditMemoDraft) -> dict[str, Any]:
    """Return a credit memo as the events show it: without its reason, which is free text."""
    memo = draft.memo
    return {
        "number": memo.number,
        "external_id": memo.external_id,
        "currency": memo.currency,
        "net": memo.net,
        "tax": memo.tax,
        "total": memo.total,
        "issued_on": memo.issued_on.isoformat(),
    }


_KIND = DocumentKind(
    name="credit_memo",
    audited_as="credit_memo.posted",
    event="credit_memo.posted",
    posting=_posting,
    event_payload=_event_payload,
    number_taken=CreditMemoNumberTakenError,
)
_SOURCE = SourceKind(
    name=ApplicationKind.CREDIT,
    event="credit_memo.applied",
    posting=postings.credit_application,
    not_found=CreditMemoNotFoundError,
    exceeded=CreditExceededError,
)


class CreditMemos(SourceDocuments[CreditMemo]):
    """The credit memos of one account at a time."""

    def __init__(self, core: Core, memos: CreditMemoRepository, ledger: Ledger, using: UseSources) -> None:
        super().__init__(memos, using, _SOURCE, _document)
        self._clock = core.clock
        self._memos = memos
        self._ledger = ledger

    async def post(
        self, account: LockedAccount, news: Sequence[CreditMemoCreate], digests: Mapping[str, str] | None = None
    ) -> list[UUID]:
        """Post credit memos in this order, not applied yet, and return their ids.

        `digests` are kept with the external ids.
        Raise CreditMemoNumberTakenError, ExternalIdTakenError, DateTooFarAheadError, BooksClosedError.
        """
        for new in news:
            self._ledger.require_near("issued_on", new.issued_on)
        now = self._clock.now()
        drafts = [_draft(account, new, now) for new in news]
        await post_documents(self._ledger, account, _KIND, drafts, write=self._memos.add, digests=digests)
        return [draft.id for draft in drafts]

    async def lock(self, account: LockedAccount, memo_id: UUID) -> LockedCreditMemo:
        """Return one credit memo under its lock. Raise CreditMemoNotFoundError."""
        return LockedCreditMemo(await self._lock_one(account, memo_id))
