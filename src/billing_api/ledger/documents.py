"""One way for every document into the books: insert, bind external ids, post, audit, record events."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.errors import AppError
from billing_api.ledger.postings import Posting
from billing_api.ledger.service import Ledger


class Postable(Protocol):
    """A document that can be posted."""

    @property
    def id(self) -> UUID: ...
    @property
    def number(self) -> str: ...
    @property
    def external_id(self) -> str | None: ...


DocumentT = TypeVar("DocumentT", bound=Postable)


@dataclass(frozen=True, slots=True)
class DocumentKind(Generic[DocumentT]):
    """All that differs between documents on their way into the books.

    `name` is that of their external ids, `audited_as` the action in the audit log, `event` the kind in the events,
    `posting` their journal, `event_payload` their form in the events, and `number_taken` the refusal of a number
    that the account has already; None where the numbers are the account's own counter.
    """

    name: str
    audited_as: str
    event: str
    posting: Callable[[DocumentT], Posting]
    event_payload: Callable[[DocumentT], Mapping[str, Any]]
    number_taken: Callable[[str], AppError] | None = None


async def post_documents(
    ledger: Ledger,
    account: LockedAccount,
    kind: DocumentKind[DocumentT],
    documents: Sequence[DocumentT],
    *,
    write: Callable[[Sequence[DocumentT]], Awaitable[Collection[UUID]]],
    digests: Mapping[str, str] | None = None,
    after: Sequence[Posting] = (),
    pending_change: int = 0,
) -> None:
    """Post documents of one kind in this order. The number of statements does not grow with that of the documents.

    `write` inserts those whose numbers are free, and returns their ids. `digests` are kept with the external ids.
    `after` are journals that are posted before these documents, in the same statement, and `pending_change` is as in
    `Ledger.post`.
    Raise the kind's `number_taken`, ExternalIdTakenError, BooksClosedError.
    """
    core = ledger.core
    written = await write(documents)
    for document in documents:
        if kind.number_taken is not None and document.id not in written:
            raise kind.number_taken(document.number)
    references = {
        document.external_id: (document.id, (digests or {}).get(document.external_id))
        for document in documents
        if document.external_id is not None
    }
    await core.accounts.claim_references(kind.name, account.id, references)
    own = (kind.posting(document) for document in documents)
    await ledger.post(account, *after, *own, pending_change=pending_change)
    core.audit.record_all(account.id, kind.audited_as, {one.id: {"number": one.number} for one in documents})
    core.events.record_all(account.id, kind.event, {one.id: kind.event_payload(one) for one in documents})
