"""Credit memos: posted, and applied to invoices."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.credits.errors import CreditExceededError, CreditMemoNotFoundError, CreditMemoNumberTakenError
from billing_api.credits.model import CreditMemo
from billing_api.credits.repository import CreditMemoRepository
from billing_api.credits.schemas import CreditMemoCreate
from billing_api.db.database import Database
from billing_api.events.service import Outbox
from billing_api.invoices.applying import Application, ApplicationKind, Shortfall, Source, Use
from billing_api.invoices.service import Invoices
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.ledger import postings
from billing_api.ledger.postings import Document
from billing_api.ledger.service import Ledger


class CreditMemos:
    """The credit memos of one account at a time; whoever changes them holds the account's lock."""

    def __init__(
        self,
        db: Database,
        memos: CreditMemoRepository,
        accounts: Accounts,
        ledger: Ledger,
        invoices: Invoices,
        *,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.db = db
        self._memos = memos
        self._accounts = accounts
        self._ledger = ledger
        self._invoices = invoices
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def post_in(self, account_id: UUID, new: CreditMemoCreate) -> UUID:
        """Post one credit memo and answer its id; see `post_all_in`."""
        return (await self.post_all_in(account_id, [new]))[0]

    async def post_all_in(
        self, account_id: UUID, news: Sequence[CreditMemoCreate], digests: Mapping[str, str] | None = None
    ) -> Sequence[UUID]:
        """Post credit memos in this order, into the books too, and answer their ids; none of it is applied yet.

        `digests` are kept with the external ids.
        Raises CreditMemoNumberTakenError, ExternalIdTakenError, DateTooFarAheadError, BooksClosedError.
        """
        for new in news:
            self._ledger.require_near("issued_on", new.issued_on)
        ids = [new_id() for _ in news]
        pairs = list(zip(ids, news, strict=True))
        now = self._clock.now()
        rows = [_row(account_id, memo_id, new) | {"created_at": now, "version": 1} for memo_id, new in pairs]
        taxes = [
            {"account_id": account_id, "id": new_id(), "credit_memo_id": memo_id, "position": position}
            | tax.model_dump()
            for memo_id, new in pairs
            for position, tax in enumerate(new.taxes, 1)
        ]
        written = await self._memos.add(rows, taxes)
        for memo_id, new in pairs:
            if memo_id not in written:
                raise CreditMemoNumberTakenError(new.number)
        await self._ledger.post_in(
            account_id,
            *(
                postings.credit_memo(
                    Document(id=memo_id, number=new.number, currency=new.currency, effective_on=new.issued_on),
                    net=new.net,
                    tax=new.tax,
                )
                for memo_id, new in pairs
            ),
        )
        await self._accounts.claim_references_in(
            "credit_memo",
            account_id,
            {
                new.external_id: (memo_id, (digests or {}).get(new.external_id))
                for memo_id, new in pairs
                if new.external_id is not None
            },
        )
        numbers = {memo_id: {"number": new.number} for memo_id, new in pairs}
        await self._audit.record_all_in(account_id, "credit_memo.posted", numbers)
        facts = {memo_id: _told(new) for memo_id, new in pairs}
        await self._outbox.record_all_in(account_id, "credit_memo.posted", facts)
        return ids

    async def apply_in(self, account_id: UUID, credit_memo_id: UUID, uses: Sequence[Use]) -> list[Shortfall]:
        """Use parts of a credit memo for invoices, each as far as its invoice has room; return the parts that got less.

        Raise CreditMemoNotFoundError, CreditExceededError, InvoiceNotFoundError, OtherCurrencyError,
        DateInFutureError, BooksClosedError.
        """
        memo = await self._memos.find_for_update(account_id, credit_memo_id)
        if memo is None:
            raise CreditMemoNotFoundError(credit_memo_id)
        wanted = sum(use.amount for use in uses)
        if wanted > memo.unapplied:
            raise CreditExceededError(
                credit_memo_id=credit_memo_id, number=memo.number, amount=wanted, unapplied=memo.unapplied
            )
        for use in uses:
            if use.on is not None:
                self._ledger.require_arrived("applied_on", use.on)
        source = Source(
            kind=ApplicationKind.CREDIT,
            id=memo.id,
            number=memo.number,
            currency=memo.currency,
            dated_on=memo.issued_on,
        )
        used = await self._invoices.use_in(account_id, source, uses)
        if used.applications:
            await self._ledger.post_in(account_id, *(_posting(memo, application) for application in used.applications))
            memo.unapplied -= sum(application.amount for application in used.applications)
            memo.version += 1
            await self._tell_applied_in(memo, used.applications)
        return used.shortfalls

    async def _tell_applied_in(self, memo: CreditMemo, applications: Sequence[Application]) -> None:
        told: Counter[str] = Counter()
        for application in applications:
            told[str(application.invoice_id)] += application.amount
        await self._audit.record_in(memo.account_id, "credit_memo.applied", memo.id, invoices=told)
        await self._outbox.record_in(memo.account_id, "credit_memo.applied", memo.id, number=memo.number, invoices=told)


def _posting(memo: CreditMemo, application: Application) -> postings.Posting:
    document = Document(memo.id, memo.number, memo.currency, application.effective_on)
    return postings.credit_application(document, invoice_id=application.invoice_id, amount=application.amount)


def _row(account_id: UUID, memo_id: UUID, new: CreditMemoCreate) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "id": memo_id,
        "number": new.number,
        "external_id": new.external_id,
        "currency": new.currency,
        "issued_on": new.issued_on,
        "reason": new.reason,
        "net": new.net,
        "tax": new.tax,
        "total": new.net + new.tax,
        "unapplied": new.net + new.tax,
    }


def _told(new: CreditMemoCreate) -> dict[str, Any]:
    """A credit memo as the change feed tells of it."""
    return {
        "number": new.number,
        "external_id": new.external_id,
        "currency": new.currency,
        "net": new.net,
        "tax": new.tax,
        "total": new.net + new.tax,
        "issued_on": new.issued_on.isoformat(),
    }
