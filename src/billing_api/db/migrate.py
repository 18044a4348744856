"""Migrations, run and asked about from inside the program."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

# In a checkout the folder stands at the top; the image copies it beside the package's own.
_CANDIDATES = (Path(__file__).parents[3] / "migrations", Path.cwd() / "migrations")


def _config() -> Config:
    folder = next((path for path in _CANDIDATES if (path / "env.py").is_file()), None)
    if folder is None:
        raise FileNotFoundError("the folder `migrations` is missing: run from the project's top")
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def upgrade(database_url: str) -> None:
    """Bring the schema to the newest revision. Runs an event loop of its own: not to be called inside one."""
    config = _config()
    config.attributes["url"] = database_url
    command.upgrade(config, "head")


def head() -> str:
    """The newest revision that this program knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise LookupError("there are no migrations")
    return revision


async def current(connection: "asyncpg.Connection[asyncpg.Record]") -> str | None:
    """The revision that the database is at; None before the first migration."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    return str(await connection.fetchval("SELECT version_num FROM alembic_version"))
