"""The revisions of the schema: the newest one of this program, and the one that a database is at.

Nothing here loads alembic, which a server does not need.
"""

import re
from pathlib import Path

from billing_api.db.address import Connection

# In a checkout the folder stands at the top; the image copies it beside the package's own.
_CANDIDATES = (Path(__file__).parents[3] / "migrations", Path.cwd() / "migrations")
_FILE = re.compile(r"(\d{4})_\w+\.py")  # the revision stands first, and the next one has the next number


class MigrationError(RuntimeError):
    """The migrations can't be run; the cause says why."""


def migrations_folder() -> Path:
    """Return the folder with alembic's environment. Raise FileNotFoundError."""
    folder = next((path for path in _CANDIDATES if (path / "env.py").is_file()), None)
    if folder is None:
        raise FileNotFoundError("the folder `migrations` is missing: run from the project's top")
    return folder


def head() -> str:
    """Return the newest revision that this program knows. Raise FileNotFoundError, LookupError."""
    names = (path.name for path in (migrations_folder() / "versions").iterdir())
    revisions = [file[1] for name in names if (file := _FILE.fullmatch(name))]
    if not revisions:
        raise LookupError("there are no migrations")
    return max(revisions)


async def current(connection: Connection) -> str | None:
    """Return the revision that the database is at; None before the first migration."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    return str(await connection.fetchval("SELECT version_num FROM alembic_version"))
