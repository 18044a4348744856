"""Programs of the service that kill themselves at a chosen point, each forked from one process that has loaded all."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from typing import Any
from uuid import UUID

from billing_api import server
from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.db.idempotency import IdempotencyKeys
from billing_api.gateway_webhooks.applying import ApplyNotices
from billing_api.gateway_webhooks.service import APPLY, GatewayWebhooks
from billing_api.jobs.callbacks import JobCallbacks
from billing_api.jobs.repository import Queue
from billing_api.jobs.running import Attempts, BoundTask
from billing_api.payments.charging import Charging
from billing_api.payments.noticing import NoticedTransactions
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.recording import Recorder
from billing_api.payments.submitting import Submitter
from tests.factories.clock import MovableClock
from tests.fixtures.processes import die_with_parent

_forking = get_context("forkserver")
_forking.set_forkserver_preload(["tests.payments.crashing"])
# After the call of each, the process is killed.
_POINTS: dict[str, tuple[type, str]] = {
    "the key's insert": (IdempotencyKeys, "claim"),
    "transaction one": (Submitter, "submit"),
    "the response is read": (Charging, "_send"),
    "the outcome is written and not committed": (Recorder, "_record_with_surplus"),
    "transaction two": (Recorder, "record"),
    "the webhook is kept": (GatewayWebhooks, "receive"),
    "the webhook is applied and its job not ended": (NoticedTransactions, "check"),
}


def start(program: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    """Start a program of this module; it dies with this process."""
    process = _forking.Process(target=program, args=arguments, daemon=True)
    process.start()
    return process


def serve(variables: dict[str, str], dies_after: str | None) -> None:
    """`billing-api serve` with these settings."""
    _begin(dies_after)
    os.environ.update(variables)
    server.run(Settings(), workers=1)


def check(settings: Settings, dies_after: str | None, account_id: UUID, payment_id: UUID) -> None:
    """Look a payment up at the gateway, as the worker does once it is due."""
    _begin(dies_after)

    async def run() -> None:
        clock = MovableClock()
        clock.forward(minutes=6)
        async with open_parts(settings, clock) as parts:
            await parts[PaymentChecks].resolve(account_id, payment_id)

    asyncio.run(run())


def apply_webhooks(settings: Settings, dies_after: str | None) -> None:
    """Apply the webhooks that were kept, as a worker does whose lease lapses when it dies."""
    _begin(dies_after)

    async def run() -> None:
        async with open_parts(settings) as parts:
            attempts, bound = Attempts(parts[Queue], parts[JobCallbacks]), BoundTask(APPLY, parts[ApplyNotices].apply)
            started = await parts[Queue].start(
                [APPLY.name], limit=50, is_idle=True, lease=timedelta(), worker="crashing"
            )
            for job in started:
                await attempts.run(job, bound)

    asyncio.run(run())


def _begin(dies_after: str | None) -> None:
    die_with_parent()
    if dies_after is None:
        return
    owner, name = _POINTS[dies_after]
    original = getattr(owner, name)

    async def fatal(*arguments: Any, **named: Any) -> None:
        await original(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, fatal)
