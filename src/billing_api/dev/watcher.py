"""Run a program that is signalled when its parent dies: `python watcher.py DESCRIPTOR SIGNAL COMMAND…`.

For machines without `setpriv`, such as Macs. The descriptor is the reading end of a pipe whose writing end the parent
alone has: the pipe ends when the parent does, however it ends. The program takes the place of this process, so it has
the number that the parent knows; a child of the program watches the pipe. It is run by its path, with the standard
library alone, so that it starts quickly.
"""

import os
import select
import sys
from contextlib import suppress

_POLL_SECONDS = 0.2


def main(descriptor: int, number: int, command: list[str]) -> None:
    """Become the program, with a watcher as its child."""
    program = os.getpid()
    if os.fork() == 0:
        _watch(descriptor, number, program)
        os._exit(0)
    os.close(descriptor)
    os.execv(command[0], command)  # noqa: S606 - the parent's own command


def _watch(descriptor: int, number: int, program: int) -> None:
    """Signal the program when the pipe ends. Return then, or when the program is gone."""
    os.setsid()
    _close_all_but(descriptor)
    while os.getppid() == program:
        if select.select([descriptor], [], [], _POLL_SECONDS)[0]:
            # Our own parent: its number can't belong to another process yet.
            os.kill(program, number)
            return


def _close_all_but(kept: int) -> None:
    """Close the program's locks and pipes: its parent waits for their end."""
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - numbers, not paths
        if int(name) != kept:
            with suppress(OSError):  # the listing's own descriptor is closed already
                os.close(int(name))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
