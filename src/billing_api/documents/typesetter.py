"""The program of a process that makes PDFs, one after the other: `python -m billing_api.documents.typesetter`."""

import os
import pickle
import resource
import sys
import traceback

from billing_api.documents.press import Press
from billing_api.documents.process import RESULT, TASK

_NICE = 10  # requests of the API go first


def main() -> None:
    """Read tasks from the standard input until it ends, and write their PDFs to the standard output.

    The argument is the most memory in mebibytes: a task that needs more ends the process.
    """
    os.nice(_NICE)
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
            result, is_pdf = press.pdf(*pickle.loads(task)), True  # noqa: S301 - from the process that started this one
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - every fault is a result, and the next task follows
            result, is_pdf = traceback.format_exc().encode(), False
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        results.write(RESULT.pack(is_pdf, memory, len(result)))
        results.write(result)
        results.flush()


if __name__ == "__main__":
    main()
