"""Webhooks of transactions: late, twice, lost, forged or out of order, the payment ends as it stands at the gateway."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import pytest

from billing_api.gateway_webhooks.service import APPLY
from billing_api.jobs.errors import TryAgainError
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, pay, store_bank_account, store_card
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.gateway_webhooks.conftest import Inbox, attempts_about, notice, send
from tests.payments.buying import assert_books_add_up, entries_of
from tests.refunds.conftest import charge_of, refund, refunds_at, settle

SETTLED, DECLINED = "transaction_settled", "transaction_settlement_declined"


class Transfer:
    """A bank transfer of 100 dollars, ours and the gateway's."""

    def __init__(self, portal: Portal, sandbox: Sandbox, sql: Sql, payment: Json, transaction_id: str) -> None:
        self._portal = portal
        self._sandbox = sandbox
        self._sql = sql
        self.id = UUID(payment["id"])
        self.transaction_id = transaction_id

    def settle(self) -> None:
        self._sandbox.control("POST", f"/transactions/{self.transaction_id}/settle")

    def come_back(self, code: str = "R01") -> None:
        self._sandbox.control("POST", f"/transactions/{self.transaction_id}/return", {"code": code})

    def notice(self, kind: str) -> dict[str, str]:
        return notice(self._sandbox, kind, self.transaction_id)

    async def read(self) -> Json:
        payment: Json = (await self._portal.get(f"/v1/payments/{self.id}")).json()
        return payment

    async def status(self) -> str:
        return str((await self.read())["status"])

    async def invoice(self) -> Json:
        invoice_id = (await self.read())["allocations"][0]["invoice_id"]
        invoice: Json = (await self._portal.get(f"/v1/invoices/{invoice_id}")).json()
        return invoice

    async def entries(self) -> list[str]:
        return [kind for kind, *_ in await entries_of(self._sql, self._portal.account_id)]

    async def events(self) -> list[str]:
        rows = await self._sql.fetch("SELECT kind FROM outbox_events WHERE subject_id = $1 ORDER BY id", self.id)
        return [row["kind"] for row in rows]


Start = Callable[[], Awaitable[Transfer]]


@pytest.fixture
def start(services: Services, portal: Portal, sandbox: Sandbox, sql: Sql) -> Start:
    """Begin a bank transfer of 100 dollars."""

    async def begin() -> Transfer:
        account = await store_bank_account(portal)
        payment = (await pay(portal, account, await post_invoice(services, portal.account_id, 10_000))).json()
        assert payment["status"] == "processing"
        transaction_id = await sql.fetchval(
            "SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(payment["id"])
        )
        return Transfer(portal, sandbox, sql, payment, transaction_id)

    return begin


class TestWebhooks:
    async def test_a_transfer_succeeds_when_it_settles(
        self, client: httpx.AsyncClient, inbox: Inbox, start: Start
    ) -> None:
        transfer = await start()
        transfer.settle()
        await send(client, transfer.notice(SETTLED))
        assert await inbox.work() == ["done"]
        assert await transfer.status() == "succeeded"
        assert (await transfer.invoice())["status"] == "paid"

    async def test_a_return_before_settlement(
        self, client: httpx.AsyncClient, inbox: Inbox, start: Start, portal: Portal, sql: Sql
    ) -> None:
        transfer = await start()
        transfer.come_back("R02")
        await send(client, transfer.notice(DECLINED))
        assert await inbox.work() == ["done"]
        payment = await transfer.read()
        assert (payment["status"], payment["decline"]["code"]) == ("returned", "R02")
        assert (await transfer.invoice())["amount_due"] == 10_000
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_return_after_settlement_that_is_said_twice_and_late_is_recorded_once(
        self, client: httpx.AsyncClient, inbox: Inbox, start: Start, portal: Portal, sql: Sql
    ) -> None:
        transfer = await start()
        transfer.settle()
        settled = transfer.notice(SETTLED)
        await send(client, settled)
        await inbox.work()
        transfer.come_back("R10")
        returned = transfer.notice(DECLINED)
        for form in (returned, returned, settled):
            await send(client, form)
        assert await inbox.work() == ["done"]
        payment = await transfer.read()
        assert (payment["status"], payment["decline"]["code"]) == ("returned", "R10")
        assert payment["decline"]["retry_may_help"] is False
        invoice = await transfer.invoice()
        assert (invoice["status"], invoice["amount_due"], invoice["paid"]) == ("open", 10_000, 0)
        assert await transfer.entries() == ["payment", "return"]
        assert await transfer.events() == ["payment.processing", "payment.succeeded", "payment.returned"]
        await assert_books_add_up(sql, portal.account_id)

    async def test_the_return_overtakes_the_settlement(
        self, client: httpx.AsyncClient, inbox: Inbox, start: Start, portal: Portal, sql: Sql
    ) -> None:
        transfer = await start()
        transfer.settle()
        settled = transfer.notice(SETTLED)
        transfer.come_back()
        await send(client, transfer.notice(DECLINED))
        assert await inbox.work() == ["done"]
        await send(client, settled)
        assert await inbox.work() == ["done"]
        assert await transfer.status() == "returned"
        assert "succeeded" not in " ".join(await transfer.events())
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_code_that_only_the_webhook_has_is_believed(
        self, client: httpx.AsyncClient, inbox: Inbox, start: Start, sql: Sql
    ) -> None:
        """As Braintree has it: the transaction itself stays `settled`, without a code."""
        transfer = await start()
        transfer.settle()
        await send(client, transfer.notice(SETTLED))
        await inbox.work()
        await send(client, transfer.notice(DECLINED))
        await sql.execute(
            "UPDATE gateway_notices SET return_code = 'R29' WHERE subject_id = $1 AND applied_at IS NULL",
            transfer.transaction_id,
        )
        assert await inbox.work() == ["done"]
        assert (await transfer.read())["decline"]["code"] == "R29"

    async def test_a_refusal_that_the_gateway_does_not_confirm_changes_nothing(
        self, client: httpx.AsyncClient, inbox: Inbox, start: Start
    ) -> None:
        transfer = await start()
        transfer.settle()
        await send(client, transfer.notice(DECLINED))
        assert await inbox.work() == ["done"]
        assert await transfer.status() == "succeeded"

    async def test_two_workers_record_a_return_once(
        self, client: httpx.AsyncClient, inbox: Inbox, start: Start, portal: Portal, sql: Sql
    ) -> None:
        transfer = await start()
        transfer.settle()
        await send(client, transfer.notice(SETTLED))
        await inbox.work()
        transfer.come_back()
        first, second = transfer.notice(DECLINED), transfer.notice("transaction_disbursed")
        for form in (first, second):
            await send(client, form)
        # The jobs are the same work for the same payment.
        of_both = await asyncio.gather(inbox.work(), inbox.work())
        assert [*of_both[0], *of_both[1]] == ["done", "done"]
        assert await transfer.entries() == ["payment", "return"]
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_card_that_is_refused_at_settlement(
        self, client: httpx.AsyncClient, inbox: Inbox, services: Services, portal: Portal, sandbox: Sandbox, sql: Sql
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 400_100)
        payment = (await pay(portal, await store_card(portal), invoice)).json()
        assert payment["status"] == "succeeded"
        transaction_id = await sql.fetchval(
            "SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(payment["id"])
        )
        sandbox.control("POST", f"/transactions/{transaction_id}/settle")
        await send(client, notice(sandbox, DECLINED, transaction_id))
        assert await inbox.work() == ["done"]
        payment = (await portal.get(f"/v1/payments/{payment['id']}")).json()
        assert (payment["status"], payment["decline"]["code"]) == ("returned", "4001")
        await assert_books_add_up(sql, portal.account_id)

    async def test_refunds_that_wait_for_settlement_are_sent_when_it_comes(
        self,
        client: httpx.AsyncClient,
        inbox: Inbox,
        services: Services,
        partner: Partner,
        portal: Portal,
        sandbox: Sandbox,
        sql: Sql,
    ) -> None:
        """Those of this charge alone, and not before it has settled."""
        card = await store_card(portal)
        one, other = [
            (await pay(portal, card, await post_invoice(services, portal.account_id, 10_000))).json() for _ in range(2)
        ]
        for payment, part in ((one, 4_000), (one, 1_000), (other, 4_000)):
            made = (await refund(partner, portal, payment, {"type": "amount", "amount": part})).json()
            assert made["status"] == "waiting_for_settlement"
        charge_id, _ = await charge_of(sql, one), await settle(sandbox, sql, other)
        await send(client, notice(sandbox, "transaction_retried", charge_id))
        assert await inbox.work() == ["done"]
        assert refunds_at(sandbox, charge_id) == []
        await settle(sandbox, sql, one)
        await send(client, notice(sandbox, "transaction_disbursed", charge_id))
        assert await inbox.work() == ["done"]
        assert sorted(refunds_at(sandbox, charge_id)) == ["10.00", "40.00"]
        assert refunds_at(sandbox, await charge_of(sql, other)) == []
        of_one = (await portal.get(f"/v1/payments/{one['id']}/refunds")).json()["data"]
        assert [(made["status"], made["next_check_at"]) for made in of_one] == [("succeeded", None)] * 2
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_transaction_that_is_not_ours(
        self, client: httpx.AsyncClient, inbox: Inbox, sandbox: Sandbox
    ) -> None:
        sale = {
            "amount": "7.00",
            "payment_method_nonce": "fake-valid-nonce",
            "options": {"submit_for_settlement": True},
        }
        result = await asyncio.to_thread(sandbox.gateway().transaction.sale, sale)
        await send(client, notice(sandbox, SETTLED, result.transaction.id))
        assert await inbox.work() == ["done"]


class TestSweep:
    """No webhook comes at all."""

    async def test_a_return_after_settlement_is_found(
        self, inbox: Inbox, start: Start, services: Services, portal: Portal, sql: Sql
    ) -> None:
        transfer, untouched = await start(), await start()
        for one in (transfer, untouched):
            one.settle()
            await services.payment_checks.resolve(portal.account_id, one.id)
        transfer.come_back("R07")
        await inbox.sweep()
        assert ((await transfer.read())["decline"]["code"], await untouched.status()) == ("R07", "succeeded")
        assert await transfer.entries() == ["payment", "payment", "return"]
        await assert_books_add_up(sql, portal.account_id)
        assert await inbox.sweep() == []

    async def test_a_charge_that_was_voided_at_the_gateway_is_found(
        self, inbox: Inbox, services: Services, portal: Portal, sandbox: Sandbox, sql: Sql
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 10_000)
        payment = (await pay(portal, await store_card(portal), invoice)).json()
        transaction_id = await sql.fetchval(
            "SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(payment["id"])
        )
        await asyncio.to_thread(sandbox.gateway().transaction.void, transaction_id)
        await inbox.sweep()
        assert (await portal.get(f"/v1/payments/{payment['id']}")).json()["status"] == "cancelled"
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_card_that_was_refused_at_settlement_is_found(
        self, inbox: Inbox, services: Services, portal: Portal, sandbox: Sandbox, sql: Sql
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 400_100)
        payment = (await pay(portal, await store_card(portal), invoice)).json()
        transaction_id = await sql.fetchval(
            "SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(payment["id"])
        )
        sandbox.control("POST", f"/transactions/{transaction_id}/settle")
        await inbox.sweep()
        assert (await portal.get(f"/v1/payments/{payment['id']}")).json()["status"] == "returned"

    async def test_a_gateway_that_is_away_moves_no_watermark(self, inbox: Inbox, sandbox: Sandbox, sql: Sql) -> None:
        sandbox.fault("status", status=503, match={"path": "/transactions/advanced_search_ids", "body": "voided_at"})
        with pytest.raises(TryAgainError):
            await inbox.sweep()
        assert await sql.fetchval("SELECT count(*) FROM gateway_sweeps") == 0

    async def test_what_can_not_be_applied_is_tried_anew_each_day(
        self, inbox: Inbox, start: Start, services: Services, portal: Portal, sandbox: Sandbox, sql: Sql
    ) -> None:
        transfer = await start()
        transfer.settle()
        await services.payment_checks.resolve(portal.account_id, transfer.id)
        transfer.come_back()
        sandbox.fault("status", status=503, match={"method": "GET", "path": f"/transactions/{transfer.transaction_id}"})
        await inbox.sweep()
        assert await attempts_about(sql, transfer.transaction_id) == [("waiting", 1)]
        await sql.execute("UPDATE jobs SET state = 'held' WHERE state = 'waiting' AND task = $1", APPLY.name)
        await inbox.sweep()
        assert await transfer.status() == "succeeded"
        inbox.clock.forward(days=1)
        await inbox.sweep()
        assert await attempts_about(sql, transfer.transaction_id) == [("held", 1), ("done", 1)]
        assert await transfer.status() == "returned"
