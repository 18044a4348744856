"""A late charge is given back when it holds no money any more, and not before: whatever else happens meanwhile."""

from uuid import UUID

import pytest

from billing_api.bootstrap import Services, open_services
from billing_api.config import Settings
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, pay, store_card
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.rewriting import Answer, rewriting
from tests.fixtures.sandbox import Sandbox
from tests.fixtures.signed_in import Portal
from tests.payments.test_late_charges import EVERYTHING, charged_late, fail, state_of


@pytest.fixture(autouse=True)
async def _nothing_else_is_due(sql: Sql) -> None:
    """What earlier tests left under way is looked up some other year."""
    await sql.execute("UPDATE payments SET next_check_at = now() + interval '1 year' WHERE next_check_at IS NOT NULL")


@pytest.fixture
async def invoice(services: Services, portal: Portal) -> UUID:
    """100 dollars to pay."""
    return await post_invoice(services, portal.account_id, 10_000)


async def test_a_refused_void_gives_nothing_back(
    settings: Settings, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later
) -> None:
    """The refusal shows the transaction as it stands."""
    payment_id = await fail(portal, sandbox, later, card, token, invoice)
    assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
    transaction_id = await charged_late(sandbox, payment_id, token)
    later.clock.forward(hours=1)
    await later.services.payments.resolve_due(EVERYTHING)
    shown = b""

    def refuse(method: str, path: str, _body: bytes, answer: Answer) -> Answer:
        nonlocal shown
        if method == "GET" and path.endswith(transaction_id):
            shown = answer[1].partition(b"?>")[2]
        if not path.endswith("/void"):
            return answer
        refusal = b"<errors><errors type='array'/></errors><params/><message>Processor declined the void</message>"
        return 422, b"<api-error-response>" + refusal + shown + b"</api-error-response>"

    sandbox.fault("status", status=503, match={"path": f"^/transactions/{transaction_id}/void$"}, times=2)
    async with (
        rewriting(sandbox.port) as between,
        open_services(settings.model_copy(update={"gateway_port": between.port}), later.clock) as far,
    ):
        between.answer = refuse
        for _ in range(2):
            assert await far.payments.resolve_due(EVERYTHING) == {"failed": 1}
            assert await state_of(portal, payment_id) == "cancelling"
            later.clock.forward(minutes=6)
        sandbox.control("POST", f"/transactions/{transaction_id}/settle")
        assert await far.payments.resolve_due(EVERYTHING) == {"final": 1}
    assert await state_of(portal, payment_id) == "cancelled"
    (refund,) = (one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == transaction_id)
    assert refund["amount"] == "100.00"
