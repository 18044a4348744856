"""`billing-api worker`: the background work."""

import asyncio
import os
import signal
from collections.abc import Sequence
from importlib.metadata import version

import structlog
import typer

from billing_api.bootstrap import open_parts
from billing_api.cli.settings import in_one_line, load_settings
from billing_api.config import Settings
from billing_api.feature import Feature
from billing_api.housekeeping import WORKED_BY_THE_WORKER
from billing_api.logs import output
from billing_api.starting import shown
from billing_api.worker_port import WorkerPortError, own_port
from billing_api.working import make_worker

log = structlog.get_logger(__name__)


def work() -> None:
    """Run the background work: jobs, and all that comes round by the clock, until SIGTERM or SIGINT.

    Any number of workers may run on any number of machines. docs/worker.md says more.
    """
    settings = load_settings(output())
    log.info("worker_starting", version=version("billing-api"), settings=shown(settings))
    try:
        with in_one_line():
            asyncio.run(run_worker(settings, WORKED_BY_THE_WORKER))
    except WorkerPortError as error:
        typer.echo(f"billing-api: WORKER_PORT: {error}", err=True)
        raise typer.Exit(2) from error


async def run_worker(settings: Settings, features: Sequence[Feature]) -> None:
    """Run the background work of these features until a signal stops it; a second signal interrupts what runs."""
    async with open_parts(settings) as parts:
        worker = make_worker(parts, settings, features)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop)
        async with own_port(settings, parts):
            has_ended = await worker.run()
        if not has_ended:
            # A handler that can't be cancelled, such as one in a thread, would keep this process from its end. Its
            # lease lapses, and another worker runs the job again.
            os._exit(1)
