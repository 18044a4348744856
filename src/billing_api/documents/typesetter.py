"""The program of a process that makes PDFs, one after the other: `python -m billing_api.documents.typesetter`."""

import os
import pickle
import resource
import sys
import traceback
from pathlib import Path

from billing_api.documents.layout.paper import file_name_of
from billing_api.documents.press import Press
from billing_api.documents.process import RESULT, TASK


def main() -> None:
    """Read tasks from the standard input until it ends, and write their PDFs to the standard output.

    The argument is the most memory in mebibytes: a task that needs more ends the process.
    """
    _give_way()
    most_memory = int(sys.argv[1]) * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tasks = sys.stdin.buffer
    results = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no result
    press = Press()
    while len(head := tasks.read(TASK.size)) == TASK.size:
        (length,) = TASK.unpack(head)
        task = tasks.read(length)
        try:
            paper, tag = pickle.loads(task)  # noqa: S301 - from the process that started this one
            name, result, is_pdf = file_name_of(paper, tag).encode(), press.pdf(paper, tag), True
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - every fault is a result, and the next task follows
            name, result, is_pdf = b"", traceback.format_exc().encode(), False
        try:
            results.write(RESULT.pack(is_pdf, _memory(), len(name), len(result)))
            results.write(name)
            results.write(result)
            results.flush()
        except BrokenPipeError:  # the process that asked has ended
            os._exit(0)  # without the rest, which closing would write


def _give_way() -> None:
    """Let requests of the API go first, and keep a terminal's Ctrl-C away.

    A group of its own is enough for the second. It must stay in the session of the API: Linux shares processors among
    sessions before it looks at niceness (autogroup, in sched(7)).
    """
    os.setpgid(0, 0)
    os.nice(19)
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # it waits where others wake up


def _memory() -> int:
    """Return the memory that the process holds, in bytes.

    The most that it held, as getrusage has it, begins with the memory of the process that started it.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except FileNotFoundError:  # macOS
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main()
