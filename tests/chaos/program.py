"""The API and the worker as programs whose clock is moved by a file, each forked from a process that has loaded all.

So a part that is killed is back in a moment, also on a busy machine.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import uvicorn

from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.gateway_webhooks.feature import FEATURE as WEBHOOKS
from billing_api.kit.clock import Clock
from billing_api.logs import configure
from billing_api.main import create_app
from billing_api.payments.feature import FEATURE as PAYMENTS
from billing_api.refunds.feature import FEATURE as REFUNDS
from billing_api.working import make_worker
from tests.fixtures.moved_api import FileClock
from tests.fixtures.processes import die_with_parent

_forking = get_context("forkserver")
_forking.set_forkserver_preload(["tests.chaos.program"])
Program = Callable[[Settings, Clock], None]


def start(program: Program, variables: Mapping[str, str], log: Path) -> ForkServerProcess:
    """Start `serve` or `work` with these variables; it dies with this process."""
    process = _forking.Process(target=_run, args=(program, dict(variables), log), daemon=True)
    process.start()
    return process


def serve(settings: Settings, clock: Clock) -> None:
    """Serve the API."""
    uvicorn.run(create_app(settings, clock), host=settings.host, port=settings.port, log_config=None)


def work(settings: Settings, clock: Clock) -> None:
    """Do the background work of payments."""

    async def run() -> None:
        async with open_parts(settings, clock) as parts:
            worker = make_worker(parts, settings, [PAYMENTS, REFUNDS, WEBHOOKS])
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
            await worker.run()

    asyncio.run(run())


def _run(program: Program, variables: dict[str, str], log: Path) -> None:
    die_with_parent()
    with log.open("ab") as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    os.environ.update(variables)
    settings = Settings()
    configure(settings)
    program(settings, FileClock(Path(variables["CLOCK_FILE"])))
