"""The first transaction of a payment: the intent and the reservations before the gateway is called."""

import json
from uuid import UUID

import pytest

from billing_api.gateway.charges import ChargeOrder
from billing_api.gateway.methods import MethodKind
from billing_api.kit.idempotency import IdempotentReplay, RequestInFlightError, StoredResult
from billing_api.kit.ids import new_id
from billing_api.payments.allocating import Allocations
from billing_api.payments.checking import FIRST_CHECK
from billing_api.payments.errors import QuoteStaleError
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.submitting import Submitter
from billing_api.payments.used_credits import UsedCredits
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import Books, BooksOf, order_of, request_of


@pytest.fixture
def submitter(later: Later) -> Submitter:
    """The first transaction alone, as if the process ended before the call to the gateway."""
    parts = later.services
    core = parts.core
    used_credits = UsedCredits(PaymentRepository(parts.database), parts.credit_memos, parts.deposits)
    allocations = Allocations(core, parts.invoices, parts.ledger, parts.payment_methods, used_credits, parts.deposits)
    return Submitter(
        core,
        PaymentRepository(parts.database),
        parts.payment_methods,
        parts.invoices,
        allocations,
        parts.request_details,
    )


@pytest.fixture
async def invoice(services: Services, portal: Portal) -> UUID:
    return await post_invoice(services, portal.account_id, 12_345, number="A-1")


async def test_the_payment_is_stored_and_reserved_as_ordered(
    submitter: Submitter,
    later: Later,
    portal: Portal,
    card: Json,
    token: str,
    invoice: UUID,
    sql: Sql,
    books_of: BooksOf,
) -> None:
    payment_id, now = new_id(), later.clock.now()
    attempt = await submitter.submit(portal.account_id, payment_id, order_of(card, invoice), request_of())
    assert attempt.order == ChargeOrder(
        order_id=str(payment_id),
        request_key=f"payment-{payment_id}",
        method_kind=MethodKind.CARD,
        token=token,
        amount=12_345,
        currency="USD",
        written_at=now,
    )
    row = await sql.fetchrow("SELECT * FROM payments WHERE account_id = $1 AND id = $2", portal.account_id, payment_id)
    assert row is not None
    assert {name: value for name, value in dict(row).items() if value not in {None, 0}} == {
        "account_id": portal.account_id,
        "id": payment_id,
        "number": "PMT-000001",
        "kind": "card",
        "state": "submitting",
        "currency": "USD",
        "amount": 12_345,
        "received_on": later.clock.today(),
        "payment_method_id": UUID(card["id"]),
        "method_brand": "Visa",
        "method_last4": "1881",
        "method_token": token,
        "order_id": str(payment_id),
        "next_check_at": now + FIRST_CHECK,
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }
    assert (attempt.payment.id, attempt.payment.status, attempt.payment.version) == (payment_id, "submitting", 1)
    assert [(part.invoice_id, part.invoice_number, part.amount) for part in attempt.payment.allocations] == [
        (invoice, "A-1", 12_345)
    ]
    order = await sql.fetchrow("SELECT account_id, payment_id FROM gateway_orders WHERE order_id = $1", str(payment_id))
    assert order is not None
    assert tuple(order) == (portal.account_id, payment_id)
    pending = await sql.fetchval("SELECT amount_pending FROM invoices WHERE id = $1", invoice)
    assert pending == 12_345
    assert await books_of(portal.account_id) == Books(receivable=12_345, customer_credit=0, pending=12_345, cash=0)
    detail = await sql.fetchval(
        "SELECT detail FROM audit_log WHERE account_id = $1 AND action = 'payment.submitted' AND subject_id = $2",
        portal.account_id,
        payment_id,
    )
    assert json.loads(detail) == {
        "number": "PMT-000001",
        "currency": "USD",
        "amount": 12_345,
        "payment_method_id": card["id"],
    }


async def test_a_repeat_waits_for_the_lease_and_then_gets_the_payment_that_is_open(
    submitter: Submitter, later: Later, portal: Portal, card: Json, invoice: UUID, sql: Sql
) -> None:
    """The repeat stores no second payment, reserves nothing and sends no order to the gateway."""
    wanted, once = order_of(card, invoice), request_of()
    attempt = await submitter.submit(portal.account_id, new_id(), wanted, once)
    with pytest.raises(RequestInFlightError):
        await submitter.submit(portal.account_id, new_id(), wanted, once)
    later.clock.forward(seconds=91)
    with pytest.raises(IdempotentReplay) as answered:
        await submitter.submit(portal.account_id, new_id(), wanted, once)
    assert answered.value.result == StoredResult("accepted", attempt.payment.model_dump_json())
    assert await sql.fetchval("SELECT count(*) FROM payments WHERE account_id = $1", portal.account_id) == 1


async def test_only_the_figures_that_were_shown_are_paid(
    submitter: Submitter, portal: Portal, card: Json, invoice: UUID, sql: Sql
) -> None:
    wanted = order_of(card, invoice)
    once = request_of()
    with pytest.raises(QuoteStaleError) as stale:
        await submitter.submit(
            portal.account_id, new_id(), wanted.model_copy(update={"quote_version": "of other figures"}), once
        )
    assert await sql.fetchval("SELECT count(*) FROM payments WHERE account_id = $1", portal.account_id) == 0
    fresh = stale.value.extensions["quote"]
    assert isinstance(fresh, dict)
    shown = wanted.model_copy(update={"quote_version": fresh["quote_version"]})
    assert (await submitter.submit(portal.account_id, new_id(), shown, once)).payment.amount == 12_345
