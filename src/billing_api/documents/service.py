"""Documents: each paper is made into a PDF by a process of its own, which is replaced before its memory grows."""

import asyncio
import pickle
from contextlib import suppress
from typing import TypeVar

from billing_api.documents.errors import DocumentNotMadeError, DocumentTooSlowError, TooManyDocumentsError
from billing_api.documents.papers import Paper
from billing_api.documents.printed import Printed
from billing_api.documents.process import ProcessEndedError, TypesettingProcess

_DOCUMENTS_A_PROCESS = 200
PaperT = TypeVar("PaperT", bound=Paper)


class Documents:
    """A few processes that make PDFs, and a bounded queue before them; a process starts when it is first needed."""

    def __init__(
        self, *, processes: int = 1, queue: int = 20, timeout_seconds: float = 60.0, memory_mebibytes: int = 3072
    ) -> None:
        """Take the time of one document with its wait, and the most memory of one process."""
        self._memory = memory_mebibytes
        self._free = asyncio.Semaphore(processes)
        self._room = processes + queue
        self._timeout = timeout_seconds
        self._taken = 0
        self._processes: set[TypesettingProcess] = set()
        self._idle: list[TypesettingProcess] = []

    @property
    def pids(self) -> list[int]:
        """The ids of the processes."""
        return [process.pid for process in self._processes]

    async def print(self, paper: PaperT, locale: str) -> Printed[PaperT]:
        """Return a paper in the words and on the paper size of a locale; equal papers give equal bytes.

        A caller that is cancelled ends its process.
        Raise TooManyDocumentsError, DocumentTooSlowError, DocumentNotMadeError.
        """
        if self._taken >= self._room:
            raise TooManyDocumentsError
        self._taken += 1
        try:
            async with asyncio.timeout(self._timeout), self._free:
                name, pdf = await self._print(pickle.dumps((paper, locale)))
        except TimeoutError:
            raise DocumentTooSlowError from None
        except ProcessEndedError as error:
            raise DocumentNotMadeError from error
        finally:
            self._taken -= 1
        return Printed(name, pdf, paper)

    async def close(self) -> None:
        """End the processes."""
        self._idle.clear()
        for process in list(self._processes):
            await self._end(process)

    async def _print(self, task: bytes) -> tuple[str, bytes]:
        """Use a process that is idle; where it has died meanwhile, or dies now, a new one has the last try."""
        if self._idle:
            with suppress(ProcessEndedError):
                return await self._run(self._idle.pop(), task)
        process = await TypesettingProcess.start(self._memory)
        self._processes.add(process)
        return await self._run(process, task)

    async def _run(self, process: TypesettingProcess, task: bytes) -> tuple[str, bytes]:
        try:
            result = await process.run(task)
        except BaseException:
            await self._end(process)
            raise
        if process.is_worn(_DOCUMENTS_A_PROCESS):
            await self._end(process)
        else:
            self._idle.append(process)
        return result

    async def _end(self, process: TypesettingProcess) -> None:
        self._processes.discard(process)
        await process.close()
