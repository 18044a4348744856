"""Runs migrations up or down to a revision."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic.config import Config

MIGRATIONS = Path(__file__).parents[2] / "migrations"


async def run_alembic(
    order: Callable[[Config, str], None], url: str, revision: str, *, versions: Path = MIGRATIONS / "versions"
) -> None:
    """Alembic's environment runs an event loop of its own, so in a thread."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["url"] = url
    await asyncio.to_thread(order, config, revision)
