"""The API or the worker as a program whose clock is moved by a file: `python -m tests.chaos.program worker`."""

import asyncio
import os
import signal
import sys
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


async def work(settings: Settings, clock: Clock) -> None:
    """Do the background work of payments until SIGTERM."""
    async with open_parts(settings, clock) as parts:
        worker = make_worker(parts, settings, [PAYMENTS, REFUNDS, WEBHOOKS])
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
        await worker.run()


if __name__ == "__main__":
    settings = Settings()
    clock = FileClock(Path(os.environ["CLOCK_FILE"]))
    configure(settings)
    if sys.argv[1] == "worker":
        asyncio.run(work(settings, clock))
    else:
        uvicorn.run(create_app(settings, clock), host=settings.host, port=settings.port, log_config=None)
