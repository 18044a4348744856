"""Postings, written as documents write them."""

from datetime import date
from uuid import UUID, uuid4

from billing_api.ledger.postings import Document, Posting
from tests.fixtures.services import Services


def document(
    number: str = "DOC-1",
    *,
    currency: str = "USD",
    effective_on: date = date(2026, 3, 2),
    document_id: UUID | None = None,
) -> Document:
    """A document of its own."""
    return Document(id=document_id or uuid4(), number=number, currency=currency, effective_on=effective_on)


async def post(services: Services, account_id: UUID, *postings: Posting) -> None:
    """Post in a transaction, under the account's lock."""

    async def write() -> None:
        await services.ledger.post(await services.accounts.lock(account_id), *postings)

    await services.database.run(write)
