"""A late charge counts as given back when it holds no money any more, whatever happens meanwhile."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest

from billing_api.config import Settings
from billing_api.kit.idempotency import IdempotentReplay
from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, new_key, pay, store_bank_account, store_card
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.rewriting import GatewayResponse, rewriting
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import EVERYTHING, Books, BooksOf, order_of, request_of
from tests.payments.late import charged_late, fail, fail_by_absence, pause, state_of

pytestmark = pytest.mark.usefixtures("nothing_else_due")


@dataclass(frozen=True)
class Transfer:
    """A payment by bank transfer, with two transactions of the gateway."""

    payment_id: UUID
    own_id: str
    surplus_id: str


def refunds_of(sandbox: Sandbox, transaction_id: str) -> list[Json]:
    return [one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == transaction_id]


async def test_a_refused_void_gives_nothing_back(
    settings: Settings, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later
) -> None:
    """The refusal shows the transaction as it stands."""
    payment_id = await fail(portal, sandbox, later, card, token, invoice)
    assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
    transaction_id = await charged_late(sandbox, payment_id, token)
    later.clock.forward(hours=1)
    await later.services.payment_checks.resolve_due(EVERYTHING)
    shown = b""

    def refuse(method: str, path: str, _body: bytes, response: GatewayResponse) -> GatewayResponse:
        nonlocal shown
        if method == "GET" and path.endswith(transaction_id):
            shown = response[1].partition(b"?>")[2]
        if not path.endswith("/void"):
            return response
        refusal = b"<errors><errors type='array'/></errors><params/><message>Processor declined the void</message>"
        return 422, b"<api-error-response>" + refusal + shown + b"</api-error-response>"

    sandbox.fault("status", status=503, match={"path": f"^/transactions/{transaction_id}/void$"}, times=2)
    async with (
        rewriting(sandbox.port) as between,
        open_services(settings.model_copy(update={"gateway_port": between.port}), later.clock) as far,
    ):
        between.response = refuse
        for _ in range(2):
            assert await far.payment_checks.resolve_due(EVERYTHING) == {"failed": 1}
            assert await state_of(portal, payment_id) == "cancelling"
            later.clock.forward(minutes=6)
        sandbox.control("POST", f"/transactions/{transaction_id}/settle")
        assert await far.payment_checks.resolve_due(EVERYTHING) == {"final": 1}
    assert await state_of(portal, payment_id) == "cancelled"
    (refund,) = refunds_of(sandbox, transaction_id)
    assert refund["amount"] == "100.00"


def keep(sandbox: Sandbox, transaction_id: str) -> str:
    """Make every return of the charge fail; return the fault's id."""
    return sandbox.fault("status", status=503, match={"path": f"^/transactions/{transaction_id}/"}, times=100)


def let_go(sandbox: Sandbox, fault: str) -> None:
    sandbox.control("DELETE", f"/faults/{fault}")


@pytest.mark.parametrize("status", [429, 422], ids=["not sent", "declined"])
async def test_a_failed_request_does_not_forget_a_late_charge(
    settings: Settings,
    portal: Portal,
    sandbox: Sandbox,
    card: Json,
    token: str,
    invoice: UUID,
    later: Later,
    status: int,
) -> None:
    """The request was sent late and took no money; the charge came from another delivery of it."""

    def end(method: str, path: str, _body: bytes, response: GatewayResponse) -> GatewayResponse:
        return (status, response[1]) if method == "POST" and path.endswith("/transactions") else response

    once = request_of()
    async with (
        rewriting(sandbox.port) as between,
        open_services(settings.model_copy(update={"gateway_port": between.port}), later.clock) as far,
        holding(sandbox, path="^/transactions$", body=token) as held,
    ):
        between.response = end
        request = asyncio.create_task(far.payments.pay(portal.account_id, order_of(card, invoice), once))
        await held.by(request)
        (row,) = (await portal.get("/v1/payments?status=submitting")).json()["data"]
        payment_id = UUID(row["id"])
        await fail_by_absence(later, portal, payment_id)
        other_card = await store_card(portal)
        assert (await pay(portal, other_card, invoice)).status_code == 201
        fault = keep(sandbox, await charged_late(sandbox, payment_id, token))
        assert (await later.services.payment_checks.resolve(portal.account_id, payment_id)).status == "cancelling"
        assert (await later.services.payment_checks.resolve_due(EVERYTHING)) == {"failed": 1}
        await asyncio.to_thread(sandbox.gateway().payment_method.delete, token)  # so that the request is refused
        await held.release()
        assert (await request).status == "cancelling"
        with pytest.raises(IdempotentReplay) as again:
            await far.payments.pay(portal.account_id, order_of(card, invoice), once)
    assert again.value.result.outcome == "accepted"
    let_go(sandbox, fault)
    later.clock.forward(minutes=6)
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"final": 1}
    (sale,) = sandbox.transactions(order_id=str(payment_id))
    assert (await state_of(portal, payment_id), sale["status"]) == ("cancelled", "voided")


async def test_a_payment_that_takes_its_own_sale_still_gives_the_late_charge_back(
    services: Services,
    portal: Portal,
    sandbox: Sandbox,
    card: Json,
    token: str,
    invoice: UUID,
    later: Later,
    books_of: BooksOf,
) -> None:
    """Its invoice is payable again when its own request arrives, while the late charge still holds money."""
    account = await store_bank_account(portal)
    async with holding(sandbox, path="^/transactions$", body=token) as held:
        paused = await pause(held, portal, card, invoice, new_key())
        await fail_by_absence(later, portal, paused.payment_id)
        transfer = (await pay(portal, account, invoice)).json()
        assert transfer["status"] == "processing"
        fault = keep(sandbox, await charged_late(sandbox, paused.payment_id, token))
        assert (
            await later.services.payment_checks.resolve(portal.account_id, paused.payment_id)
        ).status == "cancelling"
        (sale,) = sandbox.transactions(order_id=transfer["id"])
        sandbox.control("POST", f"/transactions/{sale['id']}/return", {"code": "R01"})
        assert (
            await later.services.payment_checks.resolve(portal.account_id, UUID(transfer["id"]))
        ).status == "returned"
        response = await paused.go_on()
    assert (response.status_code, response.json()["status"]) == (201, "succeeded")
    let_go(sandbox, fault)
    later.clock.forward(minutes=6)
    await later.services.payment_checks.resolve_due(EVERYTHING)
    statuses = sorted(one["status"] for one in sandbox.transactions(order_id=str(paused.payment_id)))
    assert statuses == ["submitted_for_settlement", "voided"]
    assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
    later.clock.forward(days=1)
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == {}


class TestSurplusOfATransfer:
    """Of two bank transfers under one order id, one is the payment's and the other must be given back."""

    @pytest.fixture
    async def transfer(self, portal: Portal, sandbox: Sandbox, invoice: UUID, later: Later, sql: Sql) -> Transfer:
        """Two transfers of 100 dollars, of which the payment knows only its own; the other has settled."""
        payment = (await pay(portal, await store_bank_account(portal), invoice)).json()
        (own,) = sandbox.transactions(order_id=payment["id"])
        payment_id = UUID(payment["id"])
        token = await sql.fetchval("SELECT method_token FROM payments WHERE id = $1", payment_id)
        surplus_id = await charged_late(sandbox, payment_id, token, merchant="us_bank_merchant_account", settled=True)
        return Transfer(payment_id, own["id"], surplus_id)

    @pytest.mark.parametrize(("end", "state"), [("settle", "succeeded"), ("return", "returned")])
    async def test_the_payment_ends_while_the_surplus_can_not_be_given_back(
        self, portal: Portal, sandbox: Sandbox, transfer: Transfer, later: Later, end: str, state: str
    ) -> None:
        fault = keep(sandbox, transfer.surplus_id)
        later.clock.forward(days=1, minutes=1)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        sandbox.control("POST", f"/transactions/{transfer.own_id}/{end}", {"code": "R01"} if end == "return" else None)
        later.clock.forward(days=1)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, transfer.payment_id) == state
        let_go(sandbox, fault)
        later.clock.forward(minutes=6)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert [one["refunded_transaction_id"] for one in refunds_of(sandbox, transfer.surplus_id)] == [
            transfer.surplus_id
        ]
        assert await state_of(portal, transfer.payment_id) == state

    async def test_a_refunded_surplus_is_not_taken_when_the_payments_own_is_returned(
        self, portal: Portal, sandbox: Sandbox, transfer: Transfer, later: Later
    ) -> None:
        """At the gateway the refunded transfer still has the status settled."""
        later.clock.forward(days=1, minutes=1)
        for _ in range(2):
            await later.services.payment_checks.resolve_due(EVERYTHING)
        assert len(refunds_of(sandbox, transfer.surplus_id)) == 1
        sandbox.control("POST", f"/transactions/{transfer.own_id}/return", {"code": "R01"})
        later.clock.forward(days=1)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, transfer.payment_id) == "returned"
