"""The work of a command with the parts of the application."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from billing_api.bootstrap import open_parts
from billing_api.cli.settings import in_one_line, load_settings
from billing_api.config import Settings
from billing_api.parts import Parts

T = TypeVar("T")


def run(work: Callable[[Parts], Awaitable[T]], settings: Settings | None = None) -> T:
    """Do `work`, and return its result; an error that the operator can mend ends the program with one line.

    Without settings they are read from the environment.
    """
    chosen = settings or load_settings()

    async def with_parts() -> T:
        async with open_parts(chosen) as parts:
            return await work(parts)

    with in_one_line():
        return asyncio.run(with_parts())
