"""How the adapter calls: never inside a transaction, in bounded threads, straight to a local gateway."""

import asyncio
import gc
from collections.abc import Iterator
from xml.dom import minidom

import pytest

from billing_api.config import Settings
from billing_api.db.transactions import OpenTransactionError
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.charges import ChargeStatus
from billing_api.gateway.failures import GatewayError, GatewayUnavailableError
from billing_api.gateway.port import Gateway
from braintree_sandbox.testing import Sandbox
from tests.fixtures.holding import holding
from tests.fixtures.services import Services
from tests.gateway.conftest import order


async def test_a_call_inside_a_transaction_is_refused(services: Services, gateway: Gateway) -> None:
    async def work() -> None:
        await gateway.client_token()

    with pytest.raises(OpenTransactionError, match="client_token"):
        await services.database.run(work)


async def test_a_call_that_finds_no_thread_is_given_up_before_it_is_sent(sandbox: Sandbox, card: str) -> None:
    adapter = BraintreeAdapter(Settings(gateway_port=sandbox.port, gateway_threads=1), wait_for_thread_seconds=0.05)
    slow, crowded_out = order(card), order(card)
    try:
        async with holding(sandbox, body=slow.order_id) as held:
            first = asyncio.create_task(adapter.charge(slow))
            await held.by(first)
            with pytest.raises(GatewayUnavailableError):
                await adapter.charge(crowded_out)
        assert (await first).status is ChargeStatus.SUCCEEDED
    finally:
        await adapter.close()
    assert sandbox.transactions(order_id=crowded_out.order_id) == []


async def test_a_cancelled_await_neither_cancels_the_charge_nor_frees_its_thread_early(
    sandbox: Sandbox, card: str
) -> None:
    adapter = BraintreeAdapter(Settings(gateway_port=sandbox.port, gateway_threads=1), wait_for_thread_seconds=0.05)
    abandoned = order(card)
    try:
        async with holding(sandbox, body=abandoned.order_id) as held:
            task = asyncio.create_task(adapter.charge(abandoned))
            await held.by(task)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(GatewayUnavailableError):
                await adapter.client_token()
    finally:
        await adapter.close()
    assert len(sandbox.transactions(order_id=abandoned.order_id)) == 1


async def test_many_calls_share_the_threads(gateway: BraintreeAdapter, card: str) -> None:
    charges = await asyncio.gather(*(gateway.charge(order(card, 1000 + n)) for n in range(30)))
    assert {charge.status for charge in charges} == {ChargeStatus.SUCCEEDED}


async def test_a_local_gateway_is_reached_past_any_proxy(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    adapter = BraintreeAdapter(Settings(gateway_port=sandbox.port))
    try:
        assert await adapter.client_token()
    finally:
        await adapter.close()


class TestLeftovers:
    """The SDK reads a response as a tree whose parts refer to each other: the garbage collector alone frees it."""

    @pytest.fixture
    def without_collections(self) -> Iterator[None]:
        """Let nothing but the adapter collect garbage."""
        gc.collect()
        gc.disable()
        yield
        gc.enable()

    @pytest.mark.usefixtures("without_collections")
    async def test_a_call_leaves_no_tree(self, gateway: BraintreeAdapter, card: str) -> None:
        """Dozens of trees, freed at once, would let every request wait."""
        await gateway.charge(order(card))
        assert [each for each in gc.get_objects() if isinstance(each, minidom.Document)] == []

    @pytest.mark.usefixtures("without_collections")
    async def test_a_call_that_fails_leaves_no_tree(self, gateway: BraintreeAdapter) -> None:
        """A refusal is a tree as well."""
        with pytest.raises(GatewayError):
            await gateway.charge(order("no-such-card"))
        assert [each for each in gc.get_objects() if isinstance(each, minidom.Document)] == []
