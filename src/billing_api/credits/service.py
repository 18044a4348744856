"""Credit memos: posted, and applied to invoices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.credits.errors import CreditExceededError, CreditMemoNotFoundError, CreditMemoNumberTakenError
from billing_api.credits.model import CreditMemo, CreditMemoDraft, CreditMemoTax
from billing_api.credits.repository import CreditMemoRepository
from billing_api.credits.schemas import CreditMemoCreate
from billing_api.invoices.applying import ApplicationKind, Shortfall, Source, Use
from billing_api.invoices.service import Invoices
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
        created_at=now,
        version=1,
    )
    taxes = [
        CreditMemoTax(account.id, new_id(), memo.id, place, tax.name, tax.rate, tax.amount)
        for place, tax in enumerate(new.taxes, 1)
    ]
    return CreditMemoDraft(memo, taxes)


def _posting(draft: CreditMemoDraft) -> Posting:
    memo = draft.memo
    document = Document(memo.id, memo.number, memo.currency, memo.issued_on)
    return postings.credit_memo(document, net=memo.net, tax=memo.tax)


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


def _source(memo: CreditMemo | None, credit_memo_id: UUID, uses: Sequence[Use]) -> Source:
    if memo is None:
        raise CreditMemoNotFoundError(credit_memo_id)
    amount = sum(use.amount for use in uses)
    if amount > memo.unapplied:
        raise CreditExceededError(credit_memo_id=memo.id, number=memo.number, amount=amount, unapplied=memo.unapplied)
    return Source(
        kind=ApplicationKind.CREDIT,
        id=memo.id,
        number=memo.number,
        currency=memo.currency,
        dated_on=memo.issued_on,
        uses=uses,
        event="credit_memo.applied",
        posting=postings.credit_application,
    )


_KIND = DocumentKind(
    name="credit_memo",
    audited_as="credit_memo.posted",
    event="credit_memo.posted",
    posting=_posting,
    event_payload=_event_payload,
    number_taken=CreditMemoNumberTakenError,
)


class CreditMemos:
    """The credit memos of one account at a time."""

    def __init__(self, core: Core, memos: CreditMemoRepository, ledger: Ledger, invoices: Invoices) -> None:
        self._clock = core.clock
        self._memos = memos
        self._ledger = ledger
        self._invoices = invoices

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

    async def apply(self, account: LockedAccount, uses: Mapping[UUID, Sequence[Use]]) -> dict[UUID, list[Shortfall]]:
        """Use parts of credit memos, by their ids, for invoices, each as far as its invoice has room.

        Return the parts that got less, by the same ids.
        Raise CreditMemoNotFoundError, CreditExceededError, InvoiceNotFoundError, OtherCurrencyError, DateInFutureError,
        BooksClosedError.
        """
        locked = await self._memos.lock(account.id, uses)
        sources = [_source(locked.get(credit_memo_id), credit_memo_id, parts) for credit_memo_id, parts in uses.items()]
        used = await self._invoices.use(account, sources)
        left = {one.source.id: locked[one.source.id].unapplied - one.amount for one in used if one.amount}
        await self._memos.update_all(account.id, left)
        return {one.source.id: one.shortfalls for one in used}
