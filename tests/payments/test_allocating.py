"""A payment reserves its invoices, the books and its method once, then applies or releases them once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import UUID

import pytest

from billing_api.accounts.locked import LockedAccount
from billing_api.kit.ids import new_id
from billing_api.ledger.errors import BooksClosedError
from billing_api.ledger.repository import LedgerRepository
from billing_api.ledger.service import Ledger
from billing_api.payments.allocating import Allocations
from billing_api.payments.model import Allocation, PaymentDetail
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.states import PaymentState
from billing_api.payments.used_credits import UsedCredits
from tests.factories.clock import MovableClock
from tests.factories.invoices import apply_to_invoice, post_invoice, reserve_on_invoice
from tests.factories.payments import Json
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import Books, BooksOf

T = TypeVar("T")


@dataclass
class Case:
    """A payment of 40 and 60 dollars for two invoices of 100 each, and what it has reserved."""

    services: Services
    sql: Sql
    books_of: BooksOf
    allocations: Allocations
    payment: PaymentDetail

    async def run(self, work: Callable[[LockedAccount, PaymentDetail], Awaitable[T]]) -> T:
        """Do it in a transaction that has the account's lock."""

        async def locked() -> T:
            return await work(await self.services.accounts.lock(self.payment.account_id), self.payment)

        return await self.services.database.run(locked)

    async def reserve(self, allocations: Allocations | None = None) -> None:
        """Reserve the payment's amounts."""

        async def reserve(account: LockedAccount, payment: PaymentDetail) -> None:
            (allocations or self.allocations).require_open(payment)
            self.allocations.reserve(account, payment, await self.services.invoices.lock(account, payment.by_invoice))

        await self.run(reserve)

    async def reserve_again(self) -> bool:
        """Reserve the payment's amounts after it had ended, and return whether they are still there."""

        async def reserve(account: LockedAccount, payment: PaymentDetail) -> bool:
            invoices = await self.allocations.lock_again(account, payment)
            if invoices is not None:
                self.allocations.reserve(account, payment, invoices)
            return invoices is not None

        return await self.run(reserve)

    async def books(self) -> Books:
        return await self.books_of(self.payment.account_id)

    async def invoices(self) -> list[tuple[int, int, int]]:
        """Return what is pending, paid and due of each invoice."""
        rows = await self.sql.fetch(
            "SELECT id, amount_pending, paid, amount_due FROM invoices WHERE account_id = $1", self.payment.account_id
        )
        found = {row["id"]: (row["amount_pending"], row["paid"], row["amount_due"]) for row in rows}
        return [found[part.invoice_id] for part in self.payment.allocations]

    async def holders(self) -> list[tuple[str, UUID]]:
        rows = await self.sql.fetch(
            "SELECT holder_kind, holder_id FROM payment_method_holds WHERE account_id = $1", self.payment.account_id
        )
        return [(row["holder_kind"], row["holder_id"]) for row in rows]


UNTOUCHED, RESERVED = [(0, 0, 10_000)] * 2, [(4_000, 0, 10_000), (6_000, 0, 10_000)]


def used_credits(services: Services) -> UsedCredits:
    return UsedCredits(PaymentRepository(services.database), services.credit_memos, services.deposits)


@pytest.fixture
async def case(services: Services, portal: Portal, card: Json, sql: Sql, books_of: BooksOf) -> Case:
    account_id, now = portal.account_id, datetime(2026, 11, 2, 12, tzinfo=UTC)
    parts = tuple(
        [
            Allocation(await post_invoice(services, account_id, number=number), number, amount)
            for number, amount in (("A-1", 4_000), ("A-2", 6_000))
        ]
    )
    payment = PaymentDetail(
        account_id=account_id,
        id=new_id(),
        number="PMT-000001",
        kind="card",
        state=PaymentState.SUBMITTING,
        currency="USD",
        amount=10_000,
        received_on=date(2026, 11, 2),
        payment_method_id=UUID(card["id"]),
        created_at=now,
        updated_at=now,
        allocations=parts,
        credits=(),
    )
    core = replace(services.core, clock=MovableClock())
    allocations = Allocations(
        core,
        services.invoices,
        services.ledger,
        services.payment_methods,
        used_credits(services),
        services.deposits,
    )
    return Case(services, sql, books_of, allocations, payment)


async def test_a_reserved_payment_lowers_what_invoices_books_and_method_allow(case: Case) -> None:
    await case.reserve()
    assert await case.invoices() == RESERVED
    assert await case.books() == Books(receivable=20_000, customer_credit=0, pending=10_000, cash=0)
    assert await case.holders() == [("payment", case.payment.id)]


async def test_a_release_restores_everything(case: Case) -> None:
    await case.reserve()
    await case.run(case.allocations.release)
    assert await case.invoices() == UNTOUCHED
    assert await case.books() == Books(receivable=20_000, customer_credit=0, pending=0, cash=0)
    assert await case.holders() == []


async def test_a_released_reservation_can_not_be_released_again(case: Case) -> None:
    await case.reserve()
    await case.run(case.allocations.release)
    with pytest.raises(ValueError, match="is not reserved"):
        await case.run(case.allocations.release)


async def test_an_applied_payment_pays_its_invoices_and_reserves_nothing(case: Case) -> None:
    await case.reserve()
    await case.run(case.allocations.apply)
    assert await case.invoices() == [(0, 4_000, 6_000), (0, 6_000, 4_000)]
    assert await case.books() == Books(receivable=10_000, customer_credit=0, pending=0, cash=10_000)
    assert await case.holders() == []
    rows = await case.sql.fetch(
        "SELECT kind, source_id, source_number, effective_on, amount FROM invoice_applications"
        " WHERE account_id = $1 ORDER BY amount",
        case.payment.account_id,
    )
    source = ("payment", case.payment.id, "PMT-000001", case.payment.received_on)
    assert [tuple(row) for row in rows] == [(*source, 4_000), (*source, 6_000)]


async def test_an_applied_payment_can_not_be_applied_again(case: Case) -> None:
    await case.reserve()
    await case.run(case.allocations.apply)
    with pytest.raises(ValueError, match="is not reserved"):
        await case.run(case.allocations.apply)


@pytest.mark.parametrize("taken", ["applied", "reserved"])
async def test_a_payment_is_reserved_again_up_to_the_last_payable_cent(case: Case, taken: str) -> None:
    """When one invoice leaves a cent too little, neither is reserved."""
    take = apply_to_invoice if taken == "applied" else reserve_on_invoice
    account_id, invoice_id = case.payment.account_id, case.payment.allocations[1].invoice_id
    await take(case.services, account_id, invoice_id, 4_000)
    assert await case.reserve_again()
    assert [pending for pending, _, _ in await case.invoices()] == [4_000, 6_000 + (taken == "reserved") * 4_000]
    assert await case.holders() == [("payment", case.payment.id)]
    await case.run(case.allocations.release)

    await take(case.services, account_id, invoice_id, 1)
    before = await case.invoices(), await case.books()
    assert not await case.reserve_again()
    assert (await case.invoices(), await case.books()) == before
    assert await case.holders() == []


async def test_an_amount_that_no_invoice_takes_is_posted_as_credit(case: Case) -> None:
    case.payment = replace(case.payment, amount=12_500, unapplied=2_500)
    await case.reserve()
    await case.run(case.allocations.apply)
    assert await case.books() == Books(receivable=10_000, customer_credit=-2_500, pending=0, cash=12_500)


async def test_without_a_stored_method_there_is_no_hold_and_no_check(case: Case) -> None:
    case.payment = replace(case.payment, payment_method_id=None)
    await case.reserve()
    assert await case.holders() == []
    await case.run(case.allocations.flag_method_for_check)
    await case.run(case.allocations.apply)
    assert await case.books() == Books(receivable=10_000, customer_credit=0, pending=0, cash=10_000)


async def test_a_flagged_method_is_checked_soon(case: Case, card: Json) -> None:
    async def next_check() -> datetime:
        found: datetime = await case.sql.fetchval(
            "SELECT next_check_at FROM payment_methods WHERE id = $1", UUID(card["id"])
        )
        return found

    assert await next_check() > datetime.now(UTC)
    await case.run(case.allocations.flag_method_for_check)
    assert await next_check() <= datetime.now(UTC)


async def test_closed_books_refuse_reservations_and_post_earlier_ones_today(case: Case) -> None:
    clock, parts = MovableClock(), case.services
    repository = LedgerRepository(parts.database)
    core = replace(parts.core, clock=clock)
    ledger = Ledger(core, repository, closed_through=case.payment.received_on)
    closed = Allocations(core, parts.invoices, ledger, parts.payment_methods, used_credits(parts), parts.deposits)
    with pytest.raises(BooksClosedError):
        await case.reserve(closed)
    assert await case.invoices() == UNTOUCHED
    await case.reserve()
    await case.run(closed.apply)
    posted_on = await case.sql.fetchval(
        "SELECT effective_on FROM ledger_entries WHERE account_id = $1 AND document_id = $2",
        case.payment.account_id,
        case.payment.id,
    )
    assert posted_on == clock.today()
