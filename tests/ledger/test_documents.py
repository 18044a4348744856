"""Documents of every kind take the same way into the books, many of them as cheaply as one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID, uuid4

import pytest

from billing_api.accounts.errors import ExternalIdTakenError
from billing_api.accounts.locked import LockedAccount
from billing_api.credits.errors import CreditMemoNumberTakenError
from billing_api.credits.schemas import CreditMemoCreate
from billing_api.deposits.errors import DepositNumberTakenError
from billing_api.deposits.schemas import DepositCreate
from billing_api.invoices.applying import Shortfall
from billing_api.invoices.sources import SourceUse
from billing_api.payments.offline_schemas import OfflinePaymentCreate
from tests.factories.credits import post_credit_memo, post_deposit
from tests.factories.invoices import invoice_of, post_invoice
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services

DAY = date(2026, 3, 4)
# Rows that are appended at the end are one statement when they are few, and one for each table when they are many.
_MORE_TABLES = 1
Post = Callable[[Services, LockedAccount, Sequence[str]], Awaitable[Sequence[UUID]]]


async def post_invoices(services: Services, account: LockedAccount, external_ids: Sequence[str]) -> Sequence[UUID]:
    return await services.invoices.post(account, [invoice_of(100, tax=20, external_id=one) for one in external_ids])


async def post_credit_memos(services: Services, account: LockedAccount, external_ids: Sequence[str]) -> Sequence[UUID]:
    taxes = [{"name": "VAT", "rate": "20", "amount": 20}]
    given = {"currency": "USD", "issued_on": DAY, "net": 100, "taxes": taxes}
    new = [CreditMemoCreate.model_validate(given | {"number": one, "external_id": one}) for one in external_ids]
    return await services.credit_memos.post(account, new)


async def post_deposits(services: Services, account: LockedAccount, external_ids: Sequence[str]) -> Sequence[UUID]:
    given = {"currency": "USD", "received_on": DAY, "amount": 100}
    new = [DepositCreate.model_validate(given | {"number": one, "external_id": one}) for one in external_ids]
    return await services.deposits.post(account, new)


async def record_payments(services: Services, account: LockedAccount, external_ids: Sequence[str]) -> Sequence[UUID]:
    given = {"type": "check", "currency": "USD", "received_on": DAY, "amount": 100, "allocations": []}
    new = [OfflinePaymentCreate.model_validate(given | {"external_id": one}) for one in external_ids]
    return [one.id for one in await services.offline_payments.record_all(account, new)]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document, and its names in the references, the books, the audit log and the events."""

    post: Post
    name: str
    audited_as: str
    event: str


KINDS = [
    Kind(post_invoices, "invoice", "invoice.posted", "invoice.posted"),
    Kind(post_credit_memos, "credit_memo", "credit_memo.posted", "credit_memo.posted"),
    Kind(post_deposits, "deposit", "deposit.posted", "deposit.posted"),
    Kind(record_payments, "payment", "payment.received", "payment.succeeded"),
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind in turn."""
    found: Kind = request.param
    return found


async def post(services: Services, kind: Kind, account_id: UUID, external_ids: Sequence[str]) -> Sequence[UUID]:
    """Post documents in a transaction, under the account's lock."""

    async def work() -> Sequence[UUID]:
        return await kind.post(services, await services.accounts.lock(account_id), external_ids)

    return await services.database.run(work)


def new_ids(count: int) -> list[str]:
    return [str(uuid4()) for _ in range(count)]


async def test_each_is_referred_to_posted_audited_and_in_the_events(
    services: Services, sql: Sql, account_id: UUID, kind: Kind
) -> None:
    external_ids = new_ids(3)
    ids = list(await post(services, kind, account_id, external_ids))
    references = await sql.fetch(
        "SELECT external_id, object_id FROM external_references WHERE account_id = $1 AND kind = $2",
        account_id,
        kind.name,
    )
    assert {(row["external_id"], row["object_id"]) for row in references} == set(zip(external_ids, ids, strict=True))
    entries = await sql.fetch(
        "SELECT document_id, kind FROM ledger_entries WHERE account_id = $1 ORDER BY seq", account_id
    )
    assert [tuple(row) for row in entries] == [(one, kind.name) for one in ids]
    for query, value in (
        ("SELECT subject_id FROM audit_log WHERE account_id = $1 AND action = $2 ORDER BY id", kind.audited_as),
        ("SELECT subject_id FROM outbox_events WHERE account_id = $1 AND kind = $2 ORDER BY id", kind.event),
    ):
        assert [row[0] for row in await sql.fetch(query, account_id, value)] == ids


async def test_many_cost_no_more_statements_than_one(
    services: Services, account_id: UUID, kind: Kind, queries: Queries
) -> None:
    counts = []
    for count in (1, 20):
        queries.clear()
        await post(services, kind, account_id, new_ids(count))
        counts.append(len(queries))
    assert counts[1] <= counts[0] + _MORE_TABLES <= 11


async def test_one_that_is_refused_leaves_no_trace_of_the_others(
    services: Services, sql: Sql, account_id: UUID, kind: Kind
) -> None:
    known = new_ids(1)
    await post(services, kind, account_id, known)
    with pytest.raises((ExternalIdTakenError, CreditMemoNumberTakenError, DepositNumberTakenError)):
        await post(services, kind, account_id, [*new_ids(2), *known])
    for query in (
        "SELECT count(*) FROM ledger_entries WHERE account_id = $1",
        "SELECT count(*) FROM audit_log WHERE account_id = $1 AND action <> 'account.created'",
        "SELECT count(*) FROM outbox_events WHERE account_id = $1 AND kind <> 'account.created'",
    ):
        assert await sql.fetchval(query, account_id) == 1


async def test_applying_many_costs_no_more_statements_than_one(
    services: Services, account_id: UUID, queries: Queries
) -> None:
    for name, post_one in (("credit_memos", post_credit_memo), ("deposits", post_deposit)):
        counts = []
        for count in (1, 20):
            uses = {
                await post_one(services, account_id, 100): [
                    SourceUse(await post_invoice(services, account_id, 70), 100)
                ]
                for _ in range(count)
            }

            async def apply(name: str, uses: dict[UUID, list[SourceUse]]) -> dict[UUID, list[Shortfall]]:
                account = await services.accounts.lock(account_id)
                applied: dict[UUID, list[Shortfall]] = await getattr(services, name).apply(account, uses)
                return applied

            queries.clear()
            shortfalls = await services.database.run(partial(apply, name, uses))
            counts.append(len(queries))
            assert [[short.applied for short in parts] for parts in shortfalls.values()] == [[70]] * count
        assert counts[1] <= counts[0] + _MORE_TABLES + 1 <= 12, name
