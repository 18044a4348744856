"""A charge is not sent when a search for it may have counted as an absence already."""

from datetime import UTC, datetime, timedelta

import pytest

from billing_api.config import Settings
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.charges import ChargeStatus
from billing_api.gateway.failures import GatewayUnavailableError
from billing_api.gateway.timing import QUIET_PERIOD, time_to_send
from billing_api.kit.clock import Clock
from braintree_sandbox.testing import Sandbox
from tests.fixtures.cable import Cable, cable_to
from tests.fixtures.waiting import looks
from tests.gateway.conftest import order

_TIMEOUT_SECONDS = Settings().gateway_timeout_seconds


async def test_an_order_is_sent_in_time_and_not_afterwards(
    gateway: BraintreeAdapter, card: str, sandbox: Sandbox
) -> None:
    margin, bound = timedelta(seconds=30), time_to_send(_TIMEOUT_SECONDS)
    in_time = order(card, written_at=datetime.now(UTC) - bound + margin)
    assert (await gateway.charge(in_time)).status is ChargeStatus.SUCCEEDED
    late = order(card, written_at=datetime.now(UTC) - bound - margin)
    with pytest.raises(GatewayUnavailableError):
        await gateway.charge(late)
    assert sandbox.transactions(order_id=late.order_id) == []


class AfterConnecting(Clock):
    """A clock on which minutes pass while a connection is made."""

    def __init__(self, cable: Cable) -> None:
        super().__init__()
        self._cable, self._before = cable, 0

    def begin(self) -> None:
        """Wait for another connection from now on."""
        self._before = self._cable.connections

    def now(self) -> datetime:
        """The time after the connection was made; it fails unless that is asked for afterwards."""
        for _ in looks("another connection is made"):
            if self._cable.connections > self._before:
                break
        return super().now() + QUIET_PERIOD


async def test_the_clock_is_read_when_the_connection_is_made(sandbox: Sandbox, card: str) -> None:
    """Looking a host up, connecting and TLS may take long."""
    async with cable_to(sandbox.port) as cable:
        clock = AfterConnecting(cable)
        adapter = BraintreeAdapter(Settings(gateway_port=cable.port, gateway_threads=1), clock)
        try:
            await adapter.check_accounts()
            await cable.cut()
            clock.begin()
            late = order(card)
            with pytest.raises(GatewayUnavailableError):
                await adapter.charge(late)
        finally:
            await adapter.close()
    assert sandbox.transactions(order_id=late.order_id) == []


def test_the_time_to_send_is_the_quiet_period_less_every_time_out() -> None:
    assert time_to_send(30) == QUIET_PERIOD - timedelta(seconds=30 + 5 + 10)


def test_time_outs_that_leave_no_time_end_the_start() -> None:
    patient = Settings().model_copy(update={"gateway_timeout_seconds": QUIET_PERIOD.total_seconds()})
    with pytest.raises(ValueError, match="GATEWAY_TIMEOUT_SECONDS leaves no time"):
        BraintreeAdapter(patient)
