"""The parts of the service, each made when it is first needed and kept until the end."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from billing_api.config import Settings

T = TypeVar("T")


class Parts:
    """The services, repositories and tools by their types.

    A part that nothing needs is never made: an import of documents makes none of the gateway's.
    """

    def __init__(self, settings: Settings, closing: AsyncExitStack) -> None:
        self.settings = settings
        self.closing = closing  # for a part that has to be closed
        self._makers: dict[type[Any], Callable[[], Any]] = {}
        self._made: dict[type[Any], Any] = {}

    def add(self, makers: Mapping[type[Any], Callable[[], Any]]) -> None:
        """Add ways to make parts. Raise ValueError for a type that has one already."""
        if twice := self._makers.keys() & makers.keys():
            raise ValueError(f"two features make {sorted(kind.__name__ for kind in twice)}")
        self._makers |= makers

    def make_all(self) -> None:
        """Make every part now."""
        for kind in self._makers:
            self[kind]

    def __getitem__(self, kind: type[T]) -> T:
        """Return the one part of this type. Raise KeyError when no feature makes it."""
        made: T | None = self._made.get(kind)
        if made is None:
            made = self._made[kind] = self._makers[kind]()
        return made
