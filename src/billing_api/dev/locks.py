"""Locks between processes that vanish with their holder, so that a kill -9 leaves nothing to clean up."""

import fcntl
import os
import time
from pathlib import Path

_POLL_SECONDS = 0.02


class FileLock:
    """An exclusive flock on a file. It is shared by every process that inherits its descriptor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        """The descriptor to hand to a child that shall hold the lock too."""
        if self._descriptor is None:
            raise RuntimeError(f"The lock {self._path} is not held")
        return self._descriptor

    def acquire(self, *, timeout_seconds: float = 0.0) -> bool:
        """Take the lock, waiting for at most `timeout_seconds`; return whether it was had."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(descriptor)
                    return False
                time.sleep(_POLL_SECONDS)
            else:
                self._descriptor = descriptor
                return True

    def release(self) -> None:
        """Let go of this process's hold; a child that inherited the descriptor keeps its own."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
