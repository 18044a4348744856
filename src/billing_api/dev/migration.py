"""`make migration`: write a migration from the difference between the tables and the migrations.

The comparison is made in a throwaway server, so a running `make run` and its data are of no consequence.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import typer

from billing_api.db.migrate import upgrade
from billing_api.db.revisions import head
from billing_api.dev.errors import LocalRunError
from billing_api.dev.postgres import EmbeddedPostgres
from billing_api.dev.settings import project_top


def write_migration(message: str, *, top: Path) -> None:
    """Write the file that follows the newest under `top`/migrations. Raise CalledProcessError when alembic refuses."""
    with (
        tempfile.TemporaryDirectory(prefix="billing-migration-") as folder,
        EmbeddedPostgres(Path(folder), settings={"fsync": "off"}) as server,
    ):
        upgrade(server.dsn())
        number = f"{int(head()) + 1:04d}"
        subprocess.run(  # noqa: S603 - alembic, with the person's own words
            [sys.executable, "-m", "alembic", "revision", "--autogenerate", "--rev-id", number, "-m", message],
            cwd=top,
            env={**os.environ, "DATABASE_URL": server.dsn()},
            check=True,
        )


if __name__ == "__main__":
    try:
        write_migration(sys.argv[1], top=project_top())
    except LocalRunError as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        sys.exit(1)
    except subprocess.CalledProcessError as failure:
        sys.exit(failure.returncode)
