"""SIGKILL at each point of a payment; a new process finds the outcome: one sale at most, and nothing is lost."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import httpx
import pytest

from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.db.errors import OutcomeUnknownError
from billing_api.gateway_webhooks.applying import ApplyNotices
from billing_api.gateway_webhooks.service import APPLY
from billing_api.jobs.callbacks import JobCallbacks
from billing_api.jobs.repository import Queue
from billing_api.jobs.running import Attempts, BoundTask
from billing_api.payments.schemas import PaymentQuery
from braintree_sandbox.testing import Sandbox
from tests.db.wire import Wire
from tests.factories.clock import MovableClock
from tests.factories.payments import Json, new_key, store_bank_account
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.post import leave_out_jobs
from tests.fixtures.queries import Sql
from tests.fixtures.services import open_services
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import looks
from tests.gateway_webhooks.conftest import Inbox, notice, send
from tests.payments import crashing
from tests.payments.conftest import order_of, request_of
from tests.payments.scene import Scene

pytestmark = pytest.mark.slow
_SALE = "^/transactions$"


@pytest.fixture
def scene(
    settings: Settings,
    sandbox: Sandbox,
    later: Later,
    sql: Sql,
    portal: Portal,
    invoice: UUID,
    card: Json,
    token: str,
) -> Scene:
    """An invoice that is paid by card."""
    return Scene(settings, sandbox, later, sql, portal, invoice, card, token, new_key())


@pytest.fixture
async def inbox(settings: Settings, sql: Sql) -> AsyncIterator[Inbox]:
    """A worker of the inbox, without the jobs of earlier tests."""
    await leave_out_jobs(sql)
    clock = MovableClock()
    clock.forward(minutes=1)  # past what the test is about to do
    async with open_parts(settings, clock) as parts:
        yield Inbox(parts, clock)


@pytest.fixture
def wire(settings: Settings) -> Iterator[Wire]:
    """A wire to the worker's database, in a folder with a short name."""
    with TemporaryDirectory(prefix="wire-") as folder:
        yield Wire(settings.database_url, Path(folder))


class TestRequest:
    async def test_after_the_keys_insert_nothing_is_written(self, scene: Scene) -> None:
        await scene.pay_and_die("the key's insert")
        assert await scene.sql.fetch("SELECT FROM payments WHERE account_id = $1", scene.portal.account_id) == []
        assert (await scene.pay(scene.portal)).status_code == 201
        await scene.assert_paid_once()

    async def test_after_transaction_one_nothing_is_charged_and_the_invoice_is_free_again(self, scene: Scene) -> None:
        await scene.pay_and_die("transaction one")
        assert (await scene.payment())[1] == "submitting"
        assert (await scene.pay(scene.portal)).status_code == 409  # in flight, as far as anybody knows
        await scene.look_up(10, 60)
        await scene.assert_repeat_is(503, "payment_not_sent")
        assert await scene.transactions() == []
        assert (await scene.pay(scene.portal, new_key())).status_code == 201
        await scene.assert_paid_once()

    async def test_while_the_gateway_responds(self, scene: Scene) -> None:
        """The gateway makes the sale after the process that sent it was killed."""
        async with (
            scene.serve() as program,
            holding(scene.sandbox, commit=True, path=_SALE, body=scene.token) as held,
        ):
            request = asyncio.ensure_future(scene.pay(program.client))
            await held.by(request)
            program.process.kill()
            with pytest.raises(httpx.TransportError):
                await request
        assert (await scene.payment())[1] == "submitting"
        await scene.look_up(6)
        await scene.assert_repeat_is(201)
        await scene.assert_paid_once()

    @pytest.mark.parametrize(
        ("dies_after", "left_as"),
        [
            ("the response is read", "submitting"),
            ("the outcome is written and not committed", "submitting"),
            ("transaction two", "succeeded"),
        ],
    )
    async def test_after_the_sale_it_is_found_and_recorded_once(
        self, scene: Scene, dies_after: str, left_as: str
    ) -> None:
        await scene.pay_and_die(dies_after)
        assert (await scene.payment())[1] == left_as
        await scene.look_up(6, 0)
        await scene.assert_repeat_is(201)
        await scene.assert_paid_once()


class TestNonce:
    """A card that pays by its nonce, and is stored with its sale."""

    async def test_after_transaction_one_nothing_is_charged_or_stored_and_the_nonce_is_still_good(
        self, scene: Scene
    ) -> None:
        by_nonce = paid_by_nonce(scene)
        await by_nonce.pay_and_die("transaction one")
        assert (await by_nonce.payment())[1] == "submitting"
        await by_nonce.look_up(10, 60)
        await by_nonce.assert_repeat_is(503, "payment_not_sent")
        assert (await by_nonce.transactions(), await stored_cards(scene)) == ([], 1)
        assert (await by_nonce.pay(scene.portal, new_key())).status_code == 201
        await by_nonce.assert_paid_once()
        assert await stored_cards(scene) == 2

    async def test_while_the_gateway_responds(self, scene: Scene) -> None:
        """The sale is made and the card stored there, and nothing reads the response."""
        by_nonce = paid_by_nonce(scene)
        async with (
            by_nonce.serve() as program,
            holding(scene.sandbox, commit=True, path=_SALE, body=by_nonce.token) as held,
        ):
            request = asyncio.ensure_future(by_nonce.pay(program.client))
            await held.by(request)
            program.process.kill()
            with pytest.raises(httpx.TransportError):
                await request
        await self.assert_found_once(by_nonce, left_as="submitting")

    @pytest.mark.parametrize(
        ("dies_after", "left_as"),
        [
            ("the response is read", "submitting"),
            ("the outcome is written and not committed", "submitting"),
            ("transaction two", "succeeded"),
        ],
    )
    async def test_after_the_sale_it_and_its_card_are_found_once(
        self, scene: Scene, dies_after: str, left_as: str
    ) -> None:
        by_nonce = paid_by_nonce(scene)
        await by_nonce.pay_and_die(dies_after)
        await self.assert_found_once(by_nonce, left_as=left_as)

    async def assert_found_once(self, scene: Scene, *, left_as: str) -> None:
        assert (await scene.payment())[1] == left_as
        await scene.look_up(6, 0)
        await scene.assert_repeat_is(201)
        await scene.assert_paid_once()
        assert await stored_cards(scene) == 2


def paid_by_nonce(scene: Scene) -> Scene:
    """The scene with a card that is typed and to be stored."""
    nonce = scene.sandbox.card_nonce()
    return replace(scene, method={"type": "card", "nonce": nonce, "store": True}, token=nonce)


async def stored_cards(scene: Scene) -> int:
    """The number of the account's stored cards, at the gateway and here."""
    listed = (await scene.portal.get("/v1/payment-methods")).json()["data"]
    customer_id = await scene.sql.fetchval(
        "SELECT customer_id FROM gateway_customers WHERE account_id = $1", scene.portal.account_id
    )
    customer = await asyncio.to_thread(scene.sandbox.gateway().customer.find, customer_id)
    assert len(listed) == len(customer.payment_methods)
    return len(listed)


class TestReconciler:
    async def test_one_dies_in_the_middle_of_its_update_and_two_at_once_record_it_once(self, scene: Scene) -> None:
        scene.sandbox.fault("drop", commit=True, match={"path": _SALE, "body": scene.token})
        payment_id = UUID((await scene.pay(scene.portal)).json()["id"])
        who = (scene.portal.account_id, payment_id)
        first = crashing.start(crashing.check, scene.settings, "the outcome is written and not committed", *who)
        await asyncio.to_thread(first.join)
        assert first.exitcode == -signal.SIGKILL
        assert await scene.payment() == (payment_id, "unknown")
        held = scene.sandbox.fault("hold", times=2, match={"path": "search_ids", "body": str(payment_id)})
        both = [crashing.start(crashing.check, scene.settings, None, *who) for _ in range(2)]
        await asyncio.to_thread(scene.sandbox.wait_for_hit, held, hits=2)
        await asyncio.to_thread(scene.sandbox.release, held)
        for one in both:
            await asyncio.to_thread(one.join)
        assert [one.exitcode for one in both] == [0, 0]
        assert await scene.payment() == (payment_id, "succeeded")
        await scene.assert_paid_once()


class TestLostCommit:
    """The connection to the database is lost during a commit: it was made, and its response never comes."""

    async def test_of_transaction_two_it_is_recorded_once_and_the_response_is_a_201(
        self, scene: Scene, wire: Wire
    ) -> None:
        through = scene.settings.model_copy(update={"database_url": wire.url})
        async with wire.open(), open_services(through) as services:
            async with holding(scene.sandbox, commit=True, path=_SALE, body=scene.token) as held:
                order = order_of(scene.method, scene.invoice)
                request = asyncio.ensure_future(services.payments.pay(scene.portal.account_id, order, request_of()))
                await held.by(request)
                wire.swallow_response_to, wire.swallows = b"COMMIT", 1
            assert (await request).status == "succeeded"
        assert wire.swallows == 0
        await scene.assert_paid_once()

    async def test_of_transaction_one_nothing_is_charged_and_the_invoice_is_free_again(
        self, scene: Scene, wire: Wire
    ) -> None:
        through = scene.settings.model_copy(update={"database_url": wire.url})
        async with wire.open(), open_services(through) as services:
            await services.payments.list(scene.portal.account_id, PaymentQuery())
            wire.swallow_response_to, wire.swallows = b"COMMIT", 1
            with pytest.raises(OutcomeUnknownError):
                await services.payments.pay(
                    scene.portal.account_id, order_of(scene.method, scene.invoice), request_of()
                )
        for _ in looks("the server makes the commit whose response is lost"):
            if await scene.sql.fetch("SELECT FROM payments WHERE account_id = $1", scene.portal.account_id):
                break
        await scene.look_up(10, 60)
        assert (await scene.payment())[1] == "failed"
        assert await scene.transactions() == []
        assert (await scene.pay(scene.portal)).status_code == 201
        await scene.assert_paid_once()


class TestWebhook:
    async def test_kept_and_applied_once_though_the_api_and_a_worker_die(self, scene: Scene, inbox: Inbox) -> None:
        bank = replace(scene, method=await store_bank_account(scene.portal))
        await bank.pay(bank.portal)
        (transfer,) = await bank.transactions()
        bank.sandbox.control("POST", f"/transactions/{transfer['id']}/settle")
        form = notice(bank.sandbox, "transaction_settled", transfer["id"])
        async with bank.serve("the webhook is kept") as program:
            with pytest.raises(httpx.TransportError):
                await send(program.client, form)
            assert await program.ended() == -signal.SIGKILL
        assert (await send(bank.portal, form)).status_code == 204  # the gateway repeats it
        dies_after = "the webhook is applied and its job not ended"
        worker = crashing.start(crashing.apply_webhooks, bank.settings, dies_after)
        await asyncio.to_thread(worker.join)
        assert worker.exitcode == -signal.SIGKILL
        attempts = Attempts(inbox.parts[Queue], inbox.parts[JobCallbacks])
        bound = {APPLY.name: BoundTask(APPLY, inbox.parts[ApplyNotices].apply)}
        assert await attempts.take_back(bound) == 1
        assert await inbox.work() == ["done"]
        await bank.assert_paid_once()

    async def test_before_the_response_to_the_sale_it_is_recorded_once(self, scene: Scene, inbox: Inbox) -> None:
        async with holding(scene.sandbox, commit=True, path=_SALE, body=scene.token) as held:
            request = asyncio.ensure_future(scene.pay(scene.portal))
            await held.by(request)
            (sale,) = await scene.transactions()
            scene.sandbox.control("POST", f"/transactions/{sale['id']}/settle")
            await send(scene.portal, notice(scene.sandbox, "transaction_settled", sale["id"]))
            assert await inbox.work() == ["done"]
            assert (await scene.payment())[1] == "succeeded"
        response = await request
        assert (response.status_code, response.json()["status"]) == (201, "succeeded")
        await scene.assert_paid_once()


class TestSigterm:
    async def test_the_service_waits_for_the_sale_and_responds(self, scene: Scene) -> None:
        async with scene.serve() as program:
            async with holding(scene.sandbox, commit=True, path=_SALE, body=scene.token) as held:
                request = asyncio.ensure_future(scene.pay(program.client))
                await held.by(request)
                program.process.terminate()
                await stops_listening(program.client)
                assert not request.done()
            assert (await request).status_code == 201
            assert await program.ended() == -signal.SIGTERM  # uvicorn ends by the signal, once all is done
        await scene.assert_paid_once()

    async def test_it_waits_no_longer_than_the_gateways_time_out_and_the_sale_is_found_later(
        self, scene: Scene
    ) -> None:
        async with (
            holding(scene.sandbox, commit=True, path=_SALE, body=scene.token) as held,
            scene.serve(GATEWAY_TIMEOUT_SECONDS="5") as program,
        ):
            request = asyncio.ensure_future(scene.pay(program.client))
            await held.by(request)
            program.process.terminate()
            response = await request
            assert (response.status_code, response.json()["status"]) == (202, "unknown")
            assert await program.ended() == -signal.SIGTERM  # uvicorn ends by the signal, once all is done
        await scene.look_up(6)
        await scene.assert_repeat_is(201)
        await scene.assert_paid_once()


async def stops_listening(client: httpx.AsyncClient) -> None:
    """Wait until the server takes no new connections."""
    for _ in looks("the server stops listening"):
        try:
            _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        except OSError:
            return
        writer.close()
        await writer.wait_closed()
