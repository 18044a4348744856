"""A process that makes PDFs: tasks go in at its standard input, PDFs come out at its standard output."""

import asyncio
import os
import struct
import sys
from contextlib import suppress
from typing import Self

_PROGRAM = ("-P", "-m", "billing_api.documents.typesetter")
# The inherited environment, without secrets.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "HOME", "TMPDIR")
TASK = struct.Struct(">Q")  # its length
RESULT = struct.Struct(">?QQQ")  # whether it is a PDF, memory in bytes, the lengths of its name and of itself
_MOST_MEMORY = 400 * 2**20


class ProcessEndedError(Exception):
    """The process ended before its result was there."""


class TypesettingError(Exception):
    """The template, or the code that fills it, is wrong: no paper should bring that about."""


class TypesettingProcess:
    """One process, for one task at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._done = 0
        self._memory = 0

    @classmethod
    async def start(cls, most_memory: int) -> Self:
        """Start it with so many mebibytes at most; it loads typst and the fonts while the first task is on its way.

        It ends with its standard input.
        """
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                *_PROGRAM,
                str(most_memory),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environment,
            )
        )

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def is_worn(self, most_tasks: int) -> bool:
        """Return whether it has done so many tasks, or has grown so large, that another one shall follow it."""
        return self._done >= most_tasks or self._memory > _MOST_MEMORY

    async def run(self, task: bytes) -> tuple[str, bytes]:
        """Return the name and the PDF of a task. Raise ProcessEndedError, TypesettingError."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(TASK.pack(len(task)))
            stdin.write(task)
            await stdin.drain()
            is_pdf, self._memory, *lengths = RESULT.unpack(await stdout.readexactly(RESULT.size))
            name, result = [await stdout.readexactly(length) for length in lengths]
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise ProcessEndedError(str(error)) from error
        self._done += 1
        if not is_pdf:
            raise TypesettingError(result.decode())
        return name.decode(), result

    async def close(self) -> None:
        """End it at once, and wait until it has ended."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
