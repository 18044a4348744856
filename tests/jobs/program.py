"""A worker of its own process, with tasks that tests can look at: each attempt is a line of a file.

python -m tests.jobs.program FILE
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from billing_api.cli.worker import run_worker
from billing_api.config import Settings
from billing_api.events.consuming import ConsumeEvent, Consumer
from billing_api.events.values import NumberedEvent
from billing_api.feature import Feature
from billing_api.jobs.errors import GiveUpError, TryAgainError
from billing_api.jobs.periodic import Periodic, Tick
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import Backoff, Handler, JobRun, Task
from billing_api.logs import configure
from billing_api.parts import Parts

_SOON = Backoff(first=timedelta(milliseconds=1))


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a job, as its lines have it."""

    name: str


NOTE = Task("tests.note", Name)
WAIT = Task("tests.wait", Name)  # until it is interrupted, the first time
FINISH = Task("tests.finish", Name)  # when the test writes to the pipe `finish`
MAIL = Task("tests.mail", Name, slow=True)  # until it is interrupted, the first time
STICK = Task("tests.stick", Name)  # in a thread, and can't be interrupted
KILL = Task("tests.kill", Name)  # its worker
FAIL = Task("tests.fail", Name, attempts=3, backoff=_SOON)
GIVE_UP = Task("tests.give_up", Name)
SLOW = Task("tests.slow", Name, attempts=1, seconds=0.05)
TELL = Consumer("tests.tell", kinds=frozenset({"test.happened"}))
ROUND = Periodic("tests.round", every=timedelta(days=36_500))  # so no test is under way at its second tick


class PersonalError(Exception):
    """An error of another library, whose words repeat what they must not."""


class Handlers:
    """The handlers, which write to one file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def note(self, payload: Name, run: JobRun) -> None:
        """Write a line."""
        self.write(payload.name, run.attempt)

    async def wait(self, payload: Name, run: JobRun) -> None:
        """Write a line, and the first time wait for the interruption, which is another line."""
        self.write(payload.name, run.attempt)
        if run.attempt > 1:
            return
        try:
            await asyncio.Event().wait()
        finally:
            self.write("interrupted", payload.name)

    async def finish(self, payload: Name, run: JobRun) -> None:
        """Write a line, and end once the test lets it."""
        self.write(payload.name, run.attempt)
        await asyncio.to_thread(self._file.with_name("finish").read_text)

    async def stick(self, payload: Name, run: JobRun) -> None:
        """Write a line, and never end."""
        self.write(payload.name, run.attempt)
        while True:
            try:
                await asyncio.to_thread(threading.Event().wait)
            except asyncio.CancelledError:
                self.write("not", "interrupted")

    async def kill(self, payload: Name, run: JobRun) -> None:
        """Write a line, and take the worker along."""
        self.write(payload.name, run.attempt)
        os.kill(os.getpid(), signal.SIGKILL)

    async def fail(self, payload: Name, run: JobRun) -> None:
        """Fail in a way that nobody expects, but the last time."""
        self.write(payload.name, run.attempt)
        if payload.name == "expected":
            raise TryAgainError("the mail server is away")
        if not run.is_last_attempt or payload.name == "always":
            raise PersonalError("pat@example.com")

    async def give_up(self, payload: Name, run: JobRun) -> None:
        """Fail for good."""
        self.write(payload.name, run.attempt)
        raise GiveUpError("there is no such mailbox")

    async def round(self, _: Tick) -> None:
        """Write a line."""
        self.write("round", os.getpid())

    def write(self, *words: object) -> None:
        """Write a line at once: the process may be killed in the next moment."""
        with self._file.open("a") as lines:
            lines.write(" ".join(map(str, words)) + "\n")


def feature_of(file: Path) -> Feature:
    """A feature with all these tasks."""
    handlers = Handlers(file)
    tasks: dict[Task[Name], Handler[Name]] = {
        NOTE: handlers.note,
        WAIT: handlers.wait,
        MAIL: handlers.wait,
        FINISH: handlers.finish,
        STICK: handlers.stick,
        KILL: handlers.kill,
        FAIL: handlers.fail,
        GIVE_UP: handlers.give_up,
        SLOW: handlers.wait,
    }
    return Feature(
        tasks={task: _always(handler) for task, handler in tasks.items()},
        periodic={ROUND: lambda _: handlers.round},
        consumers={TELL: teller},
    )


def _always(handler: Handler[Name]) -> Callable[[Parts], Handler[Name]]:
    return lambda _: handler


def teller(parts: Parts) -> ConsumeEvent:
    """Return a consumer that enqueues a job for each event."""

    async def tell(event: NumberedEvent) -> None:
        if event.data.get("fails"):
            raise PersonalError("pat@example.com")
        await parts[Jobs].enqueue(NOTE, Name(f"event-{event.number}"))

    return tell


def main(file: str) -> None:
    """Run until a signal comes."""
    settings = Settings()
    configure(settings)
    asyncio.run(run_worker(settings, [feature_of(Path(file))]))


if __name__ == "__main__":
    main(sys.argv[1])
